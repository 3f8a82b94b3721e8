#!/usr/bin/env python3
"""Reads databases made at random and compares with what went in and with rpm.

  rpm_made.py PKGDB_LIST [ROUNDS [SEED]]

Each round makes one database: SQLite, Berkeley DB (hash or b-tree, either byte
order) or ndb; page sizes 512 to 65536; headers from 100 bytes to 300 KB; rows
deleted, tables vacuumed. One more is written by rpm itself, which installs and
removes packages that rpmbuild made. Then headers with random damage: what rpm lists, we
must list the same; what rpm leaves out, we may list or leave out, but we must say
so. Needs rpm, and db5.3_load (Debian: db5.3-util) for Berkeley DB.
"""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tool"))
import rpm_make  # noqa: E402
from rpm import QUERY, ask_rpm, decode, our_line  # noqa: E402

PAGE_SIZES = [512 << i for i in range(8)]
SIZES = [0, 0, 20, 300, 450, 500, 1000, 4000, 4100, 20000, 65600, 300000]


def random_fields(rng, number):
    word = f"{rng.randrange(1 << 30):x}".encode()
    fields = {"name": b"pkg-" + word, "version": b"%d.%s" % (number, word[:3]),
              "release": b"%d.el9" % rng.randrange(50),
              "arch": rng.choice([b"noarch", b"x86_64", b"aarch64"]),
              "vendor": rng.choice([b"Vendor", b"V\xc3\xb6ndor", b"Latin\xe4", b"x" * 3000]),
              "license": b"MIT", "packager": b"Somebody <a@b>"}
    if rng.random() < 0.3:
        fields["epoch"] = rng.choice([0, 1, 7, 0x7fffffff, 0xffffffff])
    if rng.random() < 0.9:
        fields["sourcerpm"] = b"src-" + word + rng.choice([b"-1.0-2.src.rpm", b"-3-4~x^y.nosrc.rpm"])
    if rng.random() < 0.2:
        fields["modularity"] = b"nodejs:18:8090020230906:" + word
    return fields


def truth(fields):
    epoch = str(fields["epoch"]) if "epoch" in fields else ""
    text = [decode(fields.get(key, b"")) for key in (
        "name", "version", "release", "arch", "sourcerpm", "modularity", "vendor")]
    return our_line([text[0], epoch] + text[1:])


def ask_us(program, path):
    run = subprocess.run([program, "rpm", path], capture_output=True, check=False)
    lines = sorted(line for line in decode(run.stdout).split("\n") if line)
    return lines, run.returncode, decode(run.stderr)


def make_sqlite(rng, path, blobs, page_size):
    extra = []
    for number in [n for n in blobs if rng.random() < 0.2]:
        extra.append(f"DELETE FROM Packages WHERE hnum = {number}")
        del blobs[number]
    if rng.random() < 0.3:
        extra.append("VACUUM")
    rpm_make.sqlite_file(path, {**blobs, **{int(e.split()[-1]): b"deleted" * 999
                                            for e in extra if e != "VACUUM"}}, page_size, extra)


def make_database(rng, workdir):
    """Returns the file, its label and the lines it must give."""
    count = rng.choice([0, 1, 2, 5, 40, 300])
    sizes = SIZES[:rng.randrange(1, len(SIZES) + 1)]
    if count > 40:
        sizes = SIZES[:9]
    numbers = rng.sample(range(1, 1 + count * 3), count)
    packages = {n: random_fields(rng, n) for n in sorted(numbers)}
    blobs = {n: rpm_make.package(f, rng.choice(sizes)) for n, f in packages.items()}
    page_size = rng.choice(PAGE_SIZES)
    form = rng.choice(["sqlite", "hash", "btree", "ndb"])
    name = {"sqlite": "rpmdb.sqlite", "ndb": "Packages.db"}.get(form, "Packages")
    path = os.path.join(workdir, name)
    if form == "sqlite":
        make_sqlite(rng, path, blobs, page_size)
    elif form == "ndb":
        rpm_make.ndb_file(path, blobs, rng.randrange(10))
    else:
        rpm_make.bdb_file(path, blobs, form, page_size, rng.random() < 0.5)
    return path, f"{form}, {count} packages, pages of {page_size}", sorted(
        truth(packages[n]) for n in blobs)


def round_made(program, rng):
    with tempfile.TemporaryDirectory() as workdir:
        path, label, wanted = make_database(rng, workdir)
        ours, status, errors = ask_us(program, path)
        theirs = ask_rpm(path) if path.endswith("/Packages") else wanted
        if ours == wanted == theirs and status == 0 and errors == "":
            return True
        print(f"FAILED: {label}: {len(ours)} ours, {len(theirs)} of rpm, {len(wanted)} made; "
              f"status {status} {errors[:200]}")
        return False


def damage(rng, blob):
    """Overwrites a few bytes, mostly of the index, with telling values."""
    blob = bytearray(blob)
    entries = int.from_bytes(blob[0:4], "big")
    for _ in range(rng.choice([1, 1, 2, 4])):
        if rng.random() < 0.7:
            at = 8 + 16 * rng.randrange(entries) + 4 * rng.randrange(4)
            value = rng.choice([0, 1, 2, 4, 6, 7, 8, 9, 10, 16, 1000, 1001, 1003, 1044, 61, 62, 63,
                                len(blob), len(blob) - 9 - 16 * entries, rng.randrange(len(blob)),
                                0x7fffffff, 0x80000000, 0xffffffff, 0x10000000, 0xfffffff0])
            blob[at:at + 4] = value.to_bytes(4, "big")
        elif rng.random() < 0.2:
            at = 4 * rng.randrange(2)
            value = rng.choice([0, 1, entries + 1, entries - 1, 0xffff, 0x10000, 0xffffffff])
            blob[at:at + 4] = value.to_bytes(4, "big")
        else:
            # No tab and no line feed: the lists are lines with tabs.
            blob[rng.randrange(len(blob))] = rng.choice([0, 0, 0x41, 0xff, rng.randrange(11, 256)])
    return bytes(blob)


def round_damaged(program, rng, template):
    with tempfile.TemporaryDirectory() as workdir:
        path = os.path.join(workdir, "rpmdb.sqlite")
        shutil.copyfile(template, path)
        db = sqlite3.connect(path)
        for number in range(1, 201):
            blob = rpm_make.package(random_fields(rng, number), rng.choice([0, 0, 100]))
            db.execute("INSERT INTO Packages VALUES (?, ?)", (number, damage(rng, blob)))
        db.commit()
        db.close()
        ours, status, errors = ask_us(program, path)
        theirs = ask_rpm(path)
        # Without a version nothing can be matched, and where a tag is there twice
        # rpm's answer depends on its search: both we leave out, and say so.
        lost = {line for line in theirs if "(none)" not in line.split("\t")[1]} - set(ours)
        told = len(ours) + errors.count("left out: ")
        if len(lost) <= errors.count(" twice") and status == 0 and told >= 200:
            return True, len(ours), len(theirs)
        print(f"FAILED: damaged headers: status {status}, {told} of 200 told")
        for line in sorted(lost)[:10]:
            print(f"  only rpm lists: {line[:150]!r}")
        return False, len(ours), len(theirs)


SPEC = """
Name: {name}
Version: {version}
Release: 2%{{?dist}}
{epoch}
Summary: A test
License: MIT and (GPLv2+ or BSD)
Vendor: Somebody & Sons
Packager: Tester <t@example.org>
BuildArch: noarch
%description
A package.
%package sub
Summary: A part of it
%description sub
A part.
%files
%files sub
%changelog
* Mon Jan 01 2024 Tester <t@example.org> - {version}-2
- Made, with a text that makes the header longer. {filler}
"""


def build_packages(workdir):
    for name, version, epoch in (("one", "1.0", ""), ("two-x", "2~rc1", "Epoch: 3"),
                                 ("three", "3^git", "Epoch: 0")):
        spec = os.path.join(workdir, name + ".spec")
        with open(spec, "w", encoding="utf-8") as f:
            f.write(SPEC.format(name=name, version=version, epoch=epoch, filler="x" * 9000))
        subprocess.run(["rpmbuild", "-bb", "--quiet", "--define", "_topdir " + workdir, spec],
                       check=True, capture_output=True)
    rpms = os.path.join(workdir, "RPMS", "noarch")
    return [os.path.join(rpms, file) for file in sorted(os.listdir(rpms))]


def round_installed(program):
    """A database that rpm wrote, before and after it removed a package."""
    with tempfile.TemporaryDirectory() as workdir:
        rpm = ["rpm", "--root", workdir, "--dbpath", "/db"]
        files = build_packages(workdir)
        subprocess.run(rpm + ["--initdb"], check=True)
        subprocess.run(rpm + ["-i", "--justdb", "--nodeps", "--nosignature"] + files, check=True,
                       capture_output=True)
        path = os.path.join(workdir, "db", "rpmdb.sqlite")
        good = True
        for wanted in (len(files), len(files) - 1):
            ours, status, errors = ask_us(program, path)
            good = good and ours == ask_rpm(path) and len(ours) == wanted and status == 0
            subprocess.run(rpm + ["-e", "--justdb", "two-x-sub"], check=False, capture_output=True)
        print("ok: written by rpm" if good else f"FAILED: written by rpm: {ours} {errors}")
        return good


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    missing = [tool for tool in ("rpm", "rpmbuild", "db5.3_load") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {' and '.join(missing)} not installed")
        sys.exit(77)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print(f"seed {seed}, query {QUERY!r}")
    rng = random.Random(seed)
    results = [round_made(sys.argv[1], rng) for _ in range(rounds)]
    results.append(round_installed(sys.argv[1]))
    with tempfile.TemporaryDirectory() as workdir:
        subprocess.run(["rpm", "--dbpath", workdir, "--initdb"], check=True)
        template = os.path.join(workdir, "rpmdb.sqlite")
        ours = theirs = 0
        for _ in range(max(1, rounds // 4)):
            good, n, m = round_damaged(sys.argv[1], rng, template)
            results.append(good)
            ours, theirs = ours + n, theirs + m
    print(f"damaged headers: rpm lists {theirs}, we list {ours}")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
