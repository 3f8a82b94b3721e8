#!/usr/bin/env python3
"""The rules of apk-package(5) a second time, written apart from src/vercmp.

vercmp_apk.py ORACLE COUNT [SEED] lets ORACLE (vercmp_oracle.c) print random
pairs with Corten's answer and checks every answer:

    number{.number}...{letter}{_suffix{number}}...{~hash}{-r#}

Where the C code walks two texts in step, this one first cuts each text into a
list of (rank, value) with regular expressions and compares the lists. A list
that ends in None could not be read to its end; reaching that None means '?'.
"""
import re
import subprocess
import sys
from itertools import zip_longest

PARTS = [  # in the order in which they may follow each other
    ("number", re.compile(r"\.(\d+)"), True),
    ("letter", re.compile(r"([a-z])"), False),
    ("suffix", re.compile(r"_([a-z]+)(\d*)"), True),
    ("hash", re.compile(r"~([0-9a-f]+)"), False),
    ("revision", re.compile(r"-r(\d+)"), False),
]
# How far a version goes on counts: more numbers beat a letter, a letter beats
# a suffix, and so on down to the end.
RANK = {"number": 6, "letter": 5, "suffix": 4, "suffix number": 3, "hash": 2, "revision": 1, "end": 0}
SUFFIXES = ["alpha", "beta", "pre", "rc", None, "cvs", "svn", "git", "hg", "p"]
PRE = SUFFIXES.index(None)


def cut(text):
    """[(kind, value)], ending in ("end", None), or in None if unreadable."""
    first = re.match(r"\d+", text)
    if not first:
        return [None]
    tokens, at = [("number", int(first.group()))], first.end()
    for kind, pattern, many in PARTS:
        while match := pattern.match(text, at):
            if kind == "suffix":
                if match.group(1) not in SUFFIXES:
                    return tokens + [None]
                tokens.append(("suffix", SUFFIXES.index(match.group(1))))
                if match.group(2):
                    tokens.append(("suffix number", int(match.group(2))))
            elif kind == "revision":
                tokens.append((kind, int(match.group(1))))
            else:
                tokens.append((kind, match.group(1)))
            at = match.end()
            if not many:
                break
    return tokens + [("end", None) if at == len(text) else None]


def sign(x, y):
    return "<" if x < y else ">" if x > y else "="


def compare_values(kind, x, y):
    if kind == "number" and isinstance(x, str):  # behind a dot
        if not (x.startswith("0") or y.startswith("0")):
            x, y = int(x), int(y)
    return sign(x, y)


def compare(a, b):
    for x, y in zip_longest(cut(a), cut(b)):
        if x is None or y is None:
            return "?"
        if x[0] == y[0]:
            if x[0] == "end":
                return "="
            result = compare_values(x[0], x[1], y[1])
            if result != "=":
                return result
        elif x[0] == "suffix" and x[1] < PRE:
            return "<"
        elif y[0] == "suffix" and y[1] < PRE:
            return ">"
        else:
            return sign(RANK[x[0]], RANK[y[0]])
    raise AssertionError("a list without end")


def main(oracle, count, seed="1"):
    pairs = differences = 0
    seen = dict.fromkeys("<=>?", 0)
    run = subprocess.run([oracle, "print", "apk", count, seed], stdout=subprocess.PIPE, check=True, text=True)
    for line in run.stdout.splitlines():
        a, theirs, b = line.split("\t")
        ours = compare(a, b)
        pairs += 1
        seen[ours] += 1
        if ours != theirs:
            differences += 1
            if differences <= 20:
                print(f"{a} {ours} {b}, but Corten says {theirs}")
    print("apk: {<} less, {=} equal, {>} greater, {?} refused".format_map(seen))
    print(f"apk: {pairs} pairs, {differences} differences")
    return 1 if differences or pairs != int(count) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
