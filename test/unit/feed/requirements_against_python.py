"""Compares the affected ranges that importers make of lists of safe requirements with
the requirements themselves, version by version.

usage: requirements_against_python.py FEED-DUMP [COUNT [SEED]]

Advisories of RustSec (Cargo's requirements) and ruby-advisory-db (RubyGems') are made
at random; a version is affected exactly when no requirement lets it in. Versions and
bounds are releases of one to three small numbers, so that bounds meet often.
"""
import collections
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile

GRID = list(itertools.product(range(4), repeat=3))


def version(rng, least):
    return ".".join(str(rng.randrange(4)) for _ in range(rng.randrange(least, 4)))


def whole(text):
    numbers = tuple(map(int, text.split(".")))
    return numbers + (0,) * (3 - len(numbers)), len(numbers)


def lets_in(operator, bound, v, gem):
    low, given = whole(bound)
    if operator in ("~>", "^", "~"):
        if operator == "~>":
            kept = max(given - 1, 1)
        elif operator == "~":
            kept = min(given, 2)
        else:
            kept = 1
            while kept < given and kept < 3 and not any(low[:kept]):
                kept += 1
        return v >= low and v[:kept] == low[:kept]
    return {">=": v >= low, "<=": v <= low, ">": v > low, "<": v < low, "=": v == low}[operator]


def requirement(rng, gem):
    """[(operator, bound)], all of which must hold."""
    # A partial "=", ">" or "<=" means something else to Cargo; nobody publishes it.
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2])):
        operator = rng.choice([">=", "<", ">", "<=", "="] + (["~>"] * 3 if gem else ["^", "~"]))
        parts.append((operator, version(rng, 1 if gem or operator in (">=", "<", "^", "~") else 3)))
    return parts


def text_of(parts):
    return ", ".join(f"{operator} {bound}" for operator, bound in parts)


def cargo_document(number, patched, unaffected):
    quoted = [", ".join(f'"{text_of(r)}"' for r in rs) for rs in (patched, unaffected)]
    return (f'```toml\n[advisory]\nid = "RUSTSEC-2024-{number:04}"\npackage = "x"\n[versions]\n'
            f"patched = [{quoted[0]}]\nunaffected = [{quoted[1]}]\n```\n")


def gem_document(number, patched, unaffected):
    lines = [f"gem: x\ncve: 2024-{number:04}"]
    for name, rs in (("patched_versions", patched), ("unaffected_versions", unaffected)):
        lines.append(f"{name}: [" + ", ".join(f'"{text_of(r)}"' for r in rs) + "]")
    return "\n".join(lines) + "\n"


def bound_key(text):
    """Releases order as their numbers; what is made for "behind a version" lies before
    the next release of three numbers, a pre-release directly before its release."""
    behind = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\.1\.a", text)
    if behind:
        return [*map(int, behind.groups()), 0.5]
    numbers = [int(n) for n in re.sub(r"(-0|\.a)$", "", text).split(".")]
    return numbers + [0] * (4 - len(numbers))


def affected(spans, v):
    key = list(v) + [0]
    for low, fixed, last in spans:
        if low and key < bound_key(low):
            continue
        if (fixed and key >= bound_key(fixed)) or (last and key > bound_key(last)):
            continue
        return True
    return False


def spans_of(program, paths):
    out = subprocess.run([program, *paths], stdout=subprocess.PIPE, check=True).stdout.decode()
    spans, skipped = collections.defaultdict(list), set()
    for line in out.splitlines():
        fields = line.split("\t")
        if fields[0] == "fact":
            spans[fields[3]].append(tuple(fields[5:8]))
        elif fields[0] == "skipped" and "no range" not in line:
            skipped.add(fields[1])
    return spans, skipped


def compare(program, folder, rng, count, gem):
    cases, paths = {}, []
    for number in range(count):
        lists = [[requirement(rng, gem) for _ in range(rng.randrange(3))] for _ in range(2)]
        document = (gem_document if gem else cargo_document)(number + 1000, *lists)
        path = os.path.join(folder, f"{number}.{'yml' if gem else 'md'}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(document)
        paths.append(path)
        cases[f"{'CVE' if gem else 'RUSTSEC'}-2024-{number + 1000:04}"] = lists[0] + lists[1]
    spans, skipped = spans_of(program, paths)
    wrong = len(skipped)
    for name, requirements in cases.items():
        for v in GRID:
            safe = any(all(lets_in(o, b, v, gem) for o, b in r) for r in requirements)
            if affected(spans[name], v) == safe:
                wrong += 1
                print(f"{v} and {[text_of(r) for r in requirements]}: {spans[name]}")
                break
    print(f"{'gem' if gem else 'cargo'}: {count} advisories, {len(GRID)} versions each, "
          f"{wrong} wrong, {len(skipped)} not read")
    return wrong


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        wrong = sum(compare(program, folder, rng, count, gem) for gem in (False, True))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
