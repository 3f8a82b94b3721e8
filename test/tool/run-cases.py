"""Runs end-to-end cases. A case is a folder with an executable `run` that prints,
for each thing it checks, one of

    ok NAME
    not ok NAME: reason
    skip NAME: reason

It gets CORTEN_BIN (the folder of the programs), CORTEN_SOURCE (the repository)
and CASE_TMP (a folder of its own, removed afterwards). It runs in a process group
of its own, with a time limit; what it leaves behind is killed and counts as a
failure.

Cases run in as many lanes as there are processors (--lanes). One that has a file `node`
beside `run` needs the machine's containers to itself: these run one after the other, all
in the first lane.

usage: run-cases.py --bin DIR [--prefix WORD] [--logs DIR] [--timeout S] [--lanes N]
                    DIR [NAME...]"""

import argparse
import ctypes
import multiprocessing
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
WORDS = ("ok ", "not ok ", "skip ")


def adopt_orphans():
    """Makes this process the parent of what its cases leave behind, wherever
    they hide (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as f:
        return [int(pid) for pid in f.read().split()]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read(80).replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def reap_leftovers():
    """Kills and reaps what the case started and did not end; their names."""
    names = []
    for _ in range(1000):
        while True:  # the dead need no killing
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                return names
        for pid in children():
            names.append(name_of(pid))
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return names


def run(case, env, log_path, timeout):
    """Runs one case; returns (its standard output, why it went wrong or None)."""
    program = (case / "run").absolute()
    with open(log_path, "wb") as log:
        process = subprocess.Popen([program], env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        problem = None
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            problem = f"did not end within {timeout} s"
            os.killpg(process.pid, signal.SIGKILL)
            try:
                output, _ = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                output = b""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # A process that the group's end has just killed is no leftover: look again.
    time.sleep(0.02)
    left = [name for name in reap_leftovers() if name]
    if problem is None and left:
        problem = "left processes behind: " + "; ".join(left)
    return output.decode(errors="replace"), problem, process.returncode


def results_of(case, output, problem, status):
    lines = [line for line in output.splitlines() if line.startswith(WORDS)]
    yield from lines
    if problem is not None:
        yield f"not ok {case.name}: {problem}"
    elif status != 0 and not any(line.startswith("not ok ") for line in lines):
        yield f"not ok {case.name}: ended with status {status}"
    elif not lines:
        yield f"not ok {case.name}: checked nothing"


def with_prefix(prefix, case, line):
    for word in WORDS:
        if line.startswith(word):
            return f"{word}{prefix}/{case.name}: {line[len(word):]}"
    return line


def find_cases(folder, names):
    found = [p for p in sorted(folder.iterdir()) if os.access(p / "run", os.X_OK)]
    missing = set(names) - {p.name for p in found}
    if missing:
        sys.exit(f"run-cases: there is no case {', '.join(sorted(missing))} in {folder}")
    return [p for p in found if not names or p.name in names]


def run_one(case, args):
    """Runs one case and prints its results; whether all is well."""
    temporary = tempfile.mkdtemp(prefix="corten-case-")
    env = dict(os.environ, CORTEN_BIN=os.path.abspath(args.bin), CASE_TMP=temporary,
               CORTEN_SOURCE=os.getcwd(), LC_ALL="C.UTF-8", HOME=temporary)
    log = os.path.join(args.logs, case.name + ".log")
    started = time.monotonic()
    try:
        results = list(results_of(case, *run(case, env, log, args.timeout)))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    said = f"    {case.name}: {time.monotonic() - started:.1f} s\n"
    well = not any(line.startswith("not ok ") for line in results)
    if not well:
        with open(log, "rb") as f:
            said = f"--- {log}\n" + f.read()[-4000:].decode(errors="replace") + said
    # One write each: the lanes share both.
    os.write(1, "".join(with_prefix(args.prefix, case, line) + "\n" for line in results).encode())
    os.write(2, said.encode())
    return well


def lane(own, shared, taken, args):
    """Runs its own cases, then what no lane has taken of the shared ones."""
    adopt_orphans()
    well = True
    for case in own:
        well &= run_one(case, args)
    while True:
        with taken.get_lock():
            case = shared[taken.value:taken.value + 1]
            taken.value += 1
        if not case:
            sys.exit(0 if well else 1)
        well &= run_one(case[0], args)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--prefix", default="case")
    parser.add_argument("--logs", default="build/test/case")
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("--lanes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    os.makedirs(args.logs, exist_ok=True)
    cases = find_cases(args.folder, args.names) if args.folder.is_dir() else []
    node = [case for case in cases if (case / "node").exists()]
    shared = [case for case in cases if case not in node]
    taken = multiprocessing.Value("i", 0)
    lanes = [multiprocessing.Process(target=lane, args=([] if i else node, shared, taken, args))
             for i in range(max(1, args.lanes))]
    for process in lanes:
        process.start()
    for process in lanes:
        process.join()
    sys.exit(1 if any(process.exitcode for process in lanes) else 0)


main()
