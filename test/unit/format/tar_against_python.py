"""Compares the tar reader with Python's tarfile on archives that tarfile, GNU tar
and bsdtar make: every format, names and links of every length, sparse files of
every version, sizes beyond 8 GiB, owners and times that need base-256 or pax.

Where the two differ on purpose, tarfile's view is corrected (see view()): entries
of types that are no files of a file system (GNU's volume labels and such) are
"others"; a sparse file's own name counts also where a pax path comes with it.
Global pax headers, which tarfile applies and Go does not, say nothing here that
an entry shows.

usage: tar_against_python.py ECHO-PROGRAM
"""
import hashlib
import io
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

SUMMED = 16 << 20
LETTERS = {tarfile.REGTYPE: "f", tarfile.AREGTYPE: "f", tarfile.CONTTYPE: "f",
           tarfile.GNUTYPE_SPARSE: "f", tarfile.LNKTYPE: "h", tarfile.SYMTYPE: "l",
           tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.DIRTYPE: "d", tarfile.FIFOTYPE: "p"}
PAX_SPARSE = ("0.0", "0.1", "1.0")
# What GNU tar writes as far as a format can hold it; it says so with status 2.
GNU_RUNS = [("v7", ()), ("oldgnu", ("-S",)), ("gnu", ("-S",)), ("ustar", ()),
            *[("pax", ("-S", f"--sparse-version={v}")) for v in PAX_SPARSE],
            ("pax", ("--pax-option=globexthdr.name=/g,comment=global",)),
            ("pax", ("--pax-option=exthdr.name=%d/P/%f,delete=atime,delete=ctime", "--xattrs")),
            ("gnu", ("--label=a volume", "-S")), ("gnu", ("-b", "1")), ("gnu", ("-b", "64"))]
BSD_RUNS = ["ustar", "pax", "gnutar", "v7"]


class Echo:
    """The program under test."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def list(self, archive):
        self.process.stdin.write(struct.pack("<I", len(archive)) + archive)
        self.process.stdin.flush()
        n, = struct.unpack("<I", self.process.stdout.read(4))
        return [" ".join(line.split()) for line in self.process.stdout.read(n).decode().split("\n")]

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def view(archive):
    """tarfile's view as lines of tar_echo."""
    lines = []
    with tarfile.open(fileobj=io.BytesIO(archive), encoding="utf-8",
                      errors="surrogateescape") as t:
        for m in t:
            letter = LETTERS.get(m.type, "o")
            name = raw(m.pax_headers.get("GNU.sparse.name", m.name)).rstrip(b"/")
            link = raw(m.linkname) if letter in "hl" else b""
            line = f"{letter} {name.hex()} {link.hex()}"
            if letter == "f" and m.size > SUMMED:
                line += f" {m.size} big"
            elif letter == "f":
                content = t.extractfile(m).read()
                line += f" {len(content)} {hashlib.sha256(content).hexdigest()}"
            lines.append(" ".join(line.split()))
    return lines + ["ok"]


def without_slashes(lines):
    """tarfile cuts the slashes behind a directory's name."""
    out = []
    for line in lines:
        words = line.split()
        if words[0] in "do" and len(words) > 1:
            while words[1].endswith("2f"):
                words[1] = words[1][:-2]
        out.append(" ".join(words))
    return out


# --- archives ---------------------------------------------------------------------

def name_of(rng):
    """Names of all lengths, in directories and not, of all bytes."""
    n = rng.choice([1, 5, 60, 99, 100, 101, 154, 155, 156, 200, 255, 256, 257, 600])
    parts = []
    while n > 0:
        size = min(n, rng.choice([1, 20, 98, 120]))
        alphabet = rng.choice(["abc.", "x", "äöü", " =\n", "名", "\udcff\udc80"])
        parts.append("".join(rng.choice(alphabet) for _ in range(size)))
        n -= size
    return "/".join(parts)


def by_python(rng, form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, encoding="utf-8",
                      errors="surrogateescape") as t:
        if form == tarfile.PAX_FORMAT and rng.random() < 0.3:
            t.pax_headers = {"comment": "for all"}
        for _ in range(rng.randrange(1, 20)):
            m = tarfile.TarInfo(name_of(rng))
            m.type = rng.choice([tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE,
                                 tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
                                 tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
            if m.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                m.linkname = name_of(rng)
            content = b""
            if m.isreg():
                content = rng.randbytes(rng.choice([0, 1, 511, 512, 513, 5000, 70000]))
            m.size = len(content)
            m.mode = rng.choice([0, 0o644, 0o7777])
            if form != tarfile.USTAR_FORMAT:
                m.uid, m.gid = rng.choice([0, 1000, 1 << 21, 1 << 40]), rng.choice([0, 1 << 31])
                m.mtime = rng.choice([0, 1700000000, 1 << 34, -5])
            try:
                t.addfile(m, io.BytesIO(content))
            except ValueError:  # ustar cannot hold it
                pass
    return out.getvalue()


def write_sparse(path, size, data):
    with open(path, "wb") as f:
        for at, piece in data:
            f.seek(at)
            f.write(piece)
        f.truncate(size)


def make_tree(root, rng):
    """A tree with everything that an archiver may meet."""
    os.makedirs(root / "dir/sub", exist_ok=True)
    for i in range(40):
        path = os.fsencode(str(root)) + b"/dir/" + raw(name_of(rng))[:3000]
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(rng.randbytes(rng.choice([0, 3, 512, 9000])))
            os.utime(path, (i, rng.choice([1700000000.123, 0, -7])))
        except OSError:  # a name that the file system cannot hold, or a file for a directory
            continue
    (root / "first").write_bytes(b"content")
    for link in ("second", "dir/third"):
        os.link(root / "first", root / link)
    for i, target in enumerate(["first", "../../up", "/absolute", "t" * 101, "d/" * 300]):
        os.symlink(target, root / f"link{i}")
    os.link(root / "link3", root / "dir/link to a link", follow_symlinks=False)
    os.mkfifo(root / "fifo")
    try:
        os.setxattr(root / "first", "user.key", b"value")
    except OSError:
        print("note: no extended attributes here")
    make_sparse_files(root / "sparse", rng)


def make_sparse_files(folder, rng):
    os.mkdir(folder)
    k = 1 << 16
    write_sparse(folder / "hole", 10 * k, [])
    write_sparse(folder / "start", 10 * k, [(0, b"x" * k)])
    write_sparse(folder / "end", 10 * k, [(9 * k, rng.randbytes(k))])
    write_sparse(folder / "tail", 9 * k + 5, [(0, b"a"), (4 * k, b"b")])
    write_sparse(folder / "many", 200 * k, [(i * k * 2, rng.randbytes(9)) for i in range(100)])
    write_sparse(folder / ("long name " * 20), 3 * k, [(k, b"middle")])
    write_sparse(folder / "9 GiB", 9 << 30, [(1 << 30, b"x"), (8 << 30, rng.randbytes(k))])


def by_program(*command, cwd):
    run = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env=dict(os.environ, LC_ALL="C.UTF-8"))
    if run.returncode not in (0, 1, 2) or not run.stdout:
        sys.exit(f"{command}: {run.stderr.decode(errors='replace')}")
    return run.stdout


def archives(rng, tree):
    forms = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
    for i in range(150):
        form = rng.choice(list(forms))
        yield f"python {form} {i}", by_python(rng, forms[form])
    if shutil.which("tar"):
        for form, options in GNU_RUNS:
            # Without -S the 9 GiB would be written out.
            big = () if "-S" in options else ("--exclude=9 GiB",)
            yield f"GNU tar {form} {' '.join(options)}", by_program(
                "tar", "-c", f"--format={form}", *options, *big, ".", cwd=tree)
    if shutil.which("bsdtar"):
        for form in BSD_RUNS:
            big = () if form == "pax" else ("--exclude=9 GiB",)
            yield f"bsdtar {form}", by_program("bsdtar", "-c", "-f", "-", f"--format={form}", *big,
                                               ".", cwd=tree)
    else:
        print("bsdtar: skipped, it is not installed")


def main():
    echo, rng, failed, count, entries = Echo(sys.argv[1]), random.Random(1), 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = pathlib.Path(scratch) / "tree"
        make_tree(tree, rng)
        for what, archive in archives(rng, tree):
            got, want = without_slashes(echo.list(archive)), without_slashes(view(archive))
            count += 1
            entries += len(want) - 1
            if got != want:
                failed += 1
                at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), -1)
                print(f"{what}: {len(want)} lines expected, {len(got)} came; line {at}:\n"
                      f"  expected {want[at]}\n  came     {got[at]}")
    if echo.close() != 0:
        failed += 1
        print("the program failed")
    print(f"{count} archives, {entries} entries, {failed} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
