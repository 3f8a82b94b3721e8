"""Trees of images: as Corten makes them, and as runtimes unpack them. A tree is
{path: (type, what)}: type f, d, l or o; what: a file's SHA-256, a link's target."""

import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tarfile
import time

from imagelib import Image, Layer, digest, oci_archive, oci_layout, sha256

BUILD = pathlib.Path(os.environ["CORTEN_BIN"]).resolve().parent
IMAGE_TREE = BUILD / "test/unit/image/image_tree"
TMP = pathlib.Path(os.environ["CASE_TMP"]).resolve()


class Unusable(Exception):
    """A runtime that is not here, or cannot unpack an image."""


def run(*command, **options):
    result = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)
    if result.returncode != 0:
        text = result.stderr.decode(errors="replace").strip()
        raise Unusable(f"{pathlib.Path(command[0]).name}: " + text.splitlines()[-1][-300:]
                       if text else f"{command[0]} ended with {result.returncode}")
    return result.stdout


# --- ours ---------------------------------------------------------------------------

def ours(image):
    folder = TMP / "layers"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    paths = []
    for i, layer in enumerate(image.layers):
        paths.append(folder / f"{i}.tar")
        paths[-1].write_bytes(layer.raw)
    tree = {}
    for line in run(IMAGE_TREE, *paths).decode().splitlines():
        kind, path, *what = line.split(" ")
        what = what[0] if what else ""
        tree[bytes.fromhex(path)] = (kind, bytes.fromhex(what) if kind == "l" else what)
    return tree


def saved_layers(archive):
    """The only image of a docker-archive."""
    with tarfile.open(archive) as t:
        manifest = json.load(t.extractfile("manifest.json"))[0]
        return Image([Layer(t.extractfile(name).read(), "gzip") for name in manifest["Layers"]])


# --- what lies in a directory ----------------------------------------------------------

def tree_of(root):
    """All below root, by lstat; no link is followed."""
    tree, todo = {}, [b""]
    while todo:
        folder = todo.pop()
        with os.scandir(os.path.join(os.fsencode(root), folder)) as entries:
            for e in entries:
                path = os.path.join(folder, e.name)
                try:
                    tree[path] = entry_of(e)
                except FileNotFoundError:
                    continue  # overlayfs lists whiteouts in a directory of one layer only
                if tree[path][0] == "d":
                    todo.append(path)
    return tree


def entry_of(e):
    mode = e.stat(follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        return "d", ""
    if stat.S_ISLNK(mode):
        return "l", os.readlink(e.path)
    if stat.S_ISREG(mode):
        with open(e.path, "rb") as f:
            return "f", hashlib.file_digest(f, "sha256").hexdigest()
    return "o", ""


# --- runtimes ------------------------------------------------------------------------------

class Umoci:
    """Unpacks layer upon layer into one directory."""
    name = "umoci"

    def __init__(self, folder):
        if shutil.which("umoci") is None:
            raise Unusable("not installed")
        if os.geteuid() != 0:
            raise Unusable("without root it makes no devices")
        self.folder = folder

    def unpack(self, image):
        shutil.rmtree(self.folder, ignore_errors=True)
        layout = oci_layout(self.folder / "layout", image)
        rootfs = self.folder / "rootfs"
        run("umoci", "raw", "unpack", "--image", f"{layout}:1", rootfs)
        return tree_of(rootfs)


CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{folder}/sock"
[ttrpc]
  address = "{folder}/ttrpc"
# Nothing is collected: a view that is being read has nobody that refers to it.
[plugins."io.containerd.gc.v1.scheduler"]
  deletion_threshold = 0
  mutation_threshold = 1000000
  startup_delay = "24h"
"""


class Containerd:
    """A daemon of our own, with its state below folder."""

    def __init__(self, folder):
        if shutil.which("containerd") is None or shutil.which("ctr") is None:
            raise Unusable("not installed")
        if os.geteuid() != 0:
            raise Unusable("it needs root")
        folder.mkdir()
        self.folder, self.images = folder, 0
        (folder / "config.toml").write_text(CONFIG.format(folder=folder))
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(["containerd", "-c", folder / "config.toml"],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(300):
            try:
                self.plugins = self.ctr("plugins", "ls").decode()
                return
            except Unusable:
                time.sleep(0.1)
        self.stop()
        raise Unusable("it does not start: " + (folder / "log").read_text()[-300:])

    def ctr(self, *words):
        return run("ctr", "-a", self.folder / "sock", "-n", "tree", *words)

    def has(self, snapshotter):
        return any(snapshotter in line.split() and line.split()[-1] == "ok"
                   for line in self.plugins.splitlines())

    def with_snapshotter(self, name):
        return Snapshots(self, name)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def chain_id(image):
    """The name of the last layer's snapshot (OCI image-spec, config.md#layer-chainid)."""
    chain = image.layers[0].diff_id
    for layer in image.layers[1:]:
        chain = digest(f"{chain} {layer.diff_id}".encode())
    return chain


class Snapshots:
    """A containerd with one of its snapshotters."""

    def __init__(self, containerd, snapshotter):
        self.containerd, self.snapshotter = containerd, snapshotter
        self.name = f"containerd {snapshotter}"

    def unpack(self, image):
        c = self.containerd
        c.images += 1
        archive, target = c.folder / "image.tar", c.folder / f"mount{c.images}"
        oci_archive(archive, image)
        c.ctr("images", "import", "--snapshotter", self.snapshotter, "--base-name",
              f"tree{c.images}", archive)
        target.mkdir()
        command = c.ctr("snapshots", "--snapshotter", self.snapshotter, "view", "--target",
                        target, f"view{c.images}", chain_id(image))
        run("sh", "-c", command.decode())
        try:
            return tree_of(target)
        finally:
            run("umount", target)
            c.ctr("snapshots", "--snapshotter", self.snapshotter, "rm", f"view{c.images}")
