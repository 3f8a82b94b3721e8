"""The include rule: a room uses only the rooms above it in meson.build's list,
and writes includes as "room/file.h"."""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def rooms():
    text = pathlib.Path("meson.build").read_text(encoding="utf-8")
    return re.findall(r"'(\w+)'", re.search(r"^rooms = \[(.*?)\]", text, re.M | re.S).group(1))


def wrong_includes(path, room, order):
    allowed = order[: order.index(room) + 1] if room in order else order
    for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
        first, slash, _ = include.partition("/")
        if not slash or first not in order:
            yield f'"{include}" is not written "room/file.h"'
        elif first not in allowed:
            yield f'{room} lies above {first} and must not include "{include}"'


def main():
    order = rooms()
    files = wrong = 0
    for path in sorted(pathlib.Path("src").glob("*/**/*.[ch]")):
        files += 1
        for problem in wrong_includes(path, path.parts[1], order):
            wrong += 1
            print(f"not ok lint/rooms: {path}: {problem}")
    for room in order:
        if not (pathlib.Path("src") / room / "README.md").exists():
            wrong += 1
            print(f"not ok lint/rooms: src/{room} has no README.md")
    if not wrong:
        print(f"ok lint/rooms: {files} files include only rooms above them")
    sys.exit(wrong > 0)


main()
