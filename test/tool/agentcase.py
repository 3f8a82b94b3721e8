"""An agent of a test's own, and containers of runc's for it: folders, cgroups, pins and
rules of their own; what is started is ended by its process id."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from scancase import BIN, TMP

AGENT, CORTEN = BIN / "corten-agent", BIN / "corten"
BUSYBOX = "/bin/busybox"
APPLETS = ("sh cat cp echo sleep ls true id touch mkdir mv ln chmod rm kill wget nc ps "
           "dd head").split()


def wait_for(what, seconds, condition):
    """Until condition() is true; AssertionError that names what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def missing():
    """Why no agent can be tried here; "" when it can."""
    if os.geteuid() != 0:
        return "needs root"
    if not AGENT.exists():
        return "corten-agent is not built"
    if shutil.which("runc") is None or not os.path.exists(BUSYBOX):
        return "runc or busybox-static is not installed"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "this kernel has no BTF"
    return ""


class Agent:
    def __init__(self, name, rules, backends="tp-kill,cgroup-bpf,fanotify,runtime",
                 more=()):
        self.folder = TMP / name
        self.rules = self.folder / "rules"
        self.run_dir = self.folder / "run"
        self.state = self.folder / "state"
        self.pins = f"/sys/fs/bpf/corten-test-{os.getpid()}-{name}"
        self.backends, self.more = backends, more
        self.process = None
        self.rules.mkdir(parents=True, mode=0o755)
        self.write(rules)

    def write(self, text, name="rules.yaml"):
        """A rule file, whole: as `corten rules add` does it."""
        new = self.folder / "new.yaml"
        new.write_text(text, encoding="utf-8")
        new.chmod(0o644)
        os.rename(new, self.rules / name)

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [AGENT, f"--run-dir={self.run_dir}", f"--state-dir={self.state}",
             f"--rules-dir={self.rules}", f"--pin-dir={self.pins}", "--node=testnode",
             f"--backends={self.backends}", *self.more],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for("the agent answers", 60, lambda: self.ask("status").returncode in (0, 3) and
                 self.json("status"))

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(30)
        self.process = None
        self.log.close()

    def remove(self):
        """Out of the kernel."""
        subprocess.run([AGENT, "--remove", f"--pin-dir={self.pins}"], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)

    def ask(self, *words):
        return subprocess.run([CORTEN, *words, "--run-dir", self.run_dir], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def json(self, *words):
        """The lines of an answer; [] when there is none."""
        answer = self.ask(*words, "--format", "json")
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def let_go(self):
        """Starts that waited longer than the gate holds them: their containers are not known
        in time, and the agent says how many. On a machine with a processor to spare: none."""
        return self.json("status")[0]["events"]["gate_timeouts"]

    def events(self, **wanted):
        """Events on disk whose members (a.b as a__b) are as wanted."""
        found = []
        for path in sorted((self.state / "events").glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError):
                    found.append(json.loads(line))
        return [e for e in found if all(member(e, k) == v for k, v in wanted.items())]


def member(event, path):
    for name in path.split("__"):
        event = event.get(name) if isinstance(event, dict) else None
    return event


class Box:
    """A container that sleeps; commands run in it as exec probes do."""

    def __init__(self, name, seconds="1000", args=None):
        self.name = name
        self.folder = TMP / "boxes" / name
        for folder in ("layer/bin", "layer/tmp", "layer/proc", "layer/dev", "layer/sys",
                       "layer/etc", "layer/protected", "upper", "work", "root"):
            (self.folder / folder).mkdir(parents=True)
        shutil.copy(BUSYBOX, self.folder / "layer/bin/busybox")
        for applet in APPLETS:
            os.symlink("busybox", self.folder / "layer/bin" / applet)
        (self.folder / "layer/protected/file").write_text("as it was\n", encoding="utf-8")
        self.fill(self.folder / "layer")
        layer, upper, work, root = (self.folder / f for f in ("layer", "upper", "work", "root"))
        subprocess.run(["mount", "-t", "overlay", "corten-test", "-o",
                        f"lowerdir={layer},upperdir={upper},workdir={work}", root], check=True)
        subprocess.run(["runc", "spec", "--bundle", self.folder], check=True)
        config = self.folder / "config.json"
        spec = json.loads(config.read_text(encoding="utf-8"))
        spec["process"].update(terminal=False, args=args or ["/bin/sleep", seconds])
        spec["root"] = {"path": str(root), "readonly": False}
        spec["linux"]["cgroupsPath"] = f"/{name}"
        self.change(spec)
        config.write_text(json.dumps(spec), encoding="utf-8")

    def fill(self, layer):
        """For the images that have more."""

    def change(self, spec):
        """For the boxes that want more."""

    def start(self):
        """A container keeps its standard error: it is a file, not a pipe to wait for."""
        with open(self.folder / "stderr", "wb") as err:
            started = subprocess.run(
                ["runc", "run", "--detach", "--bundle", self.folder, self.name], check=False,
                stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        said = (self.folder / "stderr").read_text(errors="replace")
        assert started.returncode == 0, f"runc run: status {started.returncode}: {said}"

    def run(self):
        """To its end: exit status and what it printed."""
        return subprocess.run(["runc", "run", "--bundle", self.folder, self.name], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def sh(self, script):
        return subprocess.run(["runc", "exec", self.name, "/bin/sh", "-c", script], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def runs(self):
        state = subprocess.run(["runc", "state", self.name], check=False, capture_output=True,
                               text=True, stdin=subprocess.DEVNULL)
        return state.returncode == 0 and json.loads(state.stdout)["status"] == "running"

    def end(self):
        subprocess.run(["runc", "delete", "--force", self.name], check=False,
                       stdin=subprocess.DEVNULL, capture_output=True)
        subprocess.run(["umount", self.folder / "root"], check=False, capture_output=True)
