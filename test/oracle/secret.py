#!/usr/bin/env python3
"""secret.py ECHO RULES SEED: the search for secrets against Python's re.

The expression of every content rule in the folder RULES becomes a rule of its own
without checks, as gitleaks writes them. Files of several windows are made up of
noise, of the rules' own samples and of pieces of them. What the engine finds, in
pieces of a random size, must be what re finds in the whole text: the same places,
lines and columns.
"""
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import tomllib

WINDOW, KEEP, LEFT = 256 * 1024, 16 * 1024, 256


def content_rules(folder):
    for path in sorted(pathlib.Path(folder).glob("*.toml")):
        for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("rules", []):
            if "regex" in rule:
                yield rule


def noise(rng, size):
    words = ["key", "=", "password:", "the", "x" * 30, "AKIA", "-----BEGIN", "\n", "\n\n", "\t",
             "https://a.test/b", '"', "'", "0123456789abcdef", "eyJ", ":", "@", "}"]
    out, n = [], 0
    while n < size:
        out.append(rng.choice(words))
        n += len(out[-1]) + 1
    return " ".join(out)[:size]


def make_text(rng, samples):
    """Samples at random places, and at those where windows meet."""
    size = rng.choice([500, 20_000, WINDOW + 5_000, 2 * WINDOW])
    text = noise(rng, size)
    step = WINDOW - KEEP - LEFT
    edges = [e for e in (WINDOW, WINDOW - KEEP, step, 2 * step) if e < size]
    for _ in range(rng.randrange(1, 30)):
        sample = rng.choice(samples)
        if rng.random() < 0.3:
            sample = sample[rng.randrange(len(sample)):]
        at = rng.choice(edges) - rng.randrange(len(sample) + 2) if edges and rng.random() < 0.6 \
            else rng.randrange(size)
        at = max(0, at)
        text = text[:at] + rng.choice(["", " ", "\n"]) + sample + rng.choice(["", " ", "\n"]) + \
            text[at + len(sample):]
    return text


def secret_span(match):
    for group in range(1, (match.re.groups or 0) + 1):
        if match.group(group):
            return match.span(group)
    return match.span()


def expected(regex, text):
    """(offset, line, column) of every secret, each text once."""
    seen = set()
    for match in regex.finditer(text):
        start, end = secret_span(match)
        if start == end or text[start:end] in seen:
            continue
        seen.add(text[start:end])
        line_start = text.rfind("\n", 0, start) + 1
        yield start, text.count("\n", 0, start) + 1, start - line_start + 1


def python_regex(regex):
    """What re writes otherwise; None for what it cannot."""
    if "(?i)" in regex[4:] or re.search(r"\[\[:|\\z|\\p", regex):
        return None
    regex = re.sub(r"\$(?=\)|$)", r"\\Z", regex) if not regex.startswith(("(?m)", "(?im)")) else regex
    return re.compile(regex, re.A)


def check(echo, rule, rng, folder):
    regex = python_regex(rule["regex"])
    if regex is None:
        return None
    text = make_text(rng, rule["test"]["fire"] + rule["test"]["silent"])
    (folder / "rules.toml").write_text(
        f"[[rules]]\nid = \"{rule['id']}\"\nregex = '''{rule['regex']}'''\n", encoding="utf-8")
    (folder / "text").write_text(text, encoding="ascii")
    piece = rng.choice([1 << 30, 4096, 262144, rng.randrange(1000, 400_000)])
    out = subprocess.run([echo, folder / "rules.toml", folder / "text", str(piece)], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    if "limit\t" in out:  # what was left out is said
        return True
    found = sorted(tuple(int(x) for x in row.split("\t")[1:]) for row in out.splitlines())
    want = sorted(expected(regex, text))
    if found != want:
        print(f"{rule['id']}: found {found[:5]}, not {want[:5]} ({len(found)}, {len(want)}), "
              f"{len(text)} bytes in pieces of {piece}")
    return found == want


def main():
    echo, rules, seed = sys.argv[1:]
    rng = random.Random(int(seed))
    results = []
    with tempfile.TemporaryDirectory() as name:
        for rule in content_rules(rules):
            results += [check(echo, rule, rng, pathlib.Path(name)) for _ in range(3)]
    wrong, left = results.count(False), results.count(None)
    print(f"{len(results) - left} texts, {wrong} wrong; {left} of expressions that re cannot read")
    sys.exit(wrong > 0)


main()
