"""Images for measuring, the same bytes on every machine: OCI layouts whose layers
are gzip streams that inflate like those of real images.

Compressing gigabytes would take minutes, so the files of a layer are drawn from a
pool, and each file of the pool is deflated once, ended by a full flush: such pieces
may follow each other in any order (RFC 1951 has no reference across the flush).
A layer is still one gzip member with one checksum."""

import hashlib
import itertools
import json
import pathlib
import random
import struct
import tarfile
import zlib

SEED = 20230610  # Debian 12's day
POOL_BYTES = 48 << 20
WORDS = 20000


def deflate(data):
    c = zlib.compressobj(6, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush(zlib.Z_FULL_FLUSH)


# --- content -------------------------------------------------------------------

class Content:
    """Makes bytes of the three kinds that images are made of."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        weights = [1 / (rank + 3) for rank in range(WORDS)]  # Zipf
        self.weights = list(itertools.accumulate(weights))
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        self.words = ["".join(self.random.choices(letters, range(26, 0, -1),
                                                  k=self.random.randint(2, 10))).encode()
                      for _ in range(WORDS)]
        self.codes = [self.random.randbytes(self.random.randint(1, 7)) for _ in range(WORDS)]
        # Every second word is a phrase: real files repeat themselves at length.
        for words, gap in ((self.words, b" "), (self.codes, b"")):
            words[1::2] = [gap.join(self.random.choices(words, cum_weights=self.weights, k=5))
                           for _ in words[1::2]]

    def text(self, n):
        words = self.random.choices(self.words, cum_weights=self.weights, k=n // 8)
        ends = self.random.choices([b" ", b" ", b" ", b"\n", b", ", b"_", b"("], k=len(words))
        return b"".join(itertools.chain.from_iterable(zip(words, ends)))[:n]

    def code(self, n):
        """Machine code: frequent short runs of bytes, with numbers between them."""
        runs = self.random.choices(self.codes, cum_weights=self.weights, k=n // 7)
        numbers = self.random.choices([b"", b"\0\0\0", b"\xff\xff"], k=len(runs))
        near = [bytes([b]) if b % 3 else b"" for b in self.random.randbytes(len(runs))]
        return b"".join(itertools.chain.from_iterable(zip(runs, numbers, near)))[:n]

    def packed(self, n):
        return self.random.randbytes(n)

    def file(self):
        """One file: mostly small, mostly text or code, as in a file system."""
        size = min(int(self.random.lognormvariate(9, 2)) + 1, 4 << 20)
        kind = self.random.choices([self.text, self.code, self.packed], [48, 42, 10])[0]
        return kind(size)


class Pool:
    """Distinct files, each with its deflated form, padded as tar wants it."""

    def __init__(self, total=POOL_BYTES, seed=SEED):
        content = Content(seed)
        self.files = []
        while total > 0:
            data = content.file()
            total -= len(data)
            padded = data + bytes(-len(data) % 512)
            self.files.append((len(data), padded, deflate(padded)))


# --- a layer -------------------------------------------------------------------

class Layer:
    """Writes one gzip layer into a layout's blobs."""

    def __init__(self, layout):
        self.blobs = layout / "blobs" / "sha256"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self.path = self.blobs / "new"
        self.out = open(self.path, "wb")
        self.blob, self.raw = hashlib.sha256(), hashlib.sha256()
        self.crc = self.size = self.raw_size = 0
        self._write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")

    def _write(self, stored):
        self.out.write(stored)
        self.blob.update(stored)
        self.size += len(stored)

    def put(self, data, stored=None):
        self._write(deflate(data) if stored is None else stored)
        self.raw.update(data)
        self.crc = zlib.crc32(data, self.crc)
        self.raw_size += len(data)

    def header(self, name, size, kind=tarfile.REGTYPE):
        info = tarfile.TarInfo(name)
        info.size, info.type, info.mtime = size, kind, 1686355200
        info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
        return info.tobuf(tarfile.GNU_FORMAT)

    def add(self, name, data):
        self.put(self.header(name, len(data)) + data + bytes(-len(data) % 512))

    def end(self):
        """Closes the archive and the stream; the descriptor and the diff-id."""
        self.put(bytes(10240))
        self._write(b"\x03\0" + struct.pack("<II", self.crc, self.raw_size & 0xffffffff))
        self.out.close()
        digest = self.blob.hexdigest()
        self.path.rename(self.blobs / digest)
        return ({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                 "digest": f"sha256:{digest}", "size": self.size},
                f"sha256:{self.raw.hexdigest()}")


def fill(layer, pool, raw_bytes, seed, prefix):
    """Adds files of the pool until the layer has raw_bytes."""
    chooser = random.Random(seed)
    number = 0
    while layer.raw_size < raw_bytes:
        size, padded, stored = chooser.choice(pool.files)
        if size > raw_bytes - layer.raw_size + 4096:
            size, padded, stored = pool.files[0]
        layer.put(layer.header(f"usr/{prefix}/{number // 500:04d}/file{number}.dat", size))
        layer.put(padded, stored)
        number += 1


def write_layout(layout, layers):
    """config, manifest, index: OCI image-spec 1.1."""
    blobs = layout / "blobs" / "sha256"

    def document(value, media_type):
        data = json.dumps(value, sort_keys=True).encode()
        digits = hashlib.sha256(data).hexdigest()
        (blobs / digits).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digits}", "size": len(data)}

    config = document({
        "architecture": "amd64", "os": "linux", "created": "2023-06-10T00:00:00Z",
        "config": {}, "rootfs": {"type": "layers", "diff_ids": [d for _, d in layers]},
        "history": [{"created_by": f"layer {i}"} for i in range(len(layers))],
    }, "application/vnd.oci.image.config.v1+json")
    manifest = document({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [d for d, _ in layers],
    }, "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "bench"}
    (layout / "index.json").write_text(json.dumps({
        "schemaVersion": 2, "manifests": [manifest]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


# --- what the images hold --------------------------------------------------------

DEBIAN = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n' \
         b"VERSION_CODENAME=bookworm\n"
ALPINE = b'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n'


def dpkg_status(packages):
    """names and versions as dpkg's status file, with fields of the usual length."""
    entries = []
    for name, version, source in packages:
        entries.append(
            f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: misc\n"
            f"Installed-Size: 1234\nMaintainer: Some Body <some.body@example.org>\n"
            f"Architecture: amd64\nSource: {source}\nVersion: {version}\n"
            f"Depends: libc6 (>= 2.34), libgcc-s1 (>= 3.0), zlib1g (>= 1:1.2.0)\n"
            f"Description: what {name} is good for\n The same in a longer sentence, so that the\n"
            f" entry has the length that such entries have.\n"
            f"Homepage: https://example.org/{name}\n")
    return "\n".join(entries).encode() + b"\n"


def apk_installed(packages):
    return "".join(
        f"C:Q1{hashlib.sha1(name.encode()).hexdigest()[:27]}=\nP:{name}\nV:{version}\nA:x86_64\n"
        f"S:12345\nI:23456\nT:what {name} is good for\nU:https://example.org\nL:MIT\n"
        f"o:{source}\nm:Some Body <some@example.org>\nt:1690000000\nF:usr\nF:usr/lib\n"
        f"R:{name}.so\nZ:Q1abcdefghijklmnopqrstuvwxyz=\n\n"
        for name, version, source in packages).encode()


def numbered(count):
    return [(f"package-{i}", f"1.{i % 40}-{i % 7 + 1}", f"source-{i // 2}") for i in range(count)]


def add_debian(layer, packages):
    layer.add("etc/os-release", DEBIAN)
    layer.add("etc/debian_version", b"12.5\n")
    layer.add("var/lib/dpkg/status", dpkg_status(packages))


def image_of_sizes(layout, pool, sizes, packages):
    layers = []
    for i, size in enumerate(sizes):
        layer = Layer(layout)
        if i == 0:
            add_debian(layer, packages)
        fill(layer, pool, size, SEED + i, f"share{i}")
        layers.append(layer.end())
    write_layout(layout, layers)


def image_small(layout, pool, packages):
    layer = Layer(layout)
    layer.add("etc/os-release", ALPINE)
    layer.add("etc/alpine-release", b"3.18.4\n")
    layer.add("lib/apk/db/installed", apk_installed(packages))
    fill(layer, pool, 7 << 20, SEED, "lib")
    write_layout(layout, [layer.end()])


def image_million(layout, _pool, packages):
    layer = Layer(layout)
    add_debian(layer, packages)
    for start in range(0, 1000000, 1000):
        layer.put(b"".join(layer.header(f"srv/{start // 1000:03d}/empty-{i}", 0)
                           for i in range(start, start + 1000)))
    write_layout(layout, [layer.end()])


RECIPES = {
    # name: (what it is, how it is made)
    "big": ("one layer, 1.5 GB of files",
            lambda d, p: image_of_sizes(d, p, [1500 << 20], numbered(400))),
    "four": ("four layers, 1.5 GB of files",
             lambda d, p: image_of_sizes(d, p, [375 << 20] * 4, numbered(400))),
    "small": ("one layer of 3 MB, 15 apk packages",
              lambda d, p: image_small(d, p, numbered(15))),
    "million": ("1,000,000 empty files", lambda d, p: image_million(d, p, numbered(400))),
    "huge": ("two layers, 4 GB of files",
             lambda d, p: image_of_sizes(d, p, [2 << 30] * 2, numbered(400))),
    "packages": ("100,000 dpkg packages",
                 lambda d, p: image_of_sizes(d, p, [128 << 20], numbered(100000))),
    "match": ("3,000 dpkg packages",
              lambda d, p: image_of_sizes(d, p, [16 << 20], numbered(3000))),
}


class Images:
    """The images below one folder, made when they are asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pool = None

    def layout(self, name):
        layout = self.folder / name
        if (layout / "index.json").exists():
            return layout
        if self.pool is None:
            self.pool = Pool()
        layout.mkdir(parents=True, exist_ok=True)
        RECIPES[name][1](layout, self.pool)
        return layout

    def blobs(self, name):
        """The layers' files and sizes, as the manifest lists them."""
        layout = self.layout(name)
        index = json.loads((layout / "index.json").read_text())

        def blob(descriptor):
            return layout / "blobs" / "sha256" / descriptor["digest"].removeprefix("sha256:")
        manifest = json.loads(blob(index["manifests"][0]).read_text())
        return [(blob(d), d["size"]) for d in manifest["layers"]]
