"""Random images. What layers may do is kept to what runtimes agree on: the tame ones
to what all of them can unpack, the wild ones to what umoci can (a directory and a file
of one name in one layer, directories behind whiteouts, hard links to lower layers).
The model here serves only to choose: nothing is compared with it."""

from imagelib import (directory, dpkg, fifo, file, gnu_long, hardlink, header, opaque, os_release,
                      symlink, whiteout)
from samples import null

NAMES = [b"a", b"b", b"c", b"d", b"e", b"long" * 30, "ä".encode(), b"new\nline", b"\xff", b".hid"]
KINDS = {"f": 30, "d": 14, "l": 12, "h": 8, "p": 3, "n": 2, "w": 12, "o": 5, "t": 6}


class RandomImage:
    def __init__(self, rng, wild):
        self.rng, self.wild = rng, wild
        self.lower = {}  # path → kind: what lower layers may have there
        self.others = set()  # paths that once were no directory
        self.layers = [self.layer() for _ in range(rng.randrange(1, 9))]

    # --- the model: what this layer has (mine), what it removed (gone) -----------------

    def layer(self):
        self.mine, self.gone, self.members = {}, set(), []
        names = [k for k, n in KINDS.items() for _ in range(n)]
        for _ in range(self.rng.randrange(1, 25)):
            getattr(self, "add_" + self.rng.choice(names))()
        for path in list(self.lower):
            if any(path == g or path.startswith(g + b"/") for g in self.gone):
                del self.lower[path]
        for path, kind in self.mine.items():
            if kind != "d":
                self.drop(self.lower, path)
                self.others.add(path)
            self.lower[path] = kind
        return self.members

    @staticmethod
    def drop(paths, path):
        for other in [p for p in paths if p.startswith(path + b"/")]:
            del paths[other]

    def put(self, path, kind, member):
        if kind != "d" or self.mine.get(path, "d") != "d":
            self.drop(self.mine, path)
        self.mine[path] = kind
        self.members.append(member)

    def some_path(self):
        known = list(self.lower) + list(self.mine)
        if known and self.rng.random() < 0.6:
            path = self.rng.choice(known)
            if self.rng.random() < 0.5:
                return path
            return path + b"/" + self.rng.choice(NAMES)
        return b"/".join(self.rng.choice(NAMES) for _ in range(self.rng.randrange(1, 5)))

    def spelled(self, path):
        return self.rng.choice([b"", b"", b"", b"./", b"/"]) + path

    def make_way(self, path):
        """The directories above path; False when something of this layer is in the way.
        Where a lower layer has or had something else, the directory is made by name:
        what runtimes make of it without that is not the same."""
        parts = path.split(b"/")
        for i in range(1, len(parts)):
            above = b"/".join(parts[:i])
            if self.mine.get(above, "d") != "d" or (above in self.gone and above not in self.mine):
                return False
            if above not in self.mine and above in self.others:
                self.put(above, "d", directory_of(self.spelled(above)))
            self.mine.setdefault(above, "d")
        return True

    def free(self, path, kind):
        """May this layer put something of that kind here?"""
        if len(path) > 900 or not self.make_way(path):
            return False
        if self.wild or path not in self.mine and path not in self.gone:
            return True
        if path in self.gone and path not in self.mine:
            return kind != "d"
        return (kind == "d") == (self.mine[path] == "d")

    # --- what a layer may do ------------------------------------------------------------

    def add_f(self):
        path = self.some_path()
        if self.free(path, "f"):
            self.put(path, "f", file(self.spelled(path), self.content()))

    def content(self):
        return self.rng.randbytes(self.rng.choice([0, 1, 600]))

    def add_d(self):
        path = self.some_path()
        if self.free(path, "d"):
            self.put(path, "d", directory_of(self.spelled(path)))

    def add_l(self):
        path = self.some_path()
        target = self.rng.choice([b"/", b"../", b"", b"../../"]) + self.some_path()
        if self.free(path, "l"):
            self.put(path, "l", symlink(self.spelled(path), target))

    def add_p(self):
        path = self.some_path()
        if self.free(path, "p"):
            self.put(path, "p", long_name(path, fifo(b"x")) if len(path) > 90 else fifo(path))

    def add_n(self):
        path = self.some_path()
        if len(path) <= 90 and self.free(path, "n"):
            self.put(path, "n", null(path))

    def add_h(self):
        path, own = self.some_path(), [p for p, k in self.mine.items() if k not in "dn"]
        if self.wild:
            own += [p for p, k in self.lower.items() if k == "f" and self.visible(p)]
        own = [p for p in own if len(p) <= 90]
        if not own or len(path) > 90:
            return
        target = self.rng.choice(own)
        if path != target and not target.startswith(path + b"/") and self.free(path, "h"):
            # A name on the way to path may have replaced the target.
            if target in self.mine and self.mine[target] != "d" or self.visible(target):
                kind = self.mine.get(target, "f")
                self.put(path, kind, hardlink(self.spelled(path), self.spelled(target)))

    def visible(self, path):
        """A file of a lower layer that this one has left where it was."""
        parts = path.split(b"/")
        above = [b"/".join(parts[:i]) for i in range(1, len(parts) + 1)]
        return (self.lower.get(path) == "f" and path not in self.mine and
                not any(p in self.gone for p in above) and
                all(self.mine.get(p, "d") == "d" and self.lower.get(p, "d") == "d"
                    for p in above[:-1]))

    def add_w(self):
        path = self.some_path()
        inside = [p for p in self.mine if p == path or p.startswith(path + b"/")]
        folder = path.rpartition(b"/")[0]
        if folder and "d" not in (self.mine.get(folder), self.lower.get(folder)):
            return  # containerd makes the directory of a whiteout, umoci does not
        if inside or path.split(b"/")[-1].startswith(b".wh.") or len(path) > 900:
            return
        if self.make_way(path):
            self.gone.add(path)
            self.members.append(whiteout_of(path))

    def add_o(self):
        path = self.some_path()
        if len(path) > 900 or not self.make_way(path) or self.mine.get(path, "d") != "d":
            return
        if path in self.gone:
            return
        if not self.wild and any(p.startswith(path + b"/") for p in self.mine):
            return  # containerd's native snapshots lose directories that no entry made
        if path not in self.mine:
            self.put(path, "d", directory_of(path))
        for p in [p for p in self.lower if p.startswith(path + b"/")]:
            if p not in self.mine:
                self.gone.add(p)
        self.members.append(file(path + b"/.wh..wh..opq"))

    def add_t(self):
        """Through a link of this layer, made for it, to where no link is on the way."""
        link, target, name = self.some_path(), self.some_path(), self.rng.choice(NAMES)
        landing = target + b"/" + name
        if link in self.mine or landing in self.mine or landing.startswith(link + b"/"):
            return
        if self.mine.get(target, "d") != "d" or self.lower.get(target, "d") != "d":
            return
        if len(link) > 300 or len(target) > 300 or not self.free(link, "l"):
            return
        if target in self.gone or link in self.mine or not self.free(landing, "f"):
            return
        if any(p == link or p.startswith(link + b"/") for p in self.mine):
            return
        self.put(link, "l", symlink(link, b"/" + target))
        self.put(landing, "f", file(link + b"/" + name, self.content()))


class RandomPackages(RandomImage):
    """Changes at and around the paths of a package database; every file that may be
    one lists a package of its own."""
    ROOTS = [b"var", b"var/lib", b"var/lib/dpkg", b"var/lib/dpkg/status", b"var/lib/dpkg/status.d",
             b"var/lib/dpkg/status.d/one", b"var/lib/dpkg/status.d/two", b"usr/lib/dpkg/status",
             b"usr/lib/dpkg", b"usr/lib", b"data", b"data/dpkg", b"data/status", b"data/status.d",
             b"data/dpkg/status", b"status", b"x", b"data/status.d/three"]

    def __init__(self, rng, wild):
        self.packages = 0
        super().__init__(rng, wild)
        self.layers.insert(0, [os_release()])

    def some_path(self):
        return self.rng.choice(self.ROOTS)

    def content(self):
        self.packages += 1
        return dpkg(f"package{self.packages} 1.0").encode()


def long_name(path, member):
    """A member of another name, with GNU's long name before it."""
    return gnu_long(path, member)


def directory_of(path):
    if len(path) > 90:
        return long_name(path, directory("x"))
    return header(path + b"/", b"5", mode=0o755)


def whiteout_of(path):
    folder, _, name = path.rpartition(b"/")
    return file((folder + b"/" if folder else b"") + b".wh." + name)
