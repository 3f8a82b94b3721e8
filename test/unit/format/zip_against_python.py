"""Compares the zip reader with Python's zipfile on archives that zipfile makes:
stored, deflated, empty, with comments and extra fields, streamed, zip64 by
count and by a sparse size, and a decompression bomb.

usage: zip_against_python.py ECHO-PROGRAM
"""
import hashlib
import io
import os
import random
import subprocess
import sys
import tempfile
import zipfile


def listing(program, path):
    out = subprocess.run([program, path], stdout=subprocess.PIPE, check=True)
    return out.stdout.decode().splitlines()


def expected(path):
    lines = []
    with zipfile.ZipFile(path) as z:
        for info in z.infolist():
            data = z.read(info)
            name = info.filename.encode("utf-8").hex()
            lines.append(f"{len(data)} {hashlib.sha256(data).hexdigest()} {name}")
    return lines + ["ok"]


def content(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return b""
    if kind == 1:
        return rng.randbytes(rng.randrange(100000))
    words = [b"CVE-2024-", b'"fixed": ', b"introduced", b"\n", b"0"]
    return b"".join(rng.choice(words) for _ in range(rng.randrange(5000)))


def mixed(path, rng):
    with zipfile.ZipFile(path, "w") as z:
        z.comment = b"c" * rng.choice([0, 1, 65535])
        for i in range(rng.randrange(30)):
            info = zipfile.ZipInfo(f"dir\u00e9/{i}.json")
            info.compress_type = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info.extra = b"\x55\x55\x04\x00abcd" * rng.choice([0, 1, 900])
            info.comment = b"x" * rng.choice([0, 3000])
            z.writestr(info, content(rng), compresslevel=rng.choice([1, 6, 9]))


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors, as a producer into a pipe does."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def streamed(path, rng):
    with Unseekable(path) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(5):
            with z.open(f"{i}.json", "w", force_zip64=i % 2 == 0) as f:
                f.write(content(rng))


def many(path, _):
    with zipfile.ZipFile(path, "w") as z:
        for i in range(70000):
            z.writestr(f"{i}.json", b"{}")


def far(path, _):
    """A first member of 4 GiB (a hole) makes the second's place a zip64 field."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.json", b"{}" * 1000)
        hole = 1 << 32
        z.fp.seek(hole, os.SEEK_CUR)
        z.start_dir = z.fp.tell()
        z.writestr("b.json", b"[]" * 1000)


def bomb(path, _):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("bomb.json", bytes(64 << 20))


def main():
    program, rng, failed = sys.argv[1], random.Random(1), 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "sample.zip")
        for make in [mixed] * 30 + [streamed, many, far]:
            make(path, rng)
            got, want = listing(program, path), expected(path)
            if got != want:
                failed += 1
                print(f"{make.__name__}: {len(want)} lines expected, {len(got)} came; "
                      f"the last is {got[-1]}")
            os.unlink(path)
        bomb(path, rng)
        last = listing(program, path)[-1]
        if not last.startswith("error limit_exceeded"):
            failed += 1
            print(f"bomb: {last}")
    print(f"34 archives, {failed} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
