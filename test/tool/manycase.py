"""Containers in which guard_many tries things thousands of times, and the judge of what it
says. The layer is the same on this machine and in a guest."""

import os
import pathlib
import shutil
import subprocess

MARKS = [f"mark{i}" for i in range(8)] + [f"keep{i}" for i in range(5)] + \
    [f"race{i}" for i in range(3)] + ["mark"]
FOLDERS = "opt srv deep vol mnt protected run"
# What a container needs to mount, to change its root, and to own files of others.
CAPABILITIES = ["CAP_" + name for name in
                "SYS_ADMIN SYS_CHROOT DAC_READ_SEARCH CHOWN FOWNER FSETID DAC_OVERRIDE MKNOD KILL".split()]


def fill(layer, many):
    """Programs of the image: guard_many, and the smallest one under many names."""
    layer = pathlib.Path(layer)
    for name in FOLDERS.split():
        (layer / name).mkdir(exist_ok=True)
    shutil.copy(many, layer / "bin/many")
    for name in MARKS:
        subprocess.run([many, "make", layer / "bin" / name, "42"], check=True)
    for folder in ("a", "b/folder"):
        (layer / "protected" / folder).mkdir(parents=True)
    for name in ("a/file", "a/linked", "a/attributed", "kept"):
        (layer / "protected" / name).write_text("protected\n", encoding="ascii")
    os.link(layer / "protected/a/linked", layer / "opt/second")
    os.setxattr(layer / "protected/a/attributed", "trusted.was", b"x")


def change(spec, volume):
    """A container that may do all that the forms need."""
    spec["process"]["capabilities"] = {k: CAPABILITIES
                                       for k in ("bounding", "effective", "permitted")}
    spec["mounts"].append({"destination": "/vol", "type": "bind", "source": str(volume),
                           "options": ["rbind", "rw"]})
    for mount in spec["mounts"]:
        if mount["destination"] == "/dev/shm":
            mount["options"] = ["nosuid", "mode=1777"]
    spec["linux"].pop("seccomp", None)


class Count:
    """A line of guard_many."""

    def __init__(self, line):
        cells = line.split("\t")
        self.name, self.why = cells[0], cells[5]
        self.seconds = float(cells[6])
        self.tries, self.happened, self.stopped, self.other = map(int, cells[1:5])

    def __repr__(self):
        return (f"{self.name}: {self.tries} tries, {self.happened} happened, "
                f"{self.stopped} stopped, {self.other} other {self.why} "
                f"({self.seconds:.1f} s)")


def counts(text):
    return [Count(line) for line in text.splitlines() if line.count("\t") == 6]


def block_wrong(found, promised, least):
    """What is wrong with forms that are to be stopped: promised(name) tells whether."""
    wrong = []
    for c in found:
        if c.tries < least:
            wrong.append(f"{c}: fewer than {least} tries")
        elif c.other == c.tries and c.why == "Operation not supported":
            pass  # the file system does not have it
        elif c.other:
            wrong.append(f"{c}: tries that do not count")
        elif promised(c.name) and c.happened:
            wrong.append(f"{c}")
    return wrong


def allowed_wrong(found, least):
    """What is wrong with forms that must run; `happened` is that they did."""
    return [f"{c}" for c in found if c.happened != c.tries or c.tries < least]
