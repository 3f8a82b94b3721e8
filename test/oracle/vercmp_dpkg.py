#!/usr/bin/env python3
"""vercmp_dpkg.py ORACLE COUNT [SEED]: random pairs against the dpkg program.

ORACLE (vercmp_oracle.c) prints pairs with Corten's answer; each is asked of
`dpkg --compare-versions`, a process or two for a pair. The same program checks
against libdpkg a thousand times faster; this shows that both are one.
"""
import subprocess
import sys

HOLDS, HOLDS_NOT, NO_VERSION = 0, 1, 2  # exit status of --compare-versions


def ask(a, relation, b):
    run = subprocess.run(["dpkg", "--compare-versions", a, relation, b], stderr=subprocess.DEVNULL)
    return run.returncode


def compare(a, b):
    less = ask(a, "lt", b)
    if less == NO_VERSION:
        return "?"
    if less == HOLDS:
        return "<"
    return "=" if ask(a, "eq", b) == HOLDS else ">"


def main(oracle, count, seed="1"):
    pairs = differences = 0
    run = subprocess.run([oracle, "print", "dpkg", count, seed], stdout=subprocess.PIPE, check=True, text=True)
    for line in run.stdout.splitlines():
        a, ours, b = line.split("\t")
        theirs = compare(a, b)
        pairs += 1
        if ours != theirs:
            differences += 1
            print(f"{a} {theirs} {b}, but Corten says {ours}")
    print(f"dpkg --compare-versions: {pairs} pairs, {differences} differences")
    return 1 if differences or pairs != int(count) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
