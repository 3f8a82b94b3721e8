"""A guest with one of Debian's kernels under QEMU, in software: for programs that the
host's kernel refuses. The kernel's package is resolved by apt when it is needed and
unpacked beside the build; nothing is installed.

The guest's root is an ext4 image made of a folder; /init2 there is run."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODULES = ("virtio_pci", "virtio_blk", "ext4", "overlay", "binfmt_misc")
# Programs under ASan keep what they freed (quarantine_size_mb): with less they thrash.
MEMORY = "1536" if os.environ.get("CORTEN_SANITIZED") else "512"
MISSING = "qemu-system-x86 busybox-static cpio kmod e2fsprogs xz-utils runc"
TOOLS = ("qemu-system-x86_64", "cpio", "depmod", "modprobe", "mkfs.ext4", "xz", "runc")
FIRST = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for m in /modules/*.ko; do /bin/busybox insmod $m; done
/bin/busybox mount -t ext4 /dev/vda /root || echo "VM the disk cannot be mounted"
exec /bin/busybox switch_root /root /init2
"""


class Unavailable(Exception):
    """The guest cannot be made here; the text says why."""


def need_tools():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for tool in TOOLS:
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is missing (packages: {MISSING})")
    if not os.path.exists("/bin/busybox"):
        raise Unavailable("busybox-static is missing")


def real_package(meta):
    """What a package like linux-image-cloud-amd64 depends on."""
    said = subprocess.run(["apt-cache", "depends", meta], capture_output=True, text=True,
                          check=False).stdout
    found = re.search(r"Depends: (linux-image-[0-9]\S+)", said)
    if not found:
        raise Unavailable(f"apt knows no {meta}")
    return found.group(1)


def kernel(meta, cache):
    """The folder of an unpacked kernel, downloaded once."""
    package = real_package(meta)
    folder = pathlib.Path(cache) / package
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two cases may want it at once
        if not (folder / "complete").exists():
            download(package, folder)
    return folder


def download(package, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    got = subprocess.run(["apt-get", "-q", "download", package], cwd=folder, text=True,
                         capture_output=True, check=False)
    debs = list(folder.glob("*.deb"))
    if got.returncode or not debs:
        raise Unavailable(f"{package} cannot be downloaded: {got.stderr[-200:]}")
    subprocess.run(["dpkg-deb", "-x", debs[0], folder], check=True)
    debs[0].unlink()
    version = next((folder / "lib/modules").iterdir()).name
    subprocess.run(["depmod", "-b", folder, version], check=True)
    (folder / "complete").touch()


def module_files(folder, version):
    """In the order in which they must be loaded."""
    seen = []
    for name in MODULES:
        said = subprocess.run(["modprobe", "-d", folder, "-S", version, "--show-depends", name],
                              capture_output=True, text=True, check=False).stdout
        for path in re.findall(r"insmod (\S+)", said):
            if path not in seen:
                seen.append(path)
    return seen


def initramfs(folder, version, out):
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp)
        for name in ("bin", "dev", "root", "modules"):
            (root / name).mkdir()
        shutil.copy("/bin/busybox", root / "bin/busybox")
        for i, path in enumerate(module_files(folder, version)):
            to = root / "modules" / f"{i:02d}.ko"
            if path.endswith(".xz"):
                with open(to, "wb") as f:
                    subprocess.run(["xz", "-dc", path], stdout=f, check=True)
            else:
                shutil.copy(path, to)
        (root / "init").write_text(FIRST, encoding="ascii")
        (root / "init").chmod(0o755)
        names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*"))) + "\n"
        with open(out, "wb") as f:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, stdout=f,
                           input=names.encode(), check=True)


def add_program(root, program, to):
    """Copies a program with the libraries it names."""
    root, to = pathlib.Path(root), pathlib.Path(root) / to.lstrip("/")
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, to)
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for library in re.findall(r"(/\S+) \(0x", said):
        place = root / library.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copy(library, place)


GUEST_APPLETS = ("sh cat chmod cp cut env false find grep head hostname id ip kill ls ln mkdir mknod mount mv poweroff "
                 "rm rmdir sed sleep tail touch true umount uname wc")
IMAGE_APPLETS = "sh cat chmod cp id ln ls mkdir mv rm sed sleep touch"
FIRST_MOUNTS = """#!/bin/busybox sh
export PATH=/usr/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
mount -t securityfs s /sys/kernel/security
mount -t cgroup2 cg /sys/fs/cgroup; hostname guest; ip link set lo up
"""


def agent_root(root, programs, init):
    """A root folder for a guest with the agent: busybox, runc, the programs, and an image
    of busybox; init is what /init2 does when the file systems are mounted."""
    for name in "proc sys dev run tmp demo etc root var/tmp".split():
        (root / name).mkdir(parents=True)
    for program in programs:
        add_program(root, program, f"/opt/corten/bin/{program.name}")
    add_program(root, shutil.which("runc"), "/usr/sbin/runc")
    for place, applets in ((root / "bin", GUEST_APPLETS), (root / "image/bin", IMAGE_APPLETS)):
        place.mkdir(parents=True)
        shutil.copy("/bin/busybox", place / "busybox")
        for applet in applets.split():
            (place / applet).symlink_to("busybox")
    for name in "proc dev tmp sys srv".split():
        (root / "image" / name).mkdir()
    (root / "init2").write_text(FIRST_MOUNTS + init + "\npoweroff -f\n", encoding="ascii")
    (root / "init2").chmod(0o755)


def boot(folder, root, tmp, lsm, seconds, processors=1, mib=256):
    """Boots with a disk of so many MiB, runs /init2 of root, and returns what the guest
    printed. With two processors the emulator may run code that the kernel has patched
    since: that guest dies of the patch's own marker, and another is booted."""
    for _ in range(3):
        said = boot_once(folder, root, tmp, lsm, seconds, processors, mib)
        if "Oops: int3" not in said:
            break
        print("# the emulator ran patched code of the guest's kernel; booted again", file=sys.stderr)
    return said


def boot_once(folder, root, tmp, lsm, seconds, processors, mib):
    version = next((pathlib.Path(folder) / "lib/modules").iterdir()).name
    disk, first = pathlib.Path(tmp) / "disk", pathlib.Path(tmp) / "initramfs"
    initramfs(folder, version, first)
    with open(disk, "wb") as f:
        f.truncate(mib << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-d", root, disk], check=True)
    command = (
        ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-M", "q35", "-m",
         MEMORY, "-smp", str(processors), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
         "-serial", "stdio", "-drive", f"file={disk},if=virtio,format=raw,cache=unsafe",
         "-kernel", str(next((pathlib.Path(folder) / "boot").glob("vmlinuz-*"))), "-initrd", first,
         "-append", f"console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check lsm={lsm}"])
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, check=False).stdout
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"") + b"\nVM did not end in time\n"
    return said.decode(errors="replace").replace("\r\n", "\n")
