"""Images made by hand, each for one thing that layers can do to each other. differs:
{runtime: why Corten's tree is another one on purpose}."""

import dataclasses

from imagelib import (device, directory, fifo, file, gnu_long, hardlink, header, opaque, pad, pax,
                      sparse_old, sparse_pax, symlink, whiteout)

UMOCI, OVERLAY, NATIVE = "umoci", "containerd overlayfs", "containerd native"
# Reasons.
BELOW_LINK = ("what is written below a link of a lower layer becomes a directory, as with "
              "overlay snapshots (containerd, Docker, CRI-O); runtimes that unpack onto one "
              "directory follow the link")
OWN_LAYER = ("within one layer a whiteout hides nothing of that layer, whatever the order "
             "(layer.md#whiteouts)")
FRESH = ("a directory that replaces what its own layer removed or put there is empty; an "
         "overlay snapshot shows the lower directory through it")
OPAQUE_ROOT = "overlay file systems take no notice of an opaque root directory"
LOWER_LINK = "an overlay snapshot cannot link to a file of a lower layer"
NO_DEVICE = "an overlay file system takes the character device 0:0 for a whiteout"
ODD = "a whiteout of nothing hides nothing; the runtimes refuse the layer"
NO_GLOBAL = "umoci refuses a layer with a global pax header"
NO_SPARSE = "it refuses entries of type S"


@dataclasses.dataclass
class Sample:
    name: str
    layers: list
    differs: dict = dataclasses.field(default_factory=dict)


def sample(name, *layers):
    return Sample(name, list(layers))


def differing(name, runtimes, *layers):
    return Sample(name, list(layers), runtimes)


def numbers(device_header, major, minor):
    """A device's header with its numbers."""
    block = bytearray(device_header)
    block[329:337], block[337:345] = b"%07o\0" % major, b"%07o\0" % minor
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def null(name):
    return numbers(device(name), 1, 3)


def gnu_prefixed(prefix, name, content):
    """What Go before 1.8 wrote: GNU's magic, and a prefix all the same."""
    tail = prefix.ljust(155, b"\0")
    return header(name, size=len(content), magic=b"ustar  \0", tail=tail) + pad(content)


A, B = file("d/a", "a"), file("d/b", "b")
LOWER = [directory("d"), A, B, directory("d/sub"), file("d/sub/c", "c"), symlink("d/link", "a"),
         fifo("d/fifo"), null("d/null"), file("top", "top")]

SAMPLES = [
    sample("one layer of everything", LOWER + [hardlink("d/hard", "d/a")]),
    sample("parents that no entry makes", [file("deep/er/and/deeper", "x")]),
    sample("a file over a file", LOWER, [file("d/a", "new")]),
    sample("a whiteout of a file, a link, a fifo, a device", LOWER,
           [whiteout("d/a"), whiteout("d/link"), whiteout("d/fifo"), whiteout("d/null")]),
    sample("a whiteout of a directory", LOWER, [whiteout("d")]),
    sample("a whiteout of what is not there", LOWER, [whiteout("nowhere"), whiteout("d/none")]),
    sample("an opaque directory", LOWER, [directory("d"), opaque("d"), file("d/new", "n")]),
    sample("an opaque mark behind its directory's files", LOWER,
           [directory("d"), file("d/new", "n"), file("d/a", "again"), opaque("d")]),
    sample("an opaque directory below an opaque directory", LOWER,
           [opaque("d"), opaque("d/sub"), file("d/sub/new", "n")]),
    sample("a removal, and the name again in a later layer", LOWER, [whiteout("d")],
           [directory("d"), file("d/again", "x")]),
    sample("a file where a directory was", LOWER, [file("d", "now a file")]),
    sample("a link where a directory was", LOWER, [symlink("d", "elsewhere")]),
    sample("a fifo where a directory was", LOWER, [fifo("d")]),
    sample("a device where a directory was", LOWER, [null("d")]),
    sample("a directory where a file was", LOWER, [directory("top"), file("top/x", "x")]),
    sample("a directory where a link was", LOWER, [directory("d/link"), file("d/link/x", "x")]),
    sample("a directory where a fifo was", LOWER, [directory("d/fifo"), file("d/fifo/x", "x")]),
    sample("a directory, a file, a directory in three layers", LOWER, [file("d", "f")],
           [directory("d"), file("d/x", "x")]),
    sample("a directory again leaves its files alone", LOWER, [directory("d")]),
    sample("a file over another's whiteout", LOWER, [whiteout("d/a"), file("d/a", "again")]),
    sample("hard links, and their first name gone", LOWER + [hardlink("d/hard", "d/a")],
           [whiteout("d/a")]),
    sample("hard links, and one name replaced", LOWER + [hardlink("d/hard", "d/a")],
           [file("d/a", "other")]),
    sample("hard links to links, fifos and devices",
           LOWER + [hardlink("l", "d/link"), hardlink("p", "d/fifo"), hardlink("n", "d/null")]),
    sample("a hard link to a hard link, by names with dots",
           LOWER + [hardlink("x", "./d/../d/a"), hardlink("y", "/x")]),
    sample("a hard link to a name that was written twice",
           [file("a", "one"), hardlink("b", "a"), file("a", "two"), hardlink("c", "a")]),
    sample("names with dots and slashes",
           [file("./a", "1"), file("/b", "2"), file("c//d", "3"), file("e/../f", "4"),
            file("g/./h", "5"), directory("./i/"), file("../../up", "6")]),
    sample("names with control characters, of all alphabets, and of no alphabet",
           [file("new\nline", "1"), file("tab\t", "2"), file("日本語", "3"), file("ä", "4"),
            file(b"\xff\xfe", "5"), file(" ", "6"), file("...", "7"), file("-rf", "8"),
            file("\x1b[31m", "9")]),
    sample("long names and long links",
           [file("n" * 255, "1"), file("/".join(["x" * 100] * 20), "2"), symlink("l", "t" * 3000),
            gnu_long("g" * 200, file("short", "3")), gnu_long("k" * 200, symlink("s", "x"), b"K")]),
    sample("names that look like whiteouts",
           [file(".whx", "1"), file("wh.x", "2"), file("x.wh.", "3"), directory(".wh"),
            file("d/.wh/x", "4")]),
    sample("aufs's own files, and a hard link to one",
           [file("a", "1"), directory(".wh..wh.plnk"), file(".wh..wh.plnk/7", "7"),
            file(".wh..wh.aufs", ""), hardlink("b", ".wh..wh.plnk/7")]),
    sample("links to nowhere, in circles and above the root",
           [symlink("nowhere", "/none"), symlink("a", "b"), symlink("b", "a"), symlink("c", "c"),
            symlink("up", "../../../etc"), symlink("root", "/")]),
    sample("what a layer writes through its own links",
           [directory("real"), symlink("r", "real"), file("r/x", "1"), symlink("abs", "/real/"),
            file("abs/y", "2"), symlink("real/back", "../other"), file("real/back/z", "3"),
            symlink("over", "../../up"), file("over/w", "4")]),
    sample("what a layer writes through links that lead on later",
           [symlink("v", "w"), symlink("w", "u"), symlink("u", "var"), file("v/lib/x", "1")]),
    sample("dots in a link's target go up from where links lead",
           [directory("deep/er"), symlink("x", "deep/er"), symlink("a", "x/../c"),
            file("a/f", "1")]),
    sample("a hard link to a link, and what is written through it",
           [directory("real"), symlink("a", "/real"), hardlink("b", "a"), file("b/x", "1")]),
    sample("a link that its own layer replaces",
           [symlink("a", "real"), file("a/one", "1"), directory("a"), file("a/two", "2")]),
    sample("types of old and other archivers",
           [header("v7", b"\0", 2, magic=b"") + pad(b"v7"), header("dir/", b"\0", magic=b""),
            header("file/", b"0", 3) + pad(b"abc"), directory("d"), header("d/x/", b"0", 0)]),
    differing("pax headers that a global header takes along", {UMOCI: NO_GLOBAL},
              [pax({"comment": "x", "path": "all"}, b"g") + file("one", "1"),
               pax({"path": "lost"}) + pax({"comment": "x"}, b"g") + file("two", "2")]),
    sample("pax headers that an empty one takes back",
           [pax({"path": "lost"}) + pax({}) + file("one", "1"),
            pax({"path": "lost", "linkpath": ""}) + pax({"path": ""}) + file("two", "2")]),
    sample("names that two forms tell",
           [pax({"path": "pax"}) + gnu_long("gnu", file("own", "1")),
            gnu_long("lost", gnu_long("second", file("own", "2"))),
            gnu_prefixed(b"var/lib/dpkg", "status", b"3"),
            header("name", prefix=b"pre/fix", size=1) + pad(b"4")]),
    sample("sparse names of files that are not sparse",
           [pax({"GNU.sparse.name": "other"}) + file("own", "1"),
            pax({"GNU.sparse.name": "other", "GNU.sparse.major": "1", "GNU.sparse.minor": "1",
                 "GNU.sparse.realsize": "9"}) + file("own2", "2")]),
    sample("sparse files in pax form",
           [sparse_pax(v, f"v{v}", 3000, [(0, b"start"), (1000, b"middle"), (2998, b"xx")])
            for v in ("0.0", "0.1", "1.0")] +
           [sparse_pax("1.0", "empty", 5000, []), file("behind", "x")]),
    differing("sparse files in old GNU form",
              {UMOCI: NO_SPARSE, OVERLAY: NO_SPARSE, NATIVE: NO_SPARSE},
              [sparse_old("a", 3000, [(0, b"start"), (1000, b"middle")]),
               sparse_old("b", 9000, [(i * 100, b"x") for i in range(60)]), file("behind", "x")]),
    sample("zero-size claims of links and directories",
           [header("d/", b"5", 1000), header("l", b"2", 600, link=b"d"), file("x", "1")]),
    sample("what stands behind the end", [file("a", "1") + bytes(1024) + file("hidden", "2")]),
    sample("forty layers", *[[file(f"f{i}", str(i)), file("last", str(i)),
                              *([whiteout(f"f{i - 3}")] if i > 2 else [])] for i in range(40)]),
    sample("an image of nothing", []),
    # --- where runtimes differ
    differing("what a layer writes below a link of a lower layer",
              {UMOCI: BELOW_LINK, NATIVE: BELOW_LINK},
              [directory("real"), file("real/a", "1"), symlink("link", "real")],
              [file("link/b", "2")]),
    differing("a whiteout behind a file of its own layer",
              {OVERLAY: OWN_LAYER, NATIVE: OWN_LAYER},
              [file("a", "old")], [file("a", "new"), whiteout("a")]),
    differing("a directory behind its own whiteout", {OVERLAY: FRESH}, LOWER,
              [whiteout("d"), directory("d"), file("d/new", "n")]),
    differing("a directory behind a file of its own layer", {OVERLAY: FRESH}, LOWER,
              [file("d", "x"), directory("d"), file("d/new", "n")]),
    differing("an opaque root", {OVERLAY: OPAQUE_ROOT}, LOWER, [opaque(""), file("new", "n")]),
    differing("a hard link to a file of a lower layer", {OVERLAY: LOWER_LINK}, LOWER,
              [hardlink("again", "d/a")]),
    differing("the character device 0:0", {OVERLAY: NO_DEVICE}, LOWER, [device("d/zero")]),
    differing("a whiteout without a name", {UMOCI: ODD, OVERLAY: ODD, NATIVE: ODD}, LOWER,
              [file("d/.wh.", "")]),
]
