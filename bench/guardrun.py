"""What bench/guard.py measures with: containers, the agent, and counts of their cost."""

import ctypes
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "test/tool"))
import guardbox  # noqa: E402

PINS = "/sys/fs/bpf/corten-bench"
TICK = os.sysconf("SC_CLK_TCK")
CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
                "NET_BIND_SERVICE"]
# Other people's containers on this machine are none of this rule's. Without the start gate
# a container is known by its cgroup's name: 64 hexadecimal digits.
NAME = "bec4" * 8
RULES = f"""version: 1
rules:
- name: programs that are not from the image
  kind: drift
  scope: {{containers: ["{NAME}*"]}}
  criteria: {{items: all}}
  action: block
- name: escapes
  kind: escape
  scope: {{containers: ["{NAME}*"]}}
  criteria: {{items: all}}
  action: block
"""


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"bench: {what} within {seconds} s")
        time.sleep(0.05)


def cgroup2():
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            words = line.split()
            if words[2] == "cgroup2":
                return pathlib.Path(words[1])
    return sys.exit("bench: no cgroup v2 is mounted")


class Statistics:
    """The kernel counts its programs' run time for as long as this lives (bpf(2),
    BPF_ENABLE_STATS)."""

    def __init__(self):
        syscall = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
        attributes = (ctypes.c_uint32 * 32)()
        self.descriptor = ctypes.CDLL(None, use_errno=True).syscall(
            ctypes.c_long(syscall or 280), ctypes.c_int(32), attributes, ctypes.c_uint(4))
        if self.descriptor < 0:
            sys.exit(f"bench: the kernel counts no run time: {os.strerror(ctypes.get_errno())}")

    def close(self):
        os.close(self.descriptor)


class Agent:
    """A corten-agent beside any other; its kernel programs go when it is stopped."""

    def __init__(self, build, folder, backends):
        self.program, self.folder = build / "bin/corten-agent", folder
        rules = folder / "rules.d"
        rules.mkdir(parents=True, exist_ok=True)
        (rules / "bench.yaml").write_text(RULES, encoding="ascii")
        self.words = [self.program, f"--run-dir={folder}/run", f"--state-dir={folder}/state",
                      f"--rules-dir={rules}", f"--pin-dir={PINS}", f"--backends={backends}"]
        self.log = open(folder / "log", "ab")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([str(w) for w in self.words], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        try:
            wait_until((folder / "run/agent.sock").exists, "the agent did not start")
        except SystemExit:
            self.stop()
            raise
        time.sleep(1)
        self.programs = self.attached()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __str__(self):
        return shlex.join(str(w) for w in self.words)

    def roles(self):
        task = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(task, encoding="ascii") as children:
            return [self.process.pid, *map(int, children.read().split())]

    def cpu(self):
        """Seconds of all roles and of what they started and have waited for."""
        ticks = 0
        for pid in self.roles():
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                ticks += sum(map(int, f.read().rpartition(")")[2].split()[11:15]))
        return ticks / TICK

    def cpu_exact(self):
        """The same in ns where the scheduler tells; without what has ended."""
        total = 0
        for pid in self.roles():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        return total / 1e9

    def memory_mib(self):
        total = 0
        for pid in self.roles():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += int(re.search(r"^Pss: +(\d+)", f.read(), re.M)[1])
        return total / 1024

    @staticmethod
    def attached():
        """{id of a kernel program: its hook}, by the pins."""
        found = {}
        for pin in pathlib.Path(PINS).glob("abi-*/*/*-guard_*"):
            link = subprocess.run(["bpftool", "-j", "link", "show", "pinned", pin],
                                  capture_output=True, text=True, check=False)
            if link.returncode == 0:
                told = json.loads(link.stdout)
                found[told["prog_id"]] = told.get("tp_name") or told.get("attach_type") \
                    or told.get("type")
        return found

    def kernel(self):
        """(seconds, runs) of the kernel programs so far."""
        told = json.loads(subprocess.run(["bpftool", "-j", "prog", "show"], check=True,
                                         capture_output=True, text=True).stdout)
        own = [p for p in told if p["id"] in self.programs]
        return (sum(p.get("run_time_ns", 0) for p in own) / 1e9,
                sum(p.get("run_cnt", 0) for p in own))

    def connections(self):
        """(Connections that are on disk, events that are told there to be lost)."""
        kept = lost = 0
        for segment in (self.folder / "state/events").glob("*.jsonl"):
            with open(segment, "rb") as f:
                for line in f:
                    if b'"connect"' in line:
                        kept += 1
                    elif b'"loss"' in line:
                        lost += json.loads(line)["event"]["lost"]
        return kept, lost

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        subprocess.run([str(self.program), "--remove", f"--pin-dir={PINS}"], check=True)


class Container:
    """A shell in a container of runc, on an overlay of the host's own root; it runs the
    lines that it is given. What it writes lies in memory."""

    def __init__(self, folder, name, load):
        self.folder, self.name = folder / name, NAME + os.urandom(16).hex()
        self.folder.mkdir()
        self.call("mount", "-t", "tmpfs", "-o", "mode=755", "corten-bench", self.folder)
        for part in ("lower/bench", "upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        self.call("cp", load, self.folder / "lower/bench/load")
        self.call("mount", "-t", "overlay", "corten-bench", "-o",
                  f"lowerdir={self.folder}/lower:/,upperdir={self.folder}/upper,"
                  f"workdir={self.folder}/work", self.folder / "root")
        (self.folder / "config.json").write_text(json.dumps(self.configuration()))
        self.process = subprocess.Popen(["runc", "run", "--bundle", self.folder, self.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.run("true")
        except SystemExit:
            self.stop()
            raise
        time.sleep(3)  # an image is older than what runs of it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @staticmethod
    def call(*words):
        subprocess.run([str(w) for w in words], check=True)

    def configuration(self):
        spec = guardbox.base()
        allowed = ["CAP_" + c for c in CAPABILITIES]
        spec["process"].update(args=["/bin/sh"], cwd="/tmp",
                               env=["PATH=/usr/sbin:/usr/bin:/sbin:/bin:/bench", "HOME=/tmp"],
                               capabilities={k: allowed for k in
                                             ("bounding", "effective", "permitted")})
        spec["root"] = {"path": str(self.folder / "root"), "readonly": False}
        spec["linux"]["cgroupsPath"] = "/" + self.name
        spec["linux"]["namespaces"].append({"type": "pid"})
        spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
                               "options": ["mode=1777"]})
        return spec

    def run(self, line):
        """What it printed."""
        self.process.stdin.write(f"{{ {line}\n}} 2>&1 </dev/null; echo \"end $?\"\n")
        self.process.stdin.flush()
        printed = []
        for out in self.process.stdout:
            if out.startswith("end "):
                if out != "end 0\n":
                    sys.exit(f"bench: in the container, {out.strip()}: {line}\n{''.join(printed)}")
                return "".join(printed)
            printed.append(out)
        return sys.exit(f"bench: the container ended: {line}\n{''.join(printed)}")

    def cpu(self):
        text = (cgroup2() / self.name / "cpu.stat").read_text(encoding="ascii")
        return int(re.search(r"^usage_usec (\d+)", text, re.M)[1]) / 1e6

    def stop(self):
        subprocess.run(["runc", "delete", "--force", self.name], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process.wait(30)
        for mounted in (self.folder / "root", self.folder):
            subprocess.run(["umount", "-l", str(mounted)], check=False)
