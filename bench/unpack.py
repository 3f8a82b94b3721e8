"""Makes of a static program that unpacks itself at every start (UPX) the program it
unpacks, so that a measurement does not count the unpacking: stopped by gdb in its
first own system call, when nothing but the memory of the threads to come was
touched, its loaded segments are written as an ELF file.

usage: unpack.py PACKED UNPACKED"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

# Go's runtime asks for the processors first of all (runtime/os_linux.go, osinit).
FIRST_CALL = "sched_getaffinity"

IN_GDB = """
import gdb, struct
process = gdb.selected_inferior()
lines = open(f"/proc/{process.pid}/maps").read().splitlines()
base = min(int(line.split("-")[0], 16) for line in lines)
head = bytes(process.read_memory(base, 64))
at, = struct.unpack_from("<Q", head, 32)
count, = struct.unpack_from("<H", head, 56)
table = bytes(process.read_memory(base + at, 56 * count))
loads = []
for i in range(count):
    kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", table, 56 * i)
    if kind == 1:  # PT_LOAD
        loads.append((offset, address, size))
image = bytearray(max(offset + size for offset, _, size in loads))
for offset, address, size in loads:
    image[offset:offset + size] = bytes(process.read_memory(address, size))
struct.pack_into("<Q", image, 40, 0)  # no section headers: they are not in memory
struct.pack_into("<HH", image, 60, 0, 0)
open(OUT, "wb").write(image)
"""


def unpack(packed, unpacked):
    """True when `unpacked` is there and runs."""
    if shutil.which("gdb") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        code = pathlib.Path(folder) / "dump.py"
        code.write_text(f"OUT = {str(unpacked)!r}\n" + IN_GDB, encoding="utf-8")
        commands = ["set pagination off", "set confirm off", f"catch syscall {FIRST_CALL}",
                    "run --version", f"source {code}", "kill"]
        words = ["gdb", "-nx", "-batch"]
        for command in commands:
            words += ["-ex", command]
        subprocess.run([*words, packed], check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not pathlib.Path(unpacked).exists():
        return False
    pathlib.Path(unpacked).chmod(0o755)
    ran = subprocess.run([unpacked, "--version"], check=False, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if ran.returncode != 0:
        pathlib.Path(unpacked).unlink()
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(0 if unpack(*sys.argv[1:3]) else 1)
