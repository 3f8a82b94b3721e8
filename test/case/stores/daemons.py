"""Container runtimes for a test: each with its own state below a folder, none with a
network. What is started here is stopped by stop()."""

import os
import pathlib
import shutil
import signal
import subprocess
import time


class Unusable(Exception):
    """A runtime that is not here, or does not start here."""


def run(*command, **options):
    result = subprocess.run([str(x) for x in command], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=120, check=False, **options)
    if result.returncode != 0:
        text = result.stderr.decode(errors="replace").strip()
        raise Unusable(f"{pathlib.Path(str(command[0])).name}: " +
                       (text.splitlines()[-1][-300:] if text else f"status {result.returncode}"))
    return result.stdout.decode(errors="replace")


# Below it are the control groups of all containers of this run.
CGROUP = f"corten-test-{os.getpid()}-{time.time_ns()}"


def remove_cgroups():
    """Takes away what is empty; what could not be."""
    left = []
    for top in [*pathlib.Path("/sys/fs/cgroup").glob(f"*/{CGROUP}"),
                pathlib.Path("/sys/fs/cgroup") / CGROUP]:
        for where, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(where)
            except OSError as e:
                left.append(f"{where}: {e.strerror}")
    return left


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Unusable(f"{program} is not installed")
    if os.geteuid() != 0:
        raise Unusable("it needs root")


def stop(process):
    """Ends a daemon, and waits for it."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Daemon:
    """A process that answers once `ready` does not raise any more."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        folder.mkdir(parents=True)
        self.socket = folder / "sock"

    def start(self, *command, env=None):
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([str(x) for x in command], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(env or {})})
        for _ in range(300):
            try:
                self.ready()
                return
            except Unusable:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        stop(self.process)
        log = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        raise Unusable("it does not start: " + (log[-1][-300:] if log else "no word"))

    def ready(self):
        raise NotImplementedError

    def stop(self):
        stop(self.process)


# Nothing reaches a network: images are imported, containers have none. CRI keeps its
# sandboxes out of the way; its CNI folders are empty.
CONTAINERD = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{folder}/sock"
[ttrpc]
  address = "{folder}/ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{folder}/cni"
    conf_dir = "{folder}/cni"
"""


class Containerd(Daemon):
    PAUSE = "docker.io/corten-test/pause:1"  # what holds a pod's namespaces

    def __init__(self, folder):
        need("containerd", "ctr", "runc")
        super().__init__(folder)
        (folder / "config.toml").write_text(CONTAINERD.format(folder=folder,
                                                                   pause=self.PAUSE))
        self.containers = []
        self.start("containerd", "-c", folder / "config.toml")

    def ready(self):
        self.ctr("version")

    def ctr(self, *words, space="default"):
        return run("ctr", "-a", self.socket, "-n", space, *words)

    def has_cri(self):
        return any(line.split()[1] == "cri" and line.split()[-1] == "ok"
                   for line in self.ctr("plugins", "ls").splitlines() if line.strip())

    def load(self, archive, name, space="default"):
        self.ctr("images", "import", "--snapshotter", "overlayfs", "--base-name", name, archive,
                 space=space)

    def run(self, image, container, *command, space="default"):
        self.ctr("run", "--detach", "--cgroup", f"/{CGROUP}/{container}",
                 "--snapshotter", "overlayfs", image, container, *command,
                 space=space)
        self.containers.append((container, space))

    def stop(self):
        for container, space in self.containers:
            for words in (("task", "kill", "-s", "9", container), ("task", "rm", "-f", container),
                          ("container", "rm", container)):
                try:
                    self.ctr(*words, space=space)
                    time.sleep(0.2)
                except Unusable:
                    pass
        super().stop()


class Docker(Daemon):
    def __init__(self, folder):
        need("dockerd", "docker", "containerd", "runc")
        super().__init__(folder)
        (folder / "daemon.json").write_text("{}")
        self.names = []
        self.start("dockerd", "--config-file", folder / "daemon.json", "-H",
                   f"unix://{self.socket}", "--data-root", folder / "data", "--exec-root",
                   folder / "exec", "--pidfile", folder / "pid", "--bridge", "none",
                   "--cgroup-parent", f"/{CGROUP}", "--iptables=false", "--ip6tables=false",
                   "--ip-forward=false", "--ip-masq=false")

    def ready(self):
        self.docker("version")

    def docker(self, *words):
        return run("docker", "-H", f"unix://{self.socket}", *words)

    def load(self, archive):
        self.docker("load", "-i", archive)

    def run(self, image, name, *command):
        self.docker("run", "--detach", "--network", "none", "--name", name, image, *command)
        self.names.append(name)

    def stop(self):
        for name in self.names:
            try:
                self.docker("rm", "-f", name)
            except Unusable:
                pass
        super().stop()


def wait_for_podman(user):
    """Until the service of one of the two below has its socket."""
    for _ in range(150):
        if user.socket.exists():
            return
        if user.service.poll() is not None:
            break
        time.sleep(0.1)
    text = (user.folder / "log").read_text(errors="replace").strip().splitlines()
    raise Unusable("podman's service does not start: " + (text[-1][-300:] if text else ""))


class Podman:
    """podman with its service, in the usual places of this mount namespace."""

    ROOT = pathlib.Path("/var/lib/containers")
    # No limits are raised: that needs a privilege that a test's machine may not have.
    USUAL = ("--network", "none", "--cgroup-parent", f"/{CGROUP}", "--ulimit",
             "nofile=1024:1024", "--ulimit", "nproc=1024:1024")

    def __init__(self, folder):
        need("podman", "conmon", "runc")
        folder.mkdir(parents=True)
        self.folder, self.names, self.service = folder, [], None
        self.socket = pathlib.Path("/run/podman/podman.sock")
        self.socket.parent.mkdir(exist_ok=True)
        self.ROOT.mkdir(exist_ok=True)
        run("mount", "--bind", folder, self.ROOT)

    def podman(self, *words):
        return run("podman", "--cgroup-manager", "cgroupfs", "--events-backend", "file",
                   "--runtime", "runc", *words)

    def serve(self):
        with open(self.folder / "log", "wb") as log:
            self.service = subprocess.Popen(
                ["podman", "--cgroup-manager", "cgroupfs", "--runtime", "runc", "system",
                 "service", "--time", "0", f"unix://{self.socket}"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for_podman(self)

    def run(self, image, name, *words, command=("/bin/sleep", "1000")):
        self.names.append(name)
        return self.podman("run", "--detach", *self.USUAL, "--name", name, *words, image,
                           *command).strip()

    def stop(self):
        for name in self.names:
            try:
                self.podman("rm", "--force", "--time", "0", name)
            except Unusable:
                pass
        stop(self.service)
        for mount in (self.ROOT / "storage/overlay", self.ROOT):
            subprocess.run(["umount", str(mount)], stderr=subprocess.DEVNULL, check=False)


class Storage:
    """A containers-storage of its own, with podman's service on it where podman is."""

    def __init__(self, folder):
        need("skopeo")
        folder.mkdir()
        self.folder, self.root, self.runroot = folder, folder / "root", folder / "run"
        self.conf = folder / "storage.conf"
        self.conf.write_text('[storage]\ndriver = "overlay"\n'
                             f'graphroot = "{self.root}"\nrunroot = "{self.runroot}"\n')
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        self.service, self.socket = None, folder / "sock"

    def env(self):
        return {**os.environ, "CONTAINERS_STORAGE_CONF": str(self.conf)}

    def place(self, driver="overlay"):
        """As skopeo and corten write it."""
        root = self.root if driver == "overlay" else self.folder / driver
        return f"containers-storage:[{driver}@{root}+{self.runroot}]"

    def load(self, source, name, driver="overlay"):
        run("skopeo", "--policy", self.folder / "policy.json", "copy", source,
            self.place(driver) + name, env=self.env())

    def serve(self):
        """podman's API."""
        need("podman")
        log = open(self.folder / "log", "wb")
        with log:
            self.service = subprocess.Popen(
                ["podman", "system", "service", "--time", "0", f"unix://{self.socket}"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.env(),
                start_new_session=True)
        wait_for_podman(self)

    def stop(self):
        if self.service is not None and self.service.poll() is None:
            os.killpg(self.service.pid, signal.SIGTERM)
            stop(self.service)
        for mount in (self.root / "overlay", self.root):
            subprocess.run(["umount", str(mount)], stderr=subprocess.DEVNULL, check=False)
