"""What is found where nothing is, how fast, and which packages are told: the figures of
quality. The clean tree (some 4 GB) is unpacked for the run and removed; archives (750 MB)
stay in bench-data/clean."""

import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import clean

SOURCE = pathlib.Path(__file__).resolve().parents[1]
SAMPLE_BYTES = 100 << 20
HEAD = 8192

# Values that documentation shows: whoever finds one has found an example.
PUBLISHED = """AKIAIOSFODNN7EXAMPLE AKIAI44QH8DHBEXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l
SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
sk_test_4eC39HqLyjWDarjtT1zdp7dc sk_test_BQokikJOvBiI2HlWgH4olfQ2 T00000000/B00000000
AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe QWxhZGRpbjpvcGVuIHNlc2FtZQ== czZCaGRSa3F0MzpnWDFmQmF0M2JW
MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs hunter2 x-oauth-basic""".split()
DOCUMENTATION = re.compile(
    r"(?i)(?:^|/)(?:docs?|documentation|examples?|samples?|man|info|help)/|"
    r"\.(?:md|markdown|rst|adoc|pod|txt|html?|[1-9])$|(?:^|/)(?:README|CHANGELOG|HISTORY|NEWS)")


# --- the clean tree --------------------------------------------------------------------------

def files_of(top):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def in_perl_documentation(lines, line):
    """perlpod: from a line that begins with "=word" to "=cut"."""
    marks = [text for text in lines[:line] if re.match(rb"=[a-z]", text)]
    return bool(marks) and not marks[-1].startswith(b"=cut")


def is_example(top, finding):
    """A published value, a file of documentation, or a comment that documents code."""
    path, line = finding["path"], finding["line"] or 1
    if DOCUMENTATION.search(path):
        return True
    lines = (top / path).read_bytes().split(b"\n")
    if line > len(lines):
        return False
    text = lines[line - 1]
    if any(value.encode() in text for value in PUBLISHED):
        return True
    if re.search(r"\.p[lm]$", path) and in_perl_documentation(lines, line):
        return True
    return re.match(rb"\s*(?:\*|///|##)\s", text) is not None


def count_secrets(bench, top, packages):
    words = [bench.build / "bin/corten", "scan", "--quiet", "--offline", "--no-cache",
             "--families", "secret", "--format", "json", "--output",
             bench.temporary / "clean.json", f"rootfs:{top}"]
    bench.commands.append(("clean files", shlex.join(map(str, words))))
    done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL)
    result = json.loads((bench.temporary / "clean.json").read_text(encoding="utf-8"))
    if done.returncode not in (0, 3) or result["incomplete"]:
        sys.exit(f"bench: the clean tree was not read whole: {result['incomplete'][:5]}")
    sizes = [os.path.getsize(path) for path in files_of(top)]
    found = result["findings"]
    examples = [f for f in found if is_example(top, f)]
    print(f"  clean packages: {packages}")
    bench.tell("clean files", len(sizes))
    bench.tell("clean files: size", sum(sizes) / 1e6, "MB")
    bench.tell("clean files: secrets found", len(found))
    bench.tell("clean files: secrets in 2,000 files", len(found) * 2000 / max(1, len(sizes)), most=1)
    bench.tell("clean files: examples of documentation", len(examples), most=0)
    for finding in sorted(found, key=lambda f: f["evidence"]):
        mark = "example! " if finding in examples else ""
        print(f"      {mark}{finding['id']} {finding['evidence'][:160]}")


def count_malware(bench, top):
    """What rules of malware say of clean files: by severity, and in 10,000 files."""
    words = [bench.build / "bin/corten", "scan", "--quiet", "--offline", "--no-cache",
             "--families", "malware", "--format", "json", "--output",
             bench.temporary / "clean-malware.json", f"rootfs:{top}"]
    bench.commands.append(("clean files, malware", shlex.join(map(str, words))))
    done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL)
    result = json.loads((bench.temporary / "clean-malware.json").read_text(encoding="utf-8"))
    if done.returncode not in (0, 3):
        sys.exit(f"bench: the clean tree was not read: {result['incomplete'][:5]}")
    for missing in result["incomplete"][:5]:
        print(f"      not read: {missing['what']}: {missing['text']}")
    files = sum(1 for _ in files_of(top))
    found = result["findings"]
    for family in ("webshell", "script"):
        hits = {f["path"] for f in found if family in f["id"] and f["severity"] != "low"}
        bench.tell(f"clean files: {family} hits in 10,000 files",
                   len(hits) * 10000 / max(1, files), most=1)
    bench.tell("clean files: serious findings of malware",
               sum(f["severity"] in ("critical", "high") for f in found), most=0)
    for finding in sorted(found, key=lambda f: f["evidence"]):
        print(f"      {finding['severity']} {finding['id']} {finding['evidence'][:160]}")


# --- the samples of each class ------------------------------------------------------------------

def count_samples(bench):
    """Each published class: a rule for it has one firing and two silent samples, and all
    samples of all rules do as they should."""
    counts = {}
    for path in sorted((SOURCE / "rules/secret").glob("*.toml")):
        for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("rules", []):
            tests = rule.get("test", {})
            for name in rule.get("covers", []):
                fire, silent = counts.get(name, (0, 0))
                counts[name] = fire + len(tests.get("fire", [])), silent + len(tests.get("silent", []))
    classes = (SOURCE / "test/data/secret/classes.txt").read_text(encoding="utf-8").split()
    poor = [c for c in classes if counts.get(c, (0, 0))[0] < 1 or counts[c][1] < 2]
    for name in poor:
        print(f"      {name}: {counts.get(name, (0, 0))} firing and silent samples")
    words = [bench.build / "bin/corten", "rules", "test", "--kind", "secret"]
    bench.commands.append(("samples", shlex.join(map(str, words))))
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    print("  " + (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1])
    bench.tell("classes of secrets", len(classes))
    bench.tell("classes without their three samples", len(poor), most=0)
    bench.tell("samples: exit status", done.returncode, most=0)


# --- speed ---------------------------------------------------------------------------------------

def is_text(path):
    with open(path, "rb") as f:
        return b"\0" not in f.read(HEAD)


def text_sample(top, out):
    """Text files of the clean tree, drawn by the SHA-256 of their paths, in folders whose
    names no scanner leaves out (Trivy does not look into usr/share). Their bytes."""
    taken = 0
    for path in sorted(files_of(top), key=lambda p: hashlib.sha256(
            os.path.relpath(p, top).encode(errors="surrogateescape")).digest()):
        if not is_text(path):
            continue
        place = out / "srv" / f"{taken % 997}"
        place.mkdir(parents=True, exist_ok=True)
        target = place / os.path.basename(path)
        if not target.exists():
            os.link(path, target)
            taken += os.path.getsize(path)
        if taken > SAMPLE_BYTES:
            break
    return taken


def search_speed(bench, label, sample, *rules):
    """MB of text a second of one core, by the search alone; the best of a few rounds."""
    words = [bench.build / "bench/secret", *(w for r in rules for w in ("--rules", r)), sample]
    bench.commands.append((label, shlex.join(map(str, words))))
    runs = [subprocess.run(words, check=True, capture_output=True, text=True).stdout
            for _ in range(min(3, bench.rounds))]
    return max(float(re.search(r"^MB/s of text\t(\d+)", out, re.M)[1]) for out in runs)


def compare_speed(bench, command, sample, size):
    """Of whole programs, in CPU time; where the peer is packed its start is taken off."""
    ours = command("corten, secrets",
                   [bench.build / "bin/corten", "scan", "--quiet", "--offline", "--cache-dir",
                    bench.temporary / "cache-cold", "--families", "secret", "--format", "json",
                    "--output", bench.temporary / "ours.json", f"rootfs:{sample}"],
                   cold=bench.temporary / "cache-cold")
    ours.seconds()  # compiles the rules
    commands = [ours]
    if bench.peer:
        theirs = bench.peer.secrets(sample, bench.temporary / "peer-cold",
                                    bench.temporary / "theirs.json")
        commands.append(command("trivy, secrets", theirs, cold=bench.temporary / "peer-cold"))
        if bench.peer.packed:
            commands.append(command("trivy starts", bench.peer.version()))
    rounds, bench.rounds = bench.rounds, min(2, bench.rounds)
    bench.fastest(*commands)
    bench.rounds = rounds
    speed = size / 1e6 / bench.cpu[0]
    bench.tell("secrets: corten, all of it", speed, "MB/s")
    if bench.peer:
        peer_speed = size / 1e6 / (bench.cpu[1] - sum(bench.cpu[2:]))
        bench.tell("secrets: trivy, all of it", peer_speed, "MB/s")
        bench.tell("secrets: corten / trivy, CPU time", speed / peer_speed, least=10)


def measure_speed(bench, command, top):
    sample = bench.temporary / "sample"
    size = text_sample(top, sample)
    bench.tell("text of clean files", size / 1e6, "MB")
    bench.tell("secrets: the search alone", search_speed(bench, "search", sample,
               SOURCE / "rules/secret"), "MB/s", least=350)
    bench.tell("secrets: a gitleaks rule alone", search_speed(bench, "gitleaks", sample,
               SOURCE / "test/data/secret/gitleaks/assigned.toml"), "MB/s", least=100)
    compare_speed(bench, command, sample, size)


# --- application packages ---------------------------------------------------------------------------

ORACLES = [("npm", "apps.py npm"), ("yarn", "apps.py yarn"), ("pnpm", "apps.py pnpm"),
           ("bun", "apps.py bun"), ("Python", "apps.py python"), ("RubyGems", "apps.py gem"),
           ("Go", "apps_go.py"), ("Java", "apps_java.py"), ("Rust", "apps_rust.py"),
           ("JavaScript files", "apps_javascript.py"), ("products", "apps_products.py")]
SKIPPED = 77


def compare_packages(bench):
    """Each ecosystem's own tool, where it is here, against what Corten lists."""
    subprocess.run(["ninja", "-C", bench.build, "test/unit/apps/apps_list"], check=True,
                   stdout=subprocess.DEVNULL)
    for name, oracle in ORACLES:
        script, *arguments = oracle.split()
        words = [sys.executable, SOURCE / "test/oracle" / script, *arguments,
                 bench.build / "test/unit/apps/apps_list"]
        bench.commands.append((name, shlex.join(map(str, words))))
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = done.stdout.strip().splitlines() or ["said nothing"]
        if done.returncode == SKIPPED:
            print(f"  {name}: {lines[-1]}")
            continue
        for line in lines:
            figure = re.search(r"^ *(.*?)(?:: .*)?[:,] precision ([0-9.]+), recall ([0-9.]+)", line)
            if " of " in line or "skipped" in line:
                print(f"      {line.strip()}")
            if figure:
                what = name if figure[1][0].isdigit() else figure[1]
                bench.tell(f"{what}: precision", float(figure[2]))
                bench.tell(f"{what}: recall", float(figure[3]))
        bench.tell(f"{name}: not as its own tools say", int(done.returncode != 0), most=0)


def measure(bench, command):
    top = bench.temporary / "clean"
    top.mkdir()
    count_samples(bench)
    packages = clean.tree(bench.build / "bench-data/clean", top)
    count_secrets(bench, top, packages)
    count_malware(bench, top)
    measure_speed(bench, command, top)
    shutil.rmtree(top)
    shutil.rmtree(bench.temporary / "sample")
    compare_packages(bench)
