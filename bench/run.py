"""Measures Corten and prints each figure with the command line behind it.

Times are the fastest of seven runs, all programs of a figure in turn (a disturbance
then hits all of them); ratios are made within one run of this script. Memory is the
sum of PSS of all processes of a program, sampled every 5 ms, in a run of its own.
Layers lie in the page cache. "Cold" is an empty cache of Corten's own.

`quality` takes minutes and packages by name from the registries, `guard` needs root and
attaches kernel programs: they are measured only when they are named.

usage: run.py --build DIR [--rounds N] [--no-peer] [NAME...]"""

import argparse
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import guard
import image
import peer
import quality

MIB = 1024  # of KiB
WHEN_NAMED = {"quality", "guard"}


class Command:
    """A command line, and the folder that must be empty before each run."""

    def __init__(self, label, words, cold=None):
        self.label, self.words, self.cold = label, [str(w) for w in words], cold

    def __str__(self):
        empty = f"rm -rf {self.cold}/[!r]*; " if self.cold else ""
        return empty + shlex.join(self.words)

    def prepare(self):
        if self.cold is None:
            return
        # Compiled rules are no result of a layer: compiling has a figure of its own.
        self.cold.mkdir(parents=True, exist_ok=True)
        for child in self.cold.iterdir():
            if child.name != "rules":
                shutil.rmtree(child)

    def seconds(self):
        """(wall, CPU) of one run; CPU counts all its processes."""
        self.prepare()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        status = subprocess.run(self.words, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        elapsed = time.perf_counter() - started
        # 3: no advisories for made-up packages is no failure of reading them.
        if status.returncode not in (0, 3):
            sys.exit(f"bench: status {status.returncode}: {self}\n{status.stderr.decode()}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return elapsed, (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)

    def pss_kib(self, pss, folder):
        self.prepare()
        out = folder / "pss"
        subprocess.run([pss, out, *self.words], check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(out.read_text().split("\t")[2])


class Bench:
    def __init__(self, args):
        self.build = args.build.absolute()
        self.rounds = args.rounds
        self.images = image.Images(self.build / "bench-data")
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="corten-bench-"))
        self.peer = None if args.no_peer else peer.find(self.build / "bench-data")
        self.figures, self.commands, self.cpu = [], [], []

    # --- commands -----------------------------------------------------------

    def corten(self, name, label="corten", warm=False, output="result.json",
               families="vulnerability"):
        cache = self.temporary / ("cache-warm" if warm else "cache-cold")
        return Command(label, [self.build / "bin/corten", "scan", "--quiet", "--offline",
                               "--cache-dir", cache, "--families", families,
                               "--format", "json",
                               "--output", self.temporary / output,
                               f"oci:{self.images.layout(name)}"],
                       cold=None if warm else cache)

    def floor(self, name):
        return Command("floor", [self.build / "bench/floor",
                                 *(path for path, _ in self.images.blobs(name))])

    def trivy(self, name, warm=False):
        """Its scan; where it is packed also its start, which is taken off."""
        if not self.peer:
            return []
        cache = self.temporary / ("peer-warm" if warm else "peer-cold")
        scan = Command("trivy", self.peer.scan(self.images.layout(name), cache,
                                               self.temporary / "peer.json"),
                       cold=None if warm else cache)
        starts = [Command("trivy starts", self.peer.version())] if self.peer.packed else []
        return [scan, *starts]

    # --- measuring ------------------------------------------------------------

    def fastest(self, *commands):
        """Seconds of each command: the least of all rounds, commands in turn."""
        times = [[] for _ in commands]
        for _ in range(self.rounds):
            for command, its in zip(commands, times):
                its.append(command.seconds())
        self.commands += [(c.label, str(c)) for c in commands]
        self.cpu = [min(cpu for _, cpu in its) for its in times]
        return [min(wall for wall, _ in its) for its in times]

    def pss_mib(self, command):
        return command.pss_kib(self.build / "bench/pss", self.temporary) / MIB

    def tell(self, name, value, unit="", most=None, least=None):
        verdict = ""
        if most is not None:
            verdict = f"{'ok' if value <= most else 'MISSED'} (at most {most:g})"
        if least is not None:
            verdict = f"{'ok' if value >= least else 'MISSED'} (at least {least:g})"
        self.figures.append((name, value, unit, verdict))
        print(f"  {name:46} {value:10.3f} {unit:4} {verdict}", flush=True)

    # --- figures --------------------------------------------------------------

    def against_floor(self, name):
        commands = [self.floor(name), self.corten(name), *self.trivy(name)]
        times = self.fastest(*commands)
        self.tell(f"{name}: floor", times[0], "s")
        self.tell(f"{name}: corten, cold", times[1], "s")
        self.tell(f"{name}: corten / floor", times[1] / times[0], most=1.25)
        self.tell(f"{name}: corten / floor, CPU time", self.cpu[1] / self.cpu[0])
        memory = self.pss_mib(commands[1])
        self.tell(f"{name}: corten memory", memory, "MiB", most=64)
        if self.peer:
            self.against_peer(name, times[1], times[2:], 3, memory, commands[2])

    def against_peer(self, name, ours, theirs, least, memory=None, command=None):
        theirs = theirs[0] - sum(theirs[1:])
        self.tell(f"{name}: trivy", theirs, "s")
        self.tell(f"{name}: trivy / corten", theirs / ours, least=least)
        if command is not None:
            their_memory = self.pss_mib(command)
            self.tell(f"{name}: trivy memory", their_memory, "MiB")
            self.tell(f"{name}: corten / trivy memory", memory / their_memory, most=0.25)
            self.compare_packages(name)

    def compare_packages(self, name):
        """The package lists of the last runs, as (name, version)."""
        ours = {(p["name"], p["version"]) for p in self.result()["packages"]}
        theirs = self.peer.packages(self.temporary / "peer.json")
        print(f"  {name}: packages: {len(ours & theirs)} in both, {len(ours - theirs)} only "
              f"corten's, {len(theirs - ours)} only trivy's")
        for who, only in (("corten", ours - theirs), ("trivy", theirs - ours)):
            for package in sorted(only)[:20]:
                print(f"      only {who}: {' '.join(package)}")

    def result(self):
        return json.loads((self.temporary / "result.json").read_text(encoding="utf-8"))

    def bench_version(self):
        seconds, = self.fastest(Command("version", [self.build / "bin/corten", "--version"]))
        self.tell("corten --version", seconds * 1e3, "ms", most=5)

    def bench_big(self):
        self.against_floor("big")

    def bench_four(self):
        self.against_floor("four")

    def bench_secret(self):
        """Secrets besides, on the image of `big`; what compiling the rules takes."""
        both = self.corten("big", "corten, secrets", families="vulnerability,secret")
        alone = self.corten("big")
        shutil.rmtree(both.cold, ignore_errors=True)
        compiling = self.corten("small", "compiling", families="secret").seconds()[0]
        self.tell("compiling the secret rules, once", compiling, "s")
        times = self.fastest(self.floor("big"), alone, both)
        self.tell("big: corten with secrets, cold", times[2], "s")
        self.tell("big: corten with secrets / floor", times[2] / times[0], most=1.8)
        self.tell("big: corten with secrets / floor, CPU time", self.cpu[2] / self.cpu[0])
        self.tell("big: corten with secrets, memory", self.pss_mib(both), "MiB", most=96)

    def bench_all(self):
        """All families, on the image of `big`, and Trivy with all its scanners."""
        everything = "vulnerability,secret,malware,baseline,build"
        ours = self.corten("big", "corten, all families", families=everything)
        ours.seconds()  # compiles the rules of secrets
        times = self.fastest(self.floor("big"), ours)
        self.tell("big: all families, cold", times[1], "s")
        self.tell("big: all families / floor", times[1] / times[0], most=2.5)
        self.tell("big: all families / floor, CPU time", self.cpu[1] / self.cpu[0])
        self.tell("big: all families, memory", self.pss_mib(ours), "MiB", most=128)
        if self.peer:
            self.against_peer_with_all(times[1])

    def against_peer_with_all(self, ours):
        """Its licences take minutes: one round."""
        cache = self.temporary / "peer-cold"
        commands = [Command("trivy, all scanners",
                            self.peer.everything(self.images.layout("big"), cache,
                                                 self.temporary / "peer.json"), cold=cache)]
        if self.peer.packed:
            commands.append(Command("trivy starts", self.peer.version()))
        rounds, self.rounds = self.rounds, 1
        times = self.fastest(*commands)
        self.rounds = rounds
        self.against_peer("big: all families", ours, times, 3)

    def bench_small(self):
        commands = [self.corten("small"), *self.trivy("small")]
        times = self.fastest(*commands)
        self.tell("small: corten, cold", times[0] * 1e3, "ms", most=20)
        if self.peer:
            self.against_peer("small", times[0], times[1:], 10,
                              self.pss_mib(commands[0]), commands[1])

    def bench_million(self):
        command = self.corten("million")
        seconds, = self.fastest(command)
        self.tell("million empty files: corten, cold", seconds, "s", most=1)
        self.tell("million empty files: memory", self.pss_mib(command), "MiB", most=64)

    def bench_warm(self):
        commands = [self.corten("big", "corten, warm", warm=True), *self.trivy("big", warm=True)]
        for command in commands:
            command.seconds()  # fills the cache
        times = self.fastest(*commands)
        self.tell("warm: corten", times[0] * 1e3, "ms", most=20)
        if self.peer:
            self.against_peer("warm", times[0], times[1:], 10)

    def bench_huge(self):
        command = self.corten("huge")
        self.tell("4 GB: memory", self.pss_mib(command), "MiB", most=64)
        self.commands.append(("huge", str(command)))

    def bench_packages(self):
        command = self.corten("packages")
        self.tell("100,000 packages: memory", self.pss_mib(command), "MiB", most=64)
        self.commands.append(("packages", str(command)))

    def bench_match(self):
        """The time that the result itself gives for matching."""
        command = self.corten("match")
        least = 1e9
        for _ in range(self.rounds):
            command.seconds()
            least = min(least, self.result()["timing"]["match_ms"])
        self.commands.append(("match", str(command)))
        self.tell("match 3,000 packages", least, "ms", most=5)

    def bench_lookup(self):
        """5,000,000 synthetic facts; the program takes the fastest of its own rounds."""
        command = Command("lookup", [self.build / "bench/vulndb_lookup"])
        output = subprocess.run(command.words, check=True, capture_output=True, text=True).stdout
        self.commands.append((command.label, str(command)))
        for what, ns in re.findall(r"^look-up +(.*): (\d+) ns", output, re.M):
            self.tell(f"look-up {what}", int(ns) / 1e3, "us", most=1)
        for what, ms in re.findall(r"^match +(.*): ([0-9.]+) ms", output, re.M):
            self.tell(f"match {what}", float(ms), "ms", most=5)

    def bench_quality(self):
        quality.measure(self, Command)

    def bench_guard(self):
        guard.measure(self)

    def report(self):
        folder = self.build / "bench-data"
        with open(folder / "report.tsv", "w", encoding="utf-8") as out:
            for figure in self.figures:
                print(*figure, sep="\t", file=out)
        print("\ncommand lines:")
        for label, line in dict.fromkeys(self.commands):
            print(f"  {label}: {line}")
        print(f"\n{folder}/report.tsv has the figures")
        return any("MISSED" in verdict for *_, verdict in self.figures)


def main():
    known = [n.removeprefix("bench_") for n in vars(Bench) if n.startswith("bench_")]
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    args.names = args.names or [n for n in known if n not in WHEN_NAMED]
    unknown = sorted(set(args.names) - set(known))
    if unknown:
        sys.exit(f"bench: no figure {' '.join(unknown)}; there are: {' '.join(known)}")
    bench = Bench(args)
    try:
        print(f"{os.cpu_count()} processors, fastest of {args.rounds}"
              + ("" if bench.peer else "; no peer to compare with"))
        for name in args.names:
            getattr(bench, f"bench_{name}")()
        missed = bench.report()
    finally:
        shutil.rmtree(bench.temporary, ignore_errors=True)
    sys.exit(missed)


main()
