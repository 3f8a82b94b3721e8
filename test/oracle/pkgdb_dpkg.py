#!/usr/bin/env python3
"""pkgdb_dpkg.py PKGDB_LIST [COUNT [SEED]]: dpkg's own list against Corten's.

Twice: for this machine's status file, and for COUNT random packages in every
state that dpkg knows. dpkg-query prints what it has; PKGDB_LIST (pkgdb_list.c)
what Corten reads from the same file; all rows must be equal.
"""
import os
import random
import subprocess
import sys
import tempfile

FORMAT = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
# Files of these are not there.
ABSENT = {"not-installed", "config-files"}
STATES = ["installed"] * 6 + ["unpacked", "half-configured", "half-installed", "triggers-awaited",
                              "triggers-pending", "config-files", "not-installed"]


def dpkg_rows(admindir):
    run = subprocess.run(["dpkg-query", "--admindir=" + admindir, "-W", "-f", FORMAT],
                         stdout=subprocess.PIPE, check=True, text=True)
    rows = (line.split("\t", 1) for line in run.stdout.splitlines())
    return sorted(row for state, row in rows if state not in ABSENT)


def corten_rows(pkgdb_list, admindir):
    run = subprocess.run([pkgdb_list, "dpkg", os.path.join(admindir, "status")],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, text=True)
    if run.stderr:
        sys.exit("Corten left out: " + run.stderr)
    return sorted("\t".join(line.split("\t")[:5]) for line in run.stdout.splitlines())


def version(rng):
    text = rng.choice(["", "", "1:", "2:"]) + str(rng.randrange(20))
    for _ in range(rng.randrange(4)):
        text += rng.choice([".", "+dfsg", "~rc", ".0", "+git"]) + str(rng.randrange(100))
    return text + rng.choice(["", "-1", "-2ubuntu3", "-0.1", "-1+b2", "-1~deb12u4"])


def paragraph(rng, number):
    state = rng.choice(STATES)
    want = {"config-files": "deinstall", "not-installed": "purge"}.get(state, rng.choice(["install", "hold"]))
    flag = "reinstreq" if state == "half-installed" else "ok"
    fields = [f"Status: {want} {flag} {state}",
              "Maintainer: Somebody <somebody@example.org>",
              "Architecture: " + rng.choice(["amd64", "all", "i386"]),
              "Description: a package\n that nobody needs\n .\n Version: 99\n Package: not this"]
    if state not in ("not-installed",):
        fields.append("Version: " + version(rng))
    if state == "triggers-awaited":
        fields.append("Triggers-Awaited: package-0")
    if state == "triggers-pending":
        fields.append("Triggers-Pending: /usr/share/doc")
    if state in ("config-files", "half-configured"):
        fields.append("Config-Version: " + version(rng))
    source = rng.choice(["", "", "other", "other (%s)" % version(rng), "package-%d (%s)" % (number, version(rng))])
    if source:
        fields.append(rng.choice(["Source: ", "source:", "SOURCE:  "]) + source)
    if state != "not-installed" and rng.randrange(3) == 0:
        fields.append("Conffiles:\n /etc/x 0123456789abcdef0123456789abcdef")
    rng.shuffle(fields)
    return "\n".join(["Package: package-%d" % number] + fields) + "\n"


def compare(what, theirs, ours):
    differences = len(set(theirs) ^ set(ours)) + abs(len(theirs) - len(ours))
    for row in sorted(set(theirs) ^ set(ours))[:20]:
        print(("dpkg:   " if row in theirs else "Corten: ") + row)
    print(f"{what}: {len(theirs)} packages, {differences} differences")
    return differences == 0 and len(theirs) > 0


def main(pkgdb_list, count="2000", seed="1"):
    good = True
    if os.path.exists("/var/lib/dpkg/status"):
        admindir = "/var/lib/dpkg"
        good &= compare("this machine", dpkg_rows(admindir), corten_rows(pkgdb_list, admindir))
    with tempfile.TemporaryDirectory() as admindir:
        rng = random.Random(int(seed))
        for folder in ("updates", "info", "triggers"):
            os.mkdir(os.path.join(admindir, folder))
        with open(os.path.join(admindir, "status"), "w", encoding="utf-8") as status:
            status.write("\n".join(paragraph(rng, i) for i in range(int(count))))
        good &= compare("random", dpkg_rows(admindir), corten_rows(pkgdb_list, admindir))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
