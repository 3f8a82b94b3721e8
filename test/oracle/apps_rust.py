#!/usr/bin/env python3
"""apps_rust.py APPS_LIST [COUNT [SEED]]: lists of crates made here against Corten.

A program (of rustc where there is one, or any of this machine) gets COUNT random lists
as its section .dep-v0, compressed by zlib as cargo auditable would, with objcopy.
APPS_LIST (apps_list.c) must read every crate but those that only built it. cargo
auditable itself is no Debian package: its own programs were not tried.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import zlib


def program(folder):
    rustc, place = shutil.which("rustc"), folder / "program"
    if rustc:
        (folder / "main.rs").write_text("fn main() {}\n")
        run = subprocess.run([rustc, "-o", place, folder / "main.rs"], stderr=subprocess.DEVNULL)
        if run.returncode == 0:
            return place, "a program of rustc"
    shutil.copy("/bin/true", place)
    return place, "/bin/true"


def crates(rng):
    many = rng.choice([1, 3, 40, 600])
    rows = []
    for i in range(many):
        row = {"name": rng.choice(["serde", "tokio", "libc", "z-9_a"]) + str(i),
               "version": f"{rng.randrange(9)}.{rng.randrange(99)}.{rng.randrange(9)}"
                          + rng.choice(["", "", "-rc.1", "+wasi"]),
               "source": rng.choice(["crates.io", "registry", "git", "local"])}
        kind = rng.choice([None, "runtime", "build"])
        if kind:
            row["kind"] = kind
        if i:
            row["dependencies"] = sorted({rng.randrange(i) for _ in range(3)})
        rows.append(row)
    rows[-1]["root"] = True
    return rows


def main():
    apps_list, objcopy = os.path.abspath(sys.argv[1]), shutil.which("objcopy")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    if objcopy is None:
        print("skipped: there is no objcopy (Debian package binutils)")
        sys.exit(77)
    right = 0
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        plain, what = program(folder)
        for _ in range(count):
            rows = crates(rng)
            text = json.dumps({"packages": rows, "format": 1}).encode()
            (folder / "list").write_bytes(zlib.compress(text, rng.choice([0, 1, 6, 9])))
            subprocess.run([objcopy, "--add-section", f".dep-v0={folder}/list", plain, folder / "made"],
                           check=True)
            run = subprocess.run([apps_list, folder, "made"], stdout=subprocess.PIPE, text=True)
            have = sorted(tuple(line.split("\t")[1:4]) for line in run.stdout.splitlines())
            want = sorted(("cargo", row["name"], row["version"]) for row in rows
                          if row.get("kind") != "build")
            right += run.returncode == 0 and have == want
    print(f"{right} of {count} lists in {what} are equal")
    sys.exit(right != count)


if __name__ == "__main__":
    main()
