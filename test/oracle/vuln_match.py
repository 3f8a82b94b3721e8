#!/usr/bin/env python3
"""vuln_match.py MATCHER DATABASE FACTS PACKAGES [SEED]: matching against dpkg.

FACTS is a table of db/facts, DATABASE was compiled from it. Packages of Debian
12 and 13 are made up around the versions that the facts name, as the archive
makes them: older and newer revisions, backports, binary rebuilds, epochs. Which
CVEs touch each is decided here, fact by fact, by `dpkg --compare-versions`, and
must be what Corten finds: precision and recall are printed, and must be 1.
"""
import collections
import pathlib
import random
import re
import subprocess
import sys

RELEASES = ("12", "13")


def rows_of(path):
    """A table's rows by column; zstd or plain."""
    text = subprocess.run(["zstd", "-dcqf", path], stdout=subprocess.PIPE, check=True, text=True).stdout
    columns = None
    for line in text.splitlines():
        if line.startswith("#columns\t"):
            columns = line.split("\t")[1:]
        if not line.startswith("#"):
            yield dict(zip(columns, line.split("\t")))


def read_facts(path):
    """{release: {source: {cve: [fixed version]}}}, without what the corrections
    beside the table say is not affected."""
    facts = collections.defaultdict(lambda: collections.defaultdict(dict))
    for row in rows_of(path):
        release = row["ecosystem"].partition(":")[2]
        for cve in row["id"].split(","):
            facts[release][row["package"]].setdefault(cve, []).append(row["fixed"])
    for row in rows_of(pathlib.Path(path).with_name("debian-corrections.tsv")):
        if row["status"] == "not-affected":
            release = row["ecosystem"].partition(":")[2]
            facts[release][row["package"]].pop(row["id"], None)
    return facts


def revision_before(version):
    """The number at the end made one smaller, or None."""
    m = re.fullmatch(r"(.*?)(\d+)", version)
    return m.group(1) + str(int(m.group(2)) - 1) if m and int(m.group(2)) > 0 else None


def version_near(rng, fixed):
    """(source version, binary version) near a fixed one."""
    choices = [fixed, fixed + "+deb12u1", fixed + "~deb12u1", fixed + "~bpo12+1", fixed + "+b3", "0~" + fixed.replace(":", "."),
               revision_before(fixed) or fixed]
    source = rng.choice(choices)
    return source, rng.choice([source, source, source + "+b2"])


def make_packages(rng, facts, count):
    sources = sorted(facts)
    for number in range(count):
        source = rng.choice(sources)
        cve = rng.choice(sorted(facts[source]))
        version, binary = version_near(rng, rng.choice(facts[source][cve]))
        yield f"lib{source}{number}", binary, source, version


class Dpkg:
    """dpkg --compare-versions, each question once."""

    def __init__(self):
        self.known = {}

    def less(self, a, b):
        if (a, b) not in self.known:
            run = subprocess.run(["dpkg", "--compare-versions", a, "lt", b], stderr=subprocess.DEVNULL)
            if run.returncode > 1:
                raise SystemExit(f"dpkg cannot read {a} or {b}")
            self.known[a, b] = run.returncode == 0
        return self.known[a, b]


def truth(dpkg, facts, packages):
    found = set()
    for name, binary, source, version in packages:
        for cve, fixed in facts[source].items():
            if any(dpkg.less(version, f) for f in fixed):
                found.add((name, binary, cve))
    return found


def match(matcher, database, release, packages):
    text = "".join("\t".join(p) + "\n" for p in packages)
    run = subprocess.run([matcher, database, "debian", release], input=text, stdout=subprocess.PIPE, check=True, text=True)
    rows = [tuple(line.split("\t")[:3]) for line in run.stdout.splitlines()]
    if len(rows) != len(set(rows)):
        raise SystemExit("a package has the same CVE twice")
    return set(rows)


def main(matcher, database, facts_file, count, seed="1"):
    rng, dpkg, all_facts = random.Random(int(seed)), Dpkg(), read_facts(facts_file)
    wanted = got = both = asked = 0
    for release in RELEASES:
        facts = {s: c for s, c in all_facts[release].items() if len(c) < 100}
        packages = list(make_packages(rng, facts, int(count)))
        expected, found = truth(dpkg, facts, packages), match(matcher, database, release, packages)
        for row in sorted(expected ^ found)[:20]:
            print(release, *row, "missing" if row in expected else "too much")
        wanted, got, both = wanted + len(expected), got + len(found), both + len(expected & found)
        asked += len(packages)
    print(f"{asked} packages, {len(dpkg.known)} comparisons by dpkg, {wanted} true findings: "
          f"precision {both / max(got, 1):.4f}, recall {both / max(wanted, 1):.4f}")
    return 0 if wanted > 0 and wanted == got == both else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
