"""Packs directory trees as an image archive in the form of `docker save`. The first
tree is the first layer; each further one adds a layer with what differs from the
tree before it, whiteouts included.

usage: pack_image.py OUT.tar NAME:TAG TREE [TREE...]"""

import filecmp
import hashlib
import io
import json
import os
import stat
import sys
import tarfile


def paths_of(tree):
    """All paths below tree, parents first, sorted: the same tree, the same tar."""
    found = []
    for folder, folders, files in os.walk(tree):
        folders.sort()
        inside = os.path.relpath(folder, tree)
        for name in folders + files:
            found.append(name if inside == "." else f"{inside}/{name}")
    return sorted(found)


def same(a, b):
    """Is the file a what the file b is? Times do not count."""
    if not os.path.lexists(a):
        return False
    s, t = os.lstat(a), os.lstat(b)
    if (s.st_mode, s.st_uid, s.st_gid) != (t.st_mode, t.st_uid, t.st_gid):
        return False
    if stat.S_ISLNK(t.st_mode):
        return os.readlink(a) == os.readlink(b)
    return not stat.S_ISREG(t.st_mode) or filecmp.cmp(a, b, shallow=False)


def whiteouts(below, tree):
    """Names of below that tree no longer has, but whose folder it has."""
    for path in paths_of(below):
        folder, name = os.path.split(path)
        if not os.path.lexists(f"{tree}/{path}") and os.path.isdir(f"{tree}/{folder}"):
            yield f"{folder}/.wh.{name}" if folder else f".wh.{name}"


def add(tar, tree, path):
    info = tar.gettarinfo(f"{tree}/{path}", arcname=path)
    if info is None:  # a socket: tar has no form for it
        return
    info.uname = info.gname = ""
    if info.isreg():
        with open(f"{tree}/{path}", "rb") as f:
            tar.addfile(info, f)
    else:
        tar.addfile(info)


def write_layer(out, tree, below):
    """Writes one layer to the file out; returns its diff-id's digits."""
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in whiteouts(below, tree) if below else ():
            tar.addfile(tarfile.TarInfo(path))
        for path in paths_of(tree):
            if not below or not same(f"{below}/{path}", f"{tree}/{path}"):
                add(tar, tree, path)
    with open(out, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def add_bytes(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def main():
    out, name, *trees = sys.argv[1:]
    layers, history = [], []
    for i, tree in enumerate(trees):
        part = f"{out}.layer{i}"
        digits = write_layer(part, tree, trees[i - 1] if i else None)
        layers.append((part, digits))
        history.append({"created_by": f"pack {os.path.basename(os.path.normpath(tree))}"})
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    config = json.dumps({
        "architecture": machine, "os": "linux", "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{d}" for _, d in layers]},
        "history": history,
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    with tarfile.open(out + ".new", "w") as tar:
        for part, digits in layers:
            tar.add(part, arcname=f"{digits}/layer.tar")
            os.unlink(part)
        add_bytes(tar, config_name, config)
        add_bytes(tar, "manifest.json", json.dumps([{
            "Config": config_name, "RepoTags": [name],
            "Layers": [f"{d}/layer.tar" for _, d in layers]}]).encode())
    os.rename(out + ".new", out)


main()
