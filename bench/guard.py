"""What the guard costs, on the back-ends that this machine has.

Wall time swings here; so cost is counted: the run time of the kernel programs
(bpf(2), BPF_ENABLE_STATS) and the CPU time of all roles of the agent, over the
CPU time of the workload's control group. Of fanotify the kernel's own part falls to
the workload. What else runs on the machine, other containers' starts above all, only adds
to the agent's time: the least of some rounds counts. Ratios of wall time are printed with
their spread, and not judged."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

from guardrun import Agent, Container, Statistics, cgroup2

KERNEL = "tp-kill,cgroup-bpf"
ALL = "tp-kill,cgroup-bpf,fanotify,runtime"
SETTLE = 0.5  # seconds until the agent has read what waits

NGINX = """cat >/tmp/nginx.conf <<'END'
daemon off; worker_processes 1; pid /tmp/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path /tmp/n; proxy_temp_path /tmp/n; fastcgi_temp_path /tmp/n;
	uwsgi_temp_path /tmp/n; scgi_temp_path /tmp/n;
	server { listen 127.0.0.1:8080; location = / { return 200 ok; } }
}
END
nginx -c /tmp/nginx.conf & sleep 1"""

SQL = """python3 - >/tmp/in.sql <<'END'
print("create table t(id integer primary key, name text, n int); begin;")
for i in range(100000):
    print(f"insert into t values({i}, 'name {i}', {i * 7919 % 1000});")
print("commit; create index i on t(n); select count(*) from t where n < 500;")
END"""

TREE = r"""mkdir -p /tmp/tree && cd /tmp/tree && python3 - <<'END'
names = [f"f{i}" for i in range(96)]
body = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
for name in names:
    with open(name + ".c", "w") as f:
        f.write(body)
        for i in range(40):
            f.write(f"int {name}_{i}(int x)\n{{\n\tfor (int i = 0; i < x; i++)\n"
                    f"\t\tx ^= i * {i + 3} + (int)strlen(\"{name}\");\n\treturn x;\n}}\n")
with open("main.c", "w") as f:
    f.write("int main(void)\n{\n\treturn 0;\n}\n")
objects = " ".join(n + ".o" for n in names + ["main"])
with open("Makefile", "w") as f:
    f.write(f"all: {objects}\n\tgcc -o all {objects}\n")
END"""

# name: (prepare, run, undo)
WORKLOADS = {
    "nginx + wrk": (NGINX,
                    "wrk -t1 -c16 -d4s http://127.0.0.1:8080/", "kill $(cat /tmp/nginx.pid)"),
    "redis-benchmark": ("redis-server --port 6379 --save '' --dir /tmp >/dev/null & sleep 1",
                        "redis-benchmark -q -n 100000 -t get,set",
                        "redis-cli shutdown nosave || true"),
    "sqlite3, 100,000 inserts": (SQL, "for i in 1 2 3 4 5 6 7 8; do rm -f /tmp/db; "
                                 "sqlite3 /tmp/db </tmp/in.sql; done", "true"),
    "make -j2": (TREE, "cd /tmp/tree; rm -f *.o all; make -s -j2 CC=gcc", "cd /tmp"),
}
EXECS = ("true", "/bench/load exec 5000 0", "true")


class Cost:
    """Of one run of a workload."""

    def __init__(self, wall, cpu, kernel=0.0, runs=0, agent=0.0):
        self.wall, self.cpu, self.kernel, self.runs, self.agent = wall, cpu, kernel, runs, agent

    @property
    def percent(self):
        """The programs of the kernel ran in the workload's time: that is not its own."""
        return 100 * (self.kernel + self.agent) / max(self.cpu - self.kernel, 1e-9)

    @property
    def parts(self):
        own = max(self.cpu - self.kernel, 1e-9)
        return (f"of {own:.2f} s: kernel {100 * self.kernel / own:.2f} % ({self.runs} runs), "
                f"agent {100 * self.agent / own:.2f} %")


def measured(container, line, agent=None):
    time.sleep(SETTLE)
    kernel, runs = agent.kernel() if agent else (0, 0)
    used, cpu, begin = agent.cpu_exact() if agent else 0, container.cpu(), time.perf_counter()
    container.run(line)
    wall, cpu = time.perf_counter() - begin, container.cpu() - cpu
    if not agent:
        return Cost(wall, cpu)
    time.sleep(SETTLE)
    used = agent.cpu_exact() - used
    after, runs_after = agent.kernel()
    return Cost(wall, cpu, after - kernel, runs_after - runs, used)


class Guard:
    def __init__(self, bench):
        self.bench = bench
        self.load = bench.build / "bench/guard_load"
        self.rounds = max(1, bench.rounds // 2)
        self.count = 0

    def agent(self, backends):
        self.count += 1
        folder = self.bench.temporary / f"agent-{self.count}"
        folder.mkdir()
        a = Agent(self.bench.build, folder, backends)
        self.bench.commands.append((f"agent {backends}", str(a)))
        return a

    def container(self, name):
        self.count += 1
        return Container(self.bench.temporary, f"{name}-{self.count}", self.load)

    def in_container(self, workloads, agent=None):
        """{name: cost} of each once."""
        costs = {}
        with self.container("work") as box:
            for name, (prepare, line, undo) in workloads.items():
                box.run(prepare)
                costs[name] = measured(box, line, agent)
                box.run(undo)
        return costs

    def pairs(self, backends, workloads):
        """[(without, with)] of {name: cost}."""
        result = []
        for _ in range(self.rounds):
            without = self.in_container(workloads)
            with self.agent(backends) as agent:
                result.append((without, self.in_container(workloads, agent)))
        return result

    def judge(self, label, name, pairs, most):
        costs = sorted((w[name] for _, w in pairs), key=lambda c: c.percent)
        self.bench.tell(label, costs[0].percent, "%", most=most)
        walls = [w[name].wall / wo[name].wall for wo, w in pairs]
        print(f"      {costs[0].parts}; at most {costs[-1].percent:.2f} %; "
              f"wall with / without {statistics.median(walls):.2f} "
              f"({min(walls):.2f} to {max(walls):.2f})", flush=True)

    # --- figures ------------------------------------------------------------------

    def workloads(self):
        pairs = self.pairs(ALL, WORKLOADS)
        for name, (_, line, _) in WORKLOADS.items():
            self.bench.commands.append((name, line))
            self.judge(name, name, pairs, 1)

    def execs(self):
        self.bench.commands.append(("short execs", EXECS[1]))
        for label, backends, most in (("short execs", KERNEL, 5),
                                      ("short execs, fanotify", ALL, 25)):
            self.judge(label, "execs", self.pairs(backends, {"execs": EXECS}), most)

    def agent_itself(self):
        with self.agent(ALL) as agent, self.container("rate") as box:
            self.hooks(agent)
            idle = self.share(agent, lambda: time.sleep(4))
            self.bench.tell("idle, of a core", idle, "%", most=0.5)
            busy = self.share(agent, lambda: box.run("/bench/load exec 4000 1000"))
            self.bench.tell("at 1,000 exec/s, of a core", busy, "%", most=2)
            self.bench.tell("memory, all roles", agent.memory_mib(), "MiB", most=40)

    def share(self, agent, action):
        """Percent of a core; the least of some rounds, since the agent also looks at
        whatever else runs on this machine."""
        shares = []
        for _ in range(2 * self.rounds):
            used, begin = agent.cpu_exact(), time.monotonic()
            action()
            shares.append(100 * (agent.cpu_exact() - used) / (time.monotonic() - begin))
        return min(shares)

    def hooks(self, agent):
        hooks = sorted(agent.programs.values())
        print(f"      attached: {', '.join(hooks)}")
        everywhere = sum("sys_enter" in h or "sys_exit" in h for h in hooks)
        self.bench.tell("hooks of every system call", everywhere, most=0)

    def ring(self):
        words = [self.bench.build / "bench/guard_ring", cgroup2(), self.load, "4"]
        self.bench.commands.append(("ring", " ".join(map(str, words))))
        out = subprocess.run([str(w) for w in words], check=True, capture_output=True,
                             text=True).stdout
        told = {k: float(v) for k, v in (line.split() for line in out.splitlines())}
        self.bench.tell("ring: lost", told["lost"] + told["failed"], most=0)
        self.bench.tell("ring: read, a second of a core",
                        told["delivered"] / told["reader_cpu_s"] / 1e6, "M", least=1)
        self.bench.tell("ring: made by one load, a second",
                        told["delivered"] / told["seconds"] / 1e6, "M")
        self.bench.tell("ring: made, a second of a core",
                        told["delivered"] / told["load_cpu_s"] / 1e6, "M")

    def to_disk(self):
        """All of 20,000 a second; beyond, each is on disk or told to be lost there."""
        each = "/bench/load connect 120000 0"  # fewer than the log on disk keeps
        for label, count, line in (
                ("20,000 a second", 200000, "/bench/load connect 200000 20000"),
                ("a storm", 240000, f"{each} & {each}; wait")):
            with self.agent(ALL) as agent, self.container("disk") as box:
                self.bench.commands.append((f"to disk, {label}", line))
                took = float(box.run(line).split()[-1])
                self.drained(agent)
                kept, lost = agent.connections()
                print(f"      {count} in {took:.1f} s: {kept} on disk, {lost} told to be lost")
                self.bench.tell(f"to disk, {label}: missing", max(0, count - kept - lost), most=0)
                if label != "a storm":
                    self.bench.tell(f"to disk, {label}: lost", lost, most=0)

    @staticmethod
    def drained(agent):
        last, now = -1.0, agent.cpu_exact()
        while now - last > 0.05:
            time.sleep(1.5)
            last, now = now, agent.cpu_exact()


def measure(bench):
    if os.geteuid() != 0:
        sys.exit("bench: guard: root is needed to load kernel programs")
    guard = Guard(bench)
    counted = Statistics()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: told to stop"))
    try:
        guard.agent_itself()
        guard.ring()
        guard.execs()
        guard.to_disk()
        guard.workloads()
    finally:
        counted.close()
