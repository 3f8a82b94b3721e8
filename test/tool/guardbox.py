"""A container for the guard's tests: an image layer with the attacks, and a
privileged configuration in which they can succeed; and the judge of what was seen."""

import pathlib
import shutil

# By number (capabilities(7)).
CAPABILITIES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE
SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()

BACKENDS = {"bpf-lsm": 1, "tp-kill": 2, "cgroup-bpf": 4}


def make_layer(to, attack, busybox="/bin/busybox"):
    """The image: /bin/attack, the programs that attacks copy, a protected folder."""
    to = pathlib.Path(to)
    for folder in ("bin dev proc sys opt srv vol cgroup1 cgroup2 binfmt "
                   "protected/a").split():
        (to / folder).mkdir(parents=True)
    for name in ("attack", "mark", "mark2"):
        shutil.copy(attack, to / "bin" / name)
    shutil.copy(busybox, to / "bin/sh")
    (to / "hostns").write_bytes(b"")
    for i in range(16):
        (to / f"protected/a/file{i}").write_bytes(b"x")
        (to / f"protected/a/folder{i}").mkdir()
    (to / "protected/a/file").write_bytes(b"protected\n")


def bind(source, to):
    return {"destination": to, "type": "bind", "source": source, "options": ["rbind", "rw"]}


def own_capabilities():
    with open("/proc/self/status", encoding="ascii") as f:
        return next(int(line.split()[1], 16) for line in f if line.startswith("CapBnd"))


def configuration(root, cgroup, block, binds, mask=(1 << 64) - 1):
    """config.json of a privileged container that shares the host's processes."""
    spec = base()
    capabilities = ["CAP_" + c for i, c in enumerate(CAPABILITIES) if mask >> i & 1]
    spec["process"]["capabilities"] = {k: capabilities for k in
                                       ("bounding", "effective", "permitted")}
    spec["root"] = {"path": str(root), "readonly": False}
    spec["linux"]["cgroupsPath"] = cgroup
    spec["linux"]["devices"] = [
        {"path": "/dev/attack-block", "type": "b", "major": block[0], "minor": block[1]},
        {"path": "/dev/attack-mem", "type": "c", "major": 1, "minor": 1},
    ]
    spec["mounts"] += [bind(source, to) for source, to in binds]
    return spec


def base():
    def mount(to, kind, *options):
        return {"destination": to, "type": kind, "source": kind, "options": list(options)}
    return {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "cwd": "/",
                    "args": ["/bin/attack"], "env": ["PATH=/bin"], "noNewPrivileges": False},
        "hostname": "attack",
        "mounts": [mount("/proc", "proc"), mount("/dev", "tmpfs", "nosuid", "mode=755"),
                   mount("/dev/shm", "tmpfs", "nosuid", "mode=1777"),
                   mount("/sys", "sysfs", "nosuid")],
        "linux": {"resources": {"devices": [{"allow": True, "access": "rwm"}]},
                  "namespaces": [{"type": t} for t in ("network", "ipc", "uts", "mount")]},
    }


def expected(path):
    """{item: {back-end: guarantee}}"""
    rows = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if cells[0] == "item":
            names = cells[1:6]
        else:
            rows[cells[0]] = dict(zip(names, cells[1:6]))
    return rows


def guarantee(rows, name, backends):
    """The best of the back-ends in use, of this form or else of its item."""
    parts = name.split("/")
    for n in range(len(parts), 0, -1):
        row = rows.get("/".join(parts[:n]))
        if row:
            order = ["none", "alert", "block"]
            return max((row[b] for b in backends), key=order.index)
    return "none"


# A step that another item must see as well, and may therefore stop.
SHARED = {
    "setns": {"ptrace"},  # /proc/1/ns is reached through an outside process
    "raw-memory/kcore": set(),
}


def judge_row(rows, name, mode, did, events, backends):
    """None, or what is wrong."""
    promised = guarantee(rows, name, backends)
    own = name.split("/")[0]
    seen = dict(e.split(":") for e in events.split(",") if e)
    happened = did == "happened"
    foreign = {e for e in seen if e != own} - SHARED.get(name, set())
    if foreign:
        return f"other items react: {', '.join(sorted(foreign))}"
    if mode == "none" or mode == "others":
        if seen.keys() & {own}:
            return "reacts without a rule"
        if not happened and not seen:
            return f"without its rule it is {did}"
    elif mode == "alert":
        if not happened:
            return f"alert stopped it: {did}"
        if promised != "none" and seen.get(own) != "alerted":
            return "no alert"
    elif promised == "block":
        if happened:
            return "not blocked"
        if seen.get(own) not in ("blocked", "killed"):
            return f"{did}, and no event tells of the block"
    elif promised == "alert" and seen.get(own) != "alerted":
        return "no alert in block mode"
    return None


def judge(table, rows, backends, absent_allowed):
    """Lines of what is wrong, and the number of tries that were judged."""
    wrong, tried, absent = [], 0, {}
    for line in table.splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) != 4:
            continue
        name, mode, did, events = cells
        if did.startswith("absent ") or name in absent:
            absent.setdefault(name, did[7:])
            continue
        if mode == "none" and did != "happened" and name in absent_allowed:
            absent[name] = absent_allowed[name]
            continue
        tried += 1
        problem = judge_row(rows, name, mode, did, events, backends)
        if problem:
            wrong.append(f"{name} ({mode}): {problem}")
    for name, why in absent.items():
        if name not in absent_allowed:
            wrong.append(f"{name}: could not be tried: {why}")
    return wrong, tried, absent
