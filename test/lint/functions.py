"""Lengths of functions and files: over 100 lines a function is refused; a file
over 600 lines is told. Relies on the layout that lint/format checks: a function's
braces stand alone in the first column."""

import pathlib
import statistics
import sys

FUNCTION_MOST = 100
FILE_WARN = 600
FOLDERS = ("src", "fuzz", "bench", "test")


def functions(path):
    """Yields (first line, lines) of each function's body."""
    start = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start + 1
            start = None


def main():
    lengths, wrong = [], 0
    for folder in FOLDERS:
        for path in sorted(pathlib.Path(folder).rglob("*.c")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > FILE_WARN:
                print(f"   note: {path} has {lines} lines")
            for start, length in functions(path):
                if path.parts[0] == "src":
                    lengths.append(length)
                if length > FUNCTION_MOST:
                    wrong += 1
                    print(f"not ok lint/functions: {path}:{start}: {length} lines")
    lengths.sort()
    if not wrong:
        print(f"ok lint/functions: {len(lengths)} in src: median {statistics.median(lengths):.0f} "
              f"lines, 95th percentile {lengths[len(lengths) * 95 // 100]}, longest {lengths[-1]}")
    sys.exit(wrong > 0)


main()
