#!/usr/bin/env python3
"""Compares our list of rpm packages with the one rpm itself prints.

  rpm.py PKGDB_LIST DIRECTORY...

Every rpmdb.sqlite, Packages and Packages.db (also .zst) below the directories is
read by both. rpm as Debian builds it cannot read Packages.db (ndb); those, and
all others that have one, are compared with the expected.tsv of the directory
above (columns as in QUERY). Ends with "N passed, N failed".
"""
import os
import shutil
import subprocess
import sys
import tempfile

NAMES = ("rpmdb.sqlite", "Packages", "Packages.db")
COLUMNS = ("NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "SOURCERPM", "MODULARITYLABEL",
           "VENDOR")
QUERY = "\\t".join("%{" + tag + "}" for tag in COLUMNS) + "\\n"


def full_version(epoch, version, release):
    prefix = "" if epoch in ("", "0", "(none)") else epoch + ":"
    return f"{prefix}{version}-{release}"


def our_line(fields):
    """What pkgdb_list prints for a package that rpm tells with these fields."""
    name, epoch, version, release, arch, source, module, vendor = (
        f if f else "(none)" for f in fields)
    source_name = source_version = "(none)"
    for suffix in (".src.rpm", ".nosrc.rpm"):
        parts = source.removesuffix(suffix).rsplit("-", 2)
        if source.endswith(suffix) and len(parts) == 3 and all(parts):
            source_name = parts[0]
            source_version = full_version(epoch, parts[1], parts[2])
            break
    return "\t".join((name, full_version(epoch, version, release), arch, source_name,
                      source_version, module, vendor))


def wanted_lines(text):
    """Sorted lines; keys that sign packages (gpg-pubkey) are not listed by us."""
    rows = [line.split("\t") for line in text.split("\n") if line]
    return sorted(our_line(row) for row in rows
                  if row[0] not in ("gpg-pubkey", "name") and len(row) == len(COLUMNS))


def decode(raw):
    return raw.decode("utf-8", "surrogateescape")


def ask_rpm(path):
    run = subprocess.run(["rpm", "--dbpath", os.path.dirname(path), "-qa", "--qf", QUERY],
                         capture_output=True, check=False)
    return wanted_lines(decode(run.stdout)) if run.returncode == 0 else None


def ask_us(program, path):
    run = subprocess.run([program, "rpm", path], capture_output=True, check=False)
    if run.returncode != 0 or run.stderr:
        return "error: " + decode(run.stderr)
    return sorted(line for line in decode(run.stdout).split("\n") if line)


def expected_file(path):
    """expected.tsv of the nearest directory above; its first line names columns."""
    for _ in range(5):
        path = os.path.dirname(path)
        name = os.path.join(path, "expected.tsv")
        if os.path.exists(name):
            with open(name, encoding="utf-8", errors="surrogateescape") as f:
                return wanted_lines(f.read())
    return None


def compare(label, ours, theirs):
    if ours == theirs:
        print(f"ok: {label}: {len(ours)} packages")
        return True
    print(f"FAILED: {label}")
    if isinstance(ours, str):
        print(ours)
        return False
    for line in sorted(set(ours) ^ set(theirs))[:10]:
        print(("  only ours: " if line in ours else "  only theirs: ") + line)
    print(f"  {len(ours)} ours, {len(theirs)} theirs")
    return False


def check(program, source, workdir):
    """Whether each of the oracles agrees: a list of booleans."""
    name = os.path.basename(source).removesuffix(".zst")
    path = os.path.join(workdir, name)
    if source.endswith(".zst"):
        subprocess.run(["zstd", "-q", "-d", "-f", source, "-o", path], check=True)
    else:
        shutil.copyfile(source, path)
    ours = ask_us(program, path)
    results = []
    if name != "Packages.db" and shutil.which("rpm") is not None:
        theirs = ask_rpm(path)
        results.append(compare(f"{source} against rpm", ours, theirs or []))
    theirs = expected_file(source)
    if theirs is not None:
        results.append(compare(f"{source} against expected.tsv", ours, theirs))
    if not results:
        print(f"FAILED: {source}: nothing to compare it with")
        results.append(False)
    return results


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    results = []
    for top in sys.argv[2:]:
        for directory, _, files in sorted(os.walk(top)):
            for file in sorted(files):
                if file.removesuffix(".zst") in NAMES:
                    with tempfile.TemporaryDirectory() as workdir:
                        results += check(sys.argv[1], os.path.join(directory, file), workdir)
    if not results:
        print("skipped: no rpm database below " + ", ".join(sys.argv[2:]))
        sys.exit(77)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
