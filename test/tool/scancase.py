"""For cases that run `corten scan` from Python: checks that print a line each, runs
with their results, and what a run may not do.

    with check("the sentence of what holds"):
        assert ...
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import traceback

SOURCE = pathlib.Path(os.environ["CORTEN_SOURCE"]).resolve()
BIN = pathlib.Path(os.environ["CORTEN_BIN"]).resolve()
TMP = pathlib.Path(os.environ["CASE_TMP"]).resolve()
SANITIZED = "CORTEN_SANITIZED" in os.environ
PROVE = os.environ.get("CORTEN_PROVE") == "1"
PSS = BIN.parent / "bench" / "pss"
MIB = 1 << 20


# --- lines -----------------------------------------------------------------------

def one_line(text):
    return " | ".join(str(text).strip().splitlines())[:600]


def ok(name):
    print("ok", name, flush=True)


def not_ok(name, why):
    print(f"not ok {name}: {one_line(why)}", flush=True)


def skip(name, why):
    print(f"skip {name}: {why}", flush=True)


@contextlib.contextmanager
def check(name):
    """"ok NAME" when the block ends, "not ok NAME: why" when it raises."""
    started = time.monotonic()
    try:
        yield
    except AssertionError as e:
        where = traceback.extract_tb(e.__traceback__)[-1]
        not_ok(name, f"{e} ({where.line})" if str(e) else f"line {where.lineno}: {where.line}")
    except (OSError, ValueError, KeyError, IndexError, TypeError, subprocess.SubprocessError) as e:
        traceback.print_exc(file=sys.stderr)
        not_ok(name, f"{type(e).__name__}: {e}")
    else:
        ok(name)
    print(f"  {time.monotonic() - started:.2f} s {name}", file=sys.stderr)


def equal(found, wanted, what="found"):
    """assert found == wanted, with a reason that shows only the difference."""
    if found == wanted:
        return
    if isinstance(found, list) and isinstance(wanted, list):
        extra = [x for x in found if x not in wanted][:5]
        missing = [x for x in wanted if x not in found][:5]
        raise AssertionError(f"{what}: too many {extra}, missing {missing}, "
                             f"{len(found)} instead of {len(wanted)}")
    raise AssertionError(f"{what}: {found!r} instead of {wanted!r}")


# --- runs -------------------------------------------------------------------------

class Run:
    """How one run ended."""

    def __init__(self, status, out, err, seconds, cpu=None, memory=None):
        self.status, self.out, self.err = status, out, err
        self.seconds = seconds
        self.cpu, self.memory = cpu, memory  # memory: the largest sum of PSS

    def __repr__(self):
        return f"status {self.status}: {one_line(self.err or self.out)}"

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def os(self):
        return self.json["os"]

    @property
    def codes(self):
        return sorted({x["code"] for x in self.json["incomplete"]})

    @property
    def packages(self):
        """["name version", …]"""
        return [f"{p['name']} {p['version']}" for p in self.json["packages"]]

    @property
    def findings(self):
        """["id package", …]"""
        return [f"{f['id']} {f['package']['name']}" for f in self.json["findings"]]

    @property
    def texts(self):
        return " | ".join(f"{x['what']}: {x['text']}" for x in self.json["incomplete"])

    def whole(self):
        """The scan is complete (exit 0, nothing missing)."""
        assert self.status == 0 and self.json["incomplete"] == [], self.why()
        return self

    def partial(self, *codes):
        """Exit 3, and each of the codes stands in `incomplete`."""
        assert self.status == 3, f"status {self.status}; {self.why()}"
        found = self.codes
        assert found, "exit 3 and nothing said to be missing"
        for code in codes:
            assert code in found, f"{code} is not in {found}; {self.texts}"
        return self

    def why(self):
        try:
            return f"status {self.status}, {self.texts}"
        except ValueError:
            return repr(self)


def environment(**more):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(TMP), "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def corten(*args, stdin=None, env=None, measure=False, timeout=120, program=None):
    """Runs corten. stdin: bytes or an open file. measure: memory of all its processes."""
    command = [str(program or BIN / "corten"), *map(str, args)]
    report = TMP / "pss"
    if measure and PSS.exists():
        command = [str(PSS), str(report), *command]
    feed = stdin if isinstance(stdin, bytes) else None
    source = None if feed is not None else stdin or subprocess.DEVNULL
    started = time.monotonic()
    p = subprocess.run(command, env=environment(**(env or {})), timeout=timeout, check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=TMP,
                       **({"input": feed} if feed is not None else {"stdin": source}))
    seconds = time.monotonic() - started
    run = Run(p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"),
              seconds)
    if measure and PSS.exists():
        _, cpu, kib, _ = report.read_text().split()
        run.cpu, run.memory = float(cpu), int(kib) * 1024
    return run


def scan(target, *options, cache=None, database=None, families="vulnerability", **run):
    """corten scan as JSON, without the network and without a cache unless one is given."""
    database = database or TMP / "test.db"
    kept = ["--cache-dir", cache] if cache else ["--no-cache"]
    return corten("scan", "--format", "json", "--offline", "--families", families,
                  "--db", database, *kept, *options,
                  target, **run)


def within(run, mib=64, seconds=None):
    """The run kept to its memory, and its processes to their time, whatever else the
    machine does. A sanitizer's own memory does not count."""
    if not SANITIZED and run.memory is not None:
        assert run.memory <= mib * MIB, f"{run.memory / MIB:.1f} MiB of memory, more than {mib}"
    if not SANITIZED and seconds is not None and run.cpu is not None:
        assert run.cpu <= seconds, f"{run.cpu:.1f} CPU seconds, more than {seconds}"
    return run


# --- a database ---------------------------------------------------------------------

def record(name, package, ecosystem, fixed=None, severity=None):
    """An OSV record (ossf.github.io/osv-schema) about one package."""
    events = [{"introduced": "0"}] + ([{"fixed": fixed}] if fixed else [])
    affected = {"package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    if severity:
        affected["ecosystem_specific"] = {"urgency": severity, "severity": severity}
    return {"schema_version": "1.6.0", "id": name, "modified": "2024-01-02T00:00:00Z",
            "published": "2024-01-01T00:00:00Z", "affected": [affected]}


def build_database(records, path=None):
    """Compiles OSV records with `corten db build`."""
    folder = TMP / "osv"
    folder.mkdir(exist_ok=True)
    source = folder / f"{len(list(folder.iterdir()))}.json"
    source.write_text(json.dumps(records))
    path = path or TMP / "test.db"
    r = corten("db", "build", "--from", source, "--out", path)
    if r.status != 0:
        not_ok("a database for the test", r)
        sys.exit(0)
    return path


DEBIAN_RECORDS = [
    record("CVE-2024-0001", "openssl", "Debian:12", "3.0.12-1", "high"),
    record("CVE-2024-0002", "zlib", "Debian:12", None, "low"),
    record("CVE-2024-0003", "bash", "Debian:12", "5.2.15-3", "medium"),
    record("CVE-2024-0004", "busybox", "Debian:12", "1:1.36"),
]


# --- what a scan leaves behind --------------------------------------------------------

def listing(*folders):
    """Every path below, with what shows a change."""
    seen = {}
    for folder in folders:
        for where, names, files in os.walk(folder):
            for name in names + files:
                path = os.path.join(where, name)
                try:
                    s = os.lstat(path)
                except FileNotFoundError:
                    continue
                seen[path] = (s.st_mode, s.st_size, s.st_mtime_ns, s.st_ino)
    return seen


@contextlib.contextmanager
def writes_nothing(*folders):
    before = listing(*folders)
    yield
    after = listing(*folders)
    changed = [p for p in after if before.get(p) != after[p]] + [p for p in before if p not in after]
    changed = [p for p in changed if p != str(TMP / "pss")]
    assert not changed, f"written: {changed[:5]}"
