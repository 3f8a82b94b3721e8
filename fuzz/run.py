"""Runs the fuzz harnesses two at a time and reports what they did.

A harness of image, package and registry bytes runs ten minutes, the others two;
--minutes sets one time for all, --jobs how many run at a time. Inputs start from fuzz/corpus/NAME; new ones are
kept in BUILD/corpus/NAME. BUILD/report.tsv has one line a harness: executions,
covered edges, inputs, crashes, seconds. Exit status 1 when anything crashed.

usage: run.py --build DIR [--minutes N] [--jobs N] [NAME...]"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

LONG = ("codec_", "format_tar", "image_", "pkgdb_", "source_", "ipc_", "scan_")
AT_ONCE = 2
Result = collections.namedtuple("Result", "name executions edges inputs crashes seconds")


def minutes_of(name, minutes):
    if minutes is not None:
        return minutes
    return 10 if name.startswith(LONG) else 2


def last_number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(build, name, seconds):
    """Runs one harness for so many seconds."""
    corpus = build / "corpus" / name
    crashes = build / "crash" / name
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = pathlib.Path("fuzz/corpus") / name
    command = [build / "fuzz" / f"fuzz_{name}", corpus.absolute()]
    command += [seeds.absolute()] if seeds.is_dir() else []
    command += [f"-max_total_time={int(seconds)}", "-print_final_stats=1", "-timeout=25",
                "-rss_limit_mb=2048", f"-artifact_prefix={crashes.absolute()}/"]
    dictionary = pathlib.Path("fuzz/dictionary") / f"{name}.dict"
    command += [f"-dict={dictionary.absolute()}"] if dictionary.exists() else []
    log = build / f"{name}.log"
    started = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = process.wait(timeout=seconds + 300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
    text = log.read_text(errors="replace")
    return Result(name, last_number(r"stat::number_of_executed_units: (\d+)", text) or
                  last_number(r"(?m)^#(\d+)", text),
                  last_number(r"\bcov: (\d+)", text), len(list(corpus.iterdir())),
                  max(len(list(crashes.iterdir())), int(status != 0)),
                  int(time.monotonic() - started))


def show(result):
    print(f"{result.name:28} {result.executions:>12,} executions  {result.edges:>6} edges  "
          f"{result.inputs:>6} inputs  {result.crashes} crashes  {result.seconds:>5} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--jobs", type=int, default=AT_ONCE)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    known = sorted(p.name[len("fuzz_"):] for p in (args.build / "fuzz").glob("fuzz_*")
                   if p.is_file() and os.access(p, os.X_OK))
    unknown = set(args.names) - set(known)
    if unknown or not known:
        sys.exit(f"fuzz: no harness {' '.join(sorted(unknown))}; there are: {' '.join(known)}")
    names = args.names or known
    # The long ones first, so that the two lanes end at about the same time.
    names = sorted(names, key=lambda n: -minutes_of(n, args.minutes))
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = [pool.submit(fuzz, args.build, n, 60 * minutes_of(n, args.minutes)) for n in names]
        results = []
        for run in concurrent.futures.as_completed(runs):
            results.append(run.result())
            show(results[-1])
    report = args.build / "report.tsv"
    with open(report, "w", encoding="utf-8") as out:
        print(*Result._fields, sep="\t", file=out)
        for result in sorted(results):
            print(*result, sep="\t", file=out)
    total = sum(r.executions for r in results)
    crashes = sum(r.crashes for r in results)
    print(f"{len(results)} harnesses, {total:,} executions, {crashes} crashes; see {report}")
    for r in results:
        if r.crashes:
            print(f"  {r.name}: {args.build}/{r.name}.log, inputs in {args.build}/crash/{r.name}/")
    sys.exit(crashes > 0)


main()
