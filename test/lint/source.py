"""What no file of ours may hold: banned calls in C, notes for later, and paths of
the machine it was written on."""

import os
import pathlib
import re
import subprocess
import sys

# Each has a bounded counterpart in base; parsing numbers is bytes_to_u64.
BANNED = re.compile(r"\b(strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|"
                    r"atof|system|popen|gets|alloca|mktemp|tmpnam|tempnam|setjmp|longjmp)\s*\(")
UNCHECKED = [
    # A product of constants is the compiler's business.
    (re.compile(r"\b[mr]e?alloc\s*\([^;]*?(\w*[a-z]\w*\)?\s*\*\s*\w|\w\s*\*\s*\w*[a-z])"),
     "a size multiplied without a check"),
    (re.compile(r"(\w+)\s*=\s*realloc\s*\(\s*\1\s*,"), "the old block is lost when realloc fails"),
]
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
TEXT_ENDINGS = (".c", ".h", ".py", ".sh", ".md", ".build", ".txt", ".1", ".yml", ".yaml")
# Folders that say nothing of one machine: texts may name them.
COMMON = {"/", "/build", "/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr", "/usr/src",
          "/var", "/var/lib", "/var/tmp"}
NOT_OURS = ("test/data/", "fuzz/corpus/", "db/")


def blank(match):
    """Keeps the lines' numbers while it takes the text away."""
    return re.sub(r"[^\n]", " ", match.group(0))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def problems_in_c(text):
    code = COMMENT_OR_TEXT.sub(blank, text)
    code = re.sub(r"\bsizeof( \*)?", lambda m: m.group(0).upper().replace("*", " "), code)
    for m in BANNED.finditer(code):
        yield line_of(code, m.start()), f"{m.group(1)} is banned"
    for pattern, why in UNCHECKED:
        for m in pattern.finditer(code):
            yield line_of(code, m.start()), why


def problems_in_text(text, places):
    for m in LATER.finditer(text):
        yield line_of(text, m.start()), f"{m.group(1)}: do it or open an issue"
    for place in places:
        at = text.find(place)
        if at >= 0:
            yield line_of(text, at), "names a folder of one machine"
    if "\r" in text:
        yield 1, "has carriage returns"
    if text and not text.endswith("\n"):
        yield line_of(text, len(text)), "does not end with a newline"
    for m in re.finditer(r"[ \t]+$", text, re.M):
        yield line_of(text, m.start()), "white space at the end of a line"


def our_files():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and not name.startswith(NOT_OURS) and os.path.isfile(name):
            yield name


def is_text(name):
    if name.endswith(TEXT_ENDINGS):
        return True
    with open(name, "rb") as f:
        return f.read(2) == b"#!"


def machine_places():
    """The folder of this checkout and the one around it, if they say anything."""
    here = pathlib.Path.cwd()
    return [str(p) + "/" for p in (here, here.parent) if str(p) not in COMMON]


def main():
    places = machine_places()
    files = wrong = 0
    for name in our_files():
        if not is_text(name):
            continue
        files += 1
        with open(name, encoding="utf-8", newline="") as f:
            text = f.read()
        found = [] if name == "test/lint/source.py" else list(problems_in_text(text, places))
        if name.endswith((".c", ".h")):
            # cmocka's header wants setjmp.h; no code of ours calls it.
            found += problems_in_c(text)
        for line, why in found:
            wrong += 1
            print(f"not ok lint/source: {name}:{line}: {why}")
    if not wrong:
        print(f"ok lint/source: {files} files")
    sys.exit(wrong > 0)


main()
