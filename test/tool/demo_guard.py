"""The guard's part of the demo: unpacks the image that was scanned, shows an agent
guard a container of it (demo-guard.sh), and shows what this kernel cannot block in a
QEMU guest. Says what is left out, and why. Exit status: 1 when something was not
blocked that should have been.

usage: demo_guard.py BUILD-DIRECTORY IMAGE.tar"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SHOW = SOURCE / "test/tool/demo-guard.sh"
sys.path.insert(0, str(SOURCE / "test/vm"))
sys.dont_write_bytecode = True
import vm  # noqa: E402

WHITEOUT = ".wh."
MEMORY_KIB = 2 << 20

GUEST_INIT = """echo DEMO BEGINS
sh /demo-guard.sh /opt/corten/bin /demo /image guest 2>&1
echo "DEMO ENDS $?"
"""


def say(text):
    print(f"\n== {text}", flush=True)


def why_not(build):
    """Why no agent can be shown here; "" when it can."""
    if os.geteuid() != 0:
        return "an agent needs root"
    if not (build / "bin/corten-agent").exists():
        return f"{build}/bin/corten-agent is not built"
    if shutil.which("runc") is None:
        return "runc is not installed (./dev setup)"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)"
    mounts = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8")
    if not any(line.split()[2] == "cgroup2" for line in mounts.splitlines()):
        return "cgroup v2 is not mounted"
    return ""


def unpack_layer(archive, name, to):
    """A layer as overlay takes it: a whiteout is a device of number 0, 0."""
    to.mkdir()
    with archive.extractfile(name) as blob, tarfile.open(fileobj=blob, mode="r|*") as layer:
        for entry in layer:
            folder, base = os.path.split(entry.name)
            if base.startswith(WHITEOUT):
                (to / folder).mkdir(parents=True, exist_ok=True)
                os.mknod(to / folder / base[len(WHITEOUT):], 0o020000, os.makedev(0, 0))
            else:
                layer.extract(entry, to, numeric_owner=True)
    to.chmod(0o755)


def unpack(image, folder):
    """The layers of an archive of `docker save`; overlay's lowerdir, uppermost first."""
    with tarfile.open(image) as archive:
        names = json.load(archive.extractfile("manifest.json"))[0]["Layers"]
        for i, name in enumerate(names):
            unpack_layer(archive, name, folder / f"layer{i}")
    return ":".join(str(folder / f"layer{i}") for i in reversed(range(len(names))))


@contextlib.contextmanager
def scratch():
    """A folder in memory, where there is enough: an image is many small files."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="corten-demo-"))
    with open("/proc/meminfo", encoding="ascii") as f:
        free = next(int(line.split()[1]) for line in f if line.startswith("MemAvailable"))
    mounted = free > MEMORY_KIB and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEMORY_KIB // 2}k,mode=755", "corten-demo", folder],
        check=False).returncode == 0
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def on_this_host(build, image, folder):
    """True: all was shown; False: the guest has to show the rest."""
    say("the guard: an agent on this host, and a container of the image above")
    shown = folder / "shown"
    shown.mkdir()
    done = subprocess.run(["sh", SHOW, build / "bin", shown, unpack(image, folder)],
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"demo: the guard's part ended with status {done.returncode}")
    return done.returncode == 0


def make_guest(build, root):
    names = ("corten", "corten-agent", "corten-worker", "corten-fetch")
    vm.agent_root(root, [build / "bin" / name for name in names], GUEST_INIT)
    shutil.copy(SHOW, root / "demo-guard.sh")


def in_a_guest(build, folder):
    """What needs BPF LSM, on a kernel of Debian's that has it."""
    say("the guard: the same on a kernel with BPF LSM, in a QEMU guest")
    try:
        vm.need_tools()
        kernel = vm.kernel("linux-image-cloud-amd64", build / "vm-kernels")
        print(f"booting {kernel.name} in software emulation, half a minute on a quiet machine", flush=True)
        root = folder / "guest"
        make_guest(build, root)
        said = vm.boot(kernel, root, folder, "landlock,lockdown,yama,bpf", 600)
    except vm.Unavailable as why:
        print(f"left out: a protected file and a release_agent escape: {why}")
        return
    shown = re.search(r"DEMO BEGINS\n(.*)DEMO ENDS (\d+)\n", said, re.DOTALL)
    print(shown.group(1) if shown else said, end="")
    if not shown or shown.group(2) != "0":
        sys.exit("demo: the guard's part in the guest did not go as it should")


def main():
    build, image = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    why = why_not(build)
    if why:
        say(f"the guard is not shown: {why}")
        return
    with scratch() as folder:
        if not on_this_host(build, image, folder):
            in_a_guest(build, folder)


main()
