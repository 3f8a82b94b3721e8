"""Container images made of what a test says, byte by byte: tar streams from lists
of members, layers in every compression, and images as docker-archives, OCI layouts
and OCI archives. Nothing here checks anything: wrong images are the point.

A member is made by file(), directory(), symlink() ...; tar() joins members. A Layer
is a tar stream and how it is stored; an Image is a list of layers and a config."""

import dataclasses
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tarfile
import zlib

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
CONFIG, MANIFEST, INDEX = OCI + "config.v1+json", OCI + "manifest.v1+json", OCI + "index.v1+json"
LAYER = OCI + "layer.v1.tar"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest(data):
    return "sha256:" + sha256(data)


# --- tar -------------------------------------------------------------------------

BLOCK = 512
END = bytes(2 * BLOCK)


def raw_name(name):
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def pad(data):
    return data + bytes(-len(data) % BLOCK)


def number(value, width):
    """A number field: bytes as they are, octal text, or base-256 where that is too short."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")[:width]
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return (value % (1 << 8 * width) | 1 << (8 * width - 1)).to_bytes(width, "big")


def header(name, kind=b"0", size=0, link=b"", mode=0o644, magic=b"ustar\x0000", prefix=b"",
           checksum=None, tail=None):
    """One header block. tail: what stands from byte 345 on instead of the prefix."""
    def block(total):
        head = (raw_name(name)[:100].ljust(100, b"\0") + number(mode, 8) + number(0, 8) +
                number(0, 8) + number(size, 12) + number(1700000000, 12) + total + kind +
                raw_name(link)[:100].ljust(100, b"\0") + magic)
        head = head.ljust(345, b"\0") + (prefix if tail is None else tail)
        return head.ljust(BLOCK, b"\0")
    total = sum(block(b" " * 8)) if checksum is None else checksum
    return block(b"%06o\0 " % total)


def empty_files(name, count, each=2000):
    """Many empty files in pieces of `each`; name has one %06d. Only digits and the
    checksum change from one to the next."""
    first = bytearray(header(name % 0))
    at = raw_name(name % 0).rindex(b"000000")
    total = sum(first[:148]) + 8 * 32 + sum(first[156:])
    piece = bytearray()
    for i in range(count):
        digits = b"%06d" % i
        first[at:at + 6] = digits
        first[148:156] = b"%06o\0 " % (total + sum(digits) - 6 * 48)
        piece += first
        if i % each == each - 1 or i == count - 1:
            yield bytes(piece)
            piece.clear()


def pax(records, kind=b"x"):
    """Extended header: {key: value}, or pairs where a key comes twice."""
    text = b""
    for key, value in records.items() if isinstance(records, dict) else records:
        body = b" " + raw_name(key) + b"=" + raw_name(value) + b"\n"
        length = len(body) + 1
        while len(b"%d" % length) + len(body) != length:
            length = len(b"%d" % length) + len(body)
        text += b"%d" % length + body
    return header("pax", kind, len(text)) + pad(text)


def file(name, content=b"", **fields):
    """A regular file; a name over 100 bytes goes into a pax header."""
    content = content.encode() if isinstance(content, str) else content
    long = pax({"path": name}) if len(raw_name(name)) > 100 else b""
    return long + header(name, fields.pop("kind", b"0"), fields.pop("size", len(content)),
                         **fields) + pad(content)


def directory(name):
    return header(name.rstrip("/") + "/", b"5", mode=0o755)


def symlink(name, target):
    long = {"linkpath": target} if len(raw_name(target)) > 100 else {}
    if len(raw_name(name)) > 100:
        long["path"] = name
    return (pax(long) if long else b"") + header(name, b"2", link=target)


def hardlink(name, target):
    return header(name, b"1", link=target)


def fifo(name):
    return header(name, b"6")


def device(name, block=False):
    return header(name, b"4" if block else b"3")


def whiteout(path):
    folder, name = os.path.split(path)
    return file(os.path.join(folder, ".wh." + name))


def opaque(folder):
    return file(os.path.join(folder, ".wh..wh..opq"))


def gnu_long(name, member, kind=b"L"):
    """GNU's form of a long name (L) or link (K) before a member."""
    text = raw_name(name) + b"\0"
    return header("././@LongLink", kind, len(text)) + pad(text) + member


def tar(*members, end=END):
    return b"".join(members) + end


# GNU sparse files: data is [(offset, bytes)], size the whole file's.

def stored(data):
    return pad(b"".join(piece for _, piece in data))


def sparse_old(name, size, data):
    runs = [number(at, 12) + number(len(piece), 12) for at, piece in data]
    # After the runs: "more follows", then the real size.
    tail = bytes(41) + b"".join(runs[:4]).ljust(96, b"\0") + bytes([len(runs) > 4])
    more = b""
    for i in range(4, len(runs), 21):
        more += (b"".join(runs[i:i + 21]).ljust(504, b"\0") + bytes([i + 21 < len(runs)])).ljust(
            BLOCK, b"\0")
    return header(name, b"S", sum(len(piece) for _, piece in data), magic=b"ustar  \0",
                  tail=tail + number(size, 12)) + more + stored(data)


def sparse_pax(version, name, size, data):
    """version: "0.0", "0.1" or "1.0"."""
    length = sum(len(piece) for _, piece in data)
    if version == "1.0":
        numbers = [len(data)] + [n for at, piece in data for n in (at, len(piece))]
        listed = pad(b"".join(b"%d\n" % n for n in numbers))
        records = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": name,
                   "GNU.sparse.realsize": str(size)}
        return (pax(records) + header("GNUSparseFile.0/x", size=length + len(listed)) + listed +
                stored(data))
    records = [("GNU.sparse.size", str(size)), ("GNU.sparse.numblocks", str(len(data)))]
    if version == "0.0":
        for at, piece in data:
            records += [("GNU.sparse.offset", str(at)), ("GNU.sparse.numbytes", str(len(piece)))]
    else:
        records += [("GNU.sparse.name", name), ("GNU.sparse.map", ",".join(
            f"{at},{len(piece)}" for at, piece in data))]
    return pax(records) + header(name, size=length) + stored(data)


# --- compression -------------------------------------------------------------------

def gz(data, level=6):
    return gzip.compress(data, level, mtime=0)


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def gz_members(data, size):
    """Many gzip members, one behind the other."""
    return b"".join(gz(data[i:i + size]) for i in range(0, len(data), size))


def estargz(members):
    """As stargz-snapshotter stores a layer: a member for each file, then the table of
    contents as a file of its own, then an empty member whose extra field says where
    that is. Returns (tar stream, stored bytes)."""
    pieces = list(members)
    toc = file("stargz.index.json", json.dumps({"version": 1, "entries": []}))
    body = b"".join(gz(piece) for piece in pieces)
    extra = b"SG" + struct.pack("<H", 22) + b"%016x" % len(body) + b"STARGZ"
    footer = (b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H", len(extra)) + extra +
              b"\x01\0\0\xff\xff" + bytes(8))
    return tar(*pieces, toc), body + gz(toc + END) + footer


def skippable(content, which=0):
    """A frame that zstd decoders pass over (RFC 8878, 3.1.2)."""
    return struct.pack("<II", 0x184D2A50 + which, len(content)) + content


def zstd_chunked(members):
    """As containers/storage stores it: a frame for each file, and at the end the
    manifest and the footer in skippable frames."""
    frames = b"".join(zstd(piece) for piece in members) + zstd(END)
    manifest = zstd(json.dumps({"version": 1, "entries": []}).encode())
    footer = struct.pack("<QQQQQQQ", len(frames) + 8, len(manifest), 99, 1, 0, 0, 0) + b"GNUlInUx"
    return tar(*members), frames + skippable(manifest) + skippable(footer)


def zstd_rle(size):
    """A zstd frame of `size` zeros (a multiple of 128 KiB): RLE blocks of 4 bytes each."""
    def block(last):
        return ((128 << 10) << 3 | 1 << 1 | last).to_bytes(3, "little") + b"\0"
    head = b"\x28\xb5\x2f\xfd\0\x38"  # no content size, a window of 128 KiB
    return head + block(0) * ((size >> 17) - 1) + block(1)


class GzipPieces:
    """One gzip member written to a file piece by piece; a piece may be repeated for the
    price of a copy, since each is deflated alone and ended by a full flush."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.out = open(path, "wb")
        self.blob, self.raw = hashlib.sha256(), hashlib.sha256()
        self.crc = self.size = 0
        self._write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")

    def _write(self, data):
        self.out.write(data)
        self.blob.update(data)

    def put(self, piece, times=1):
        c = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = c.compress(piece) + c.flush(zlib.Z_FULL_FLUSH)
        for _ in range(times):
            self._write(packed)
            self.raw.update(piece)
            self.crc = zlib.crc32(piece, self.crc)
            self.size += len(piece)

    def end(self):
        """The layer that was written."""
        self._write(b"\x03\0" + struct.pack("<II", self.crc, self.size & 0xffffffff))
        self.out.close()
        return Layer(None, "gzip", path=self.path, diff_id="sha256:" + self.raw.hexdigest(),
                     blob="sha256:" + self.blob.hexdigest())


# --- layers and images ---------------------------------------------------------------

SUFFIXES = {"plain": "", "gzip": "+gzip", "zstd": "+zstd"}


@dataclasses.dataclass
class Layer:
    """raw: the tar stream; data: as it is stored (made when not given), or path of a
    file with that. blob, diff_id, size, media: what the image claims."""
    raw: bytes
    form: str = "gzip"
    data: bytes = None
    path: pathlib.Path = None
    diff_id: str = None
    blob: str = None
    size: int = None
    media: str = None
    created_by: str = None

    def __post_init__(self):
        if self.data is None and self.path is None:
            self.data = {"plain": bytes, "gzip": gz, "zstd": zstd}[self.form](self.raw)
        if self.diff_id is None:
            self.diff_id = digest(self.raw)
        if self.blob is None:
            self.blob = digest(self.data)
        if self.size is None:
            self.size = self.path.stat().st_size if self.path else len(self.data)
        if self.media is None:
            self.media = LAYER + SUFFIXES[self.form]

    def write(self, out):
        if self.path is None:
            out.write(self.data)
        else:
            with open(self.path, "rb") as f:
                shutil.copyfileobj(f, out, 1 << 20)

    def stored_size(self):
        return self.path.stat().st_size if self.path else len(self.data)

    def descriptor(self):
        return {"mediaType": self.media, "digest": self.blob, "size": self.size}


def layer(*members, form="gzip", **claims):
    return Layer(tar(*members), form, **claims)


@dataclasses.dataclass
class Image:
    """config and manifest: members that replace or add to the ones made here;
    documents given as bytes are taken as they are."""
    layers: list
    tags: tuple = ("test:1",)
    platform: str = "linux/amd64"
    config: dict = dataclasses.field(default_factory=dict)
    manifest: dict = dataclasses.field(default_factory=dict)
    media: tuple = (CONFIG, MANIFEST)
    config_bytes: bytes = None
    manifest_bytes: bytes = None

    def platform_object(self):
        parts = self.platform.split("/")
        return dict(zip(("os", "architecture", "variant"), parts))

    def config_document(self):
        if self.config_bytes is not None:
            return self.config_bytes
        document = {
            **self.platform_object(), "created": "2024-01-02T03:04:05Z", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [x.diff_id for x in self.layers]},
            "history": [{"created_by": x.created_by or f"layer {i}"}
                        for i, x in enumerate(self.layers)], **self.config}
        return json.dumps(document).encode()

    def manifest_document(self):
        if self.manifest_bytes is not None:
            return self.manifest_bytes
        config = self.config_document()
        document = {
            "schemaVersion": 2, "mediaType": self.media[1],
            "config": {"mediaType": self.media[0], "digest": digest(config), "size": len(config)},
            "layers": [x.descriptor() for x in self.layers], **self.manifest}
        return json.dumps(document).encode()


def docker_media(image):
    """The same image with the media types of Docker's schema 2."""
    layers = [dataclasses.replace(x, media=DOCKER + "image.rootfs.diff.tar" +
                                  (".gzip" if x.form == "gzip" else "")) for x in image.layers]
    return dataclasses.replace(image, layers=layers, media=(
        DOCKER + "container.image.v1+json", DOCKER + "distribution.manifest.v2+json"))


# --- places --------------------------------------------------------------------------

class Folder:
    """A directory to put named files into."""

    def __init__(self, path):
        self.names = set()
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def put(self, name, data):
        if name in self.names:
            return
        self.names.add(name)
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            data.write(f) if isinstance(data, Layer) else f.write(data)

    def close(self):
        pass


class Archive:
    """A tar file to put named files into."""

    def __init__(self, path):
        self.names = set()
        self.out = open(path, "wb")

    def put(self, name, data):
        if name in self.names:
            return
        self.names.add(name)
        is_layer = isinstance(data, Layer)
        size = data.stored_size() if is_layer else len(data)
        self.out.write(file(name, size=size))
        data.write(self.out) if is_layer else self.out.write(data)
        self.out.write(bytes(-size % BLOCK))

    def close(self):
        self.out.write(END)
        self.out.close()


def blob_path(name):
    return "blobs/" + name.replace(":", "/")


def put_oci_image(place, image):
    """Its blobs; the manifest's descriptor."""
    config, manifest = image.config_document(), image.manifest_document()
    for x in image.layers:
        place.put(blob_path(x.blob), x)
    place.put(blob_path(digest(config)), config)
    place.put(blob_path(digest(manifest)), manifest)
    return {"mediaType": image.media[1], "digest": digest(manifest), "size": len(manifest)}


def put_index(place, descriptors, media=INDEX):
    """An index as a blob; its descriptor."""
    document = json.dumps({"schemaVersion": 2, "mediaType": media,
                           "manifests": descriptors}).encode()
    place.put(blob_path(digest(document)), document)
    return {"mediaType": media, "digest": digest(document), "size": len(document)}


def named(descriptor, name):
    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}


def oci(place, *images, index=None):
    """Writes an OCI layout into a place. Entries of the index are the images under
    their tags (what follows the colon), or those given."""
    entries = [] if index is None else index
    for image in images:
        descriptor = put_oci_image(place, image)
        for tag in image.tags if index is None else ():
            entries.append(named(descriptor, tag.split(":")[-1]))
    place.put("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    place.put("index.json", json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                                        "manifests": entries}).encode())
    place.close()


def oci_layout(path, *images):
    oci(Folder(path), *images)
    return path


def oci_archive(path, *images):
    oci(Archive(path), *images)
    return path


def docker_archive(path, *images, last=True):
    """As `docker save` writes it. last: manifest.json stands behind the layers."""
    place = Archive(path)
    manifest, configs, layers = [], [], []
    for image in images:
        config = image.config_document()
        configs.append((sha256(config) + ".json", config))
        names = []
        for x in image.layers:
            names.append(x.diff_id.split(":")[1] + "/layer.tar")
            layers.append((names[-1], x))
        manifest.append({"Config": configs[-1][0], "RepoTags": list(image.tags), "Layers": names,
                         **image.manifest})
    head = [("manifest.json", json.dumps(manifest).encode())]
    for name, data in layers + configs + head if last else head + configs + layers:
        place.put(name, data)
    place.close()
    return path


def gzip_file(path, out, level=1):
    with open(path, "rb") as f, gzip.GzipFile(out, "wb", level, mtime=0) as z:
        shutil.copyfileobj(f, z, 1 << 20)
    return out


# --- as a runtime unpacks it -----------------------------------------------------------

def unpack(image, root):
    """The root file system of an image, for scans of rootfs:. Only what honest images
    of the tests have: plain names, no links through links."""
    root = pathlib.Path(root)
    root.mkdir(parents=True)
    for x in image.layers:
        with tarfile.open(fileobj=io.BytesIO(x.raw)) as t:
            members = [m for m in t.getmembers() if m.name not in (".", "")]
            for m in members:
                remove_whited_out(root, m.name)
            for m in members:
                if not os.path.basename(m.name).startswith(".wh."):
                    put_member(root, t, m)
    return root


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def remove_whited_out(root, name):
    folder, base = os.path.split(name)
    if base == ".wh..wh..opq":
        for child in (root / folder).iterdir() if (root / folder).is_dir() else ():
            remove(child)
    elif base.startswith(".wh."):
        remove(root / folder / base[4:])


def put_member(root, t, m):
    path = root / m.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (m.isdir() and path.is_dir() and not path.is_symlink()):
        remove(path)
    if m.isdir():
        path.mkdir(exist_ok=True)
    elif m.issym():
        path.symlink_to(m.linkname)
    elif m.islnk():
        os.link(root / m.linkname, path)
    elif m.isreg():
        path.write_bytes(t.extractfile(m).read())


# --- what images hold -------------------------------------------------------------------

DEBIAN = ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
          'VERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n')


def os_release(text=DEBIAN):
    return file("usr/lib/os-release", text) + symlink("etc/os-release", "../usr/lib/os-release")


def dpkg(*packages):
    """The text of a status file. packages: "name version", and perhaps " source" and
    " (source version)" as dpkg writes it."""
    text = ""
    for package in packages:
        name, version, *source = package.split(" ", 2)
        text += (f"Package: {name}\nStatus: install ok installed\nPriority: optional\n"
                 f"Maintainer: Some Body <some.body@example.org>\nArchitecture: amd64\n" +
                 (f"Source: {source[0]}\n" if source else "") +
                 f"Version: {version}\nDescription: what {name} is for\n\n")
    return text


def apk(*packages):
    """The text of an apk `installed` file. packages: "name version [origin]"."""
    text = ""
    for package in packages:
        name, version, *origin = package.split()
        text += (f"C:Q1xJ9xHvQ0Yw8ZtJt6eF0sHk1vF2g=\nP:{name}\nV:{version}\nA:x86_64\nS:1\nI:2\n"
                 f"T:what {name} is for\nL:MIT\no:{origin[0] if origin else name}\nF:usr\n\n")
    return text


def status(*packages, path="var/lib/dpkg/status"):
    return file(path, dpkg(*packages))
