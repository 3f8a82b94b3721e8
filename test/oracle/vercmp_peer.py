#!/usr/bin/env python3
"""vercmp_peer.py SCHEME ORACLE COUNT [SEED]: random pairs against the ecosystem's own library.

ORACLE (vercmp_oracle.c) prints pairs with Corten's answer. The program of the
scheme in vercmp_peer/ reads "a TAB b" lines and writes '<', '=', '>' or '?' for
each as the ecosystem's reference implementation says; 'x' where that differs from
Corten's on purpose (doc/vercmp.md) or cannot tell. Without the library (Debian
packages, PEERS below) the status is 77: skipped.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vercmp_peer")
SKIPPED = 77
GO_PATH = "/usr/share/gocode"
MAVEN = "/usr/share/java/maven3-artifact.jar"
RUST_SEMVER = "/usr/share/cargo/registry"
# What each needs: programs, files, Debian packages.
PEERS = {
    "npm": (["node"], ["/usr/share/nodejs/semver/package.json"], "nodejs node-semver"),
    "pypi": ([], ["/usr/lib/python3/dist-packages/packaging/version.py"], "python3-packaging"),
    "gem": (["ruby"], [], "ruby"),
    "composer": (["php"], ["/usr/share/php/Composer/Semver/autoload.php"], "php-cli php-composer-semver"),
    "go": (["go"], [GO_PATH + "/src/golang.org/x/mod/semver/semver.go"], "golang-go golang-golang-x-mod-dev"),
    "maven": (["java"], [MAVEN], "default-jdk-headless libmaven3-core-java"),
    "cargo": ([], ["/usr/bin/rustc", RUST_SEMVER], "rustc librust-semver-dev"),
}


def run(arguments, workdir, **more):
    # No configuration of the user's counts, and nothing is fetched.
    environment = {"PATH": os.environ["PATH"], "HOME": workdir, "LC_ALL": "C.UTF-8", "GO111MODULE": "off",
                   "GOPATH": GO_PATH, "GOCACHE": os.path.join(workdir, "cache"), "GOFLAGS": "",
                   "NODE_PATH": "/usr/share/nodejs"}
    return subprocess.run(arguments, cwd=workdir, env=environment, check=True, text=True, **more)


def rust_semver():
    folders = [f for f in sorted(os.listdir(RUST_SEMVER)) if f.startswith("semver-1.")]
    return folders[0] if folders else None


def built_with_rust(workdir):
    folder = rust_semver()
    rustc = ["/usr/bin/rustc", "--edition", "2018", "-O"]
    run(rustc + ["--crate-type", "rlib", "--crate-name", "semver", "--cap-lints", "allow",
                 os.path.join(RUST_SEMVER, folder, "src", "lib.rs")], workdir)
    run(rustc + ["--extern", "semver=libsemver.rlib", "-o", "peer", os.path.join(HERE, "cargo.rs")], workdir)
    return [os.path.join(workdir, "peer")]


def command(scheme, workdir):
    """The peer's program as words; those of compiled languages are made in workdir."""
    def source(name):
        return os.path.join(HERE, name)
    if scheme == "go":
        run(["go", "build", "-o", "peer", source("go.go")], workdir)
        return [os.path.join(workdir, "peer")]
    if scheme == "cargo":
        return built_with_rust(workdir)
    return {"npm": ["node", source("npm.js")],
            "pypi": ["/usr/bin/python3", source("pypi.py")],
            "gem": ["ruby", "--disable-gems", "-rrubygems", source("gem.rb")],
            "composer": ["php", source("composer.php")],
            "maven": ["java", "-cp", MAVEN, source("Maven.java")]}[scheme]


def why_not(scheme):
    programs, files, packages = PEERS[scheme]
    absent = [p for p in programs if shutil.which(p) is None] + [f for f in files if not os.path.exists(f)]
    if scheme == "cargo" and not absent and not rust_semver():
        absent = ["semver 1"]
    return f"no {', '.join(absent)} (packages {packages})" if absent else None


def main(scheme, oracle, count, seed="1"):
    why = why_not(scheme)
    if why:
        print(f"{scheme}: skipped, {why}")
        return SKIPPED
    printed = subprocess.run([oracle, "print", scheme, count, seed], stdout=subprocess.PIPE, check=True, text=True)
    rows = [line.split("\t") for line in printed.stdout.split("\n") if line]
    with tempfile.TemporaryDirectory() as workdir:
        pairs = "".join(f"{a}\t{b}\n" for a, _, b in rows)
        answers = run(command(scheme, workdir), workdir, input=pairs, stdout=subprocess.PIPE).stdout.split()
    seen, differences = dict.fromkeys("<=>?x", 0), 0
    for (a, ours, b), theirs in zip(rows, answers):
        seen[theirs] += 1
        if theirs not in ("x", ours):
            differences += 1
            if differences <= 20:
                print(f"{a} {theirs} {b}, but Corten says {ours}")
    print(scheme + ": {<} less, {=} equal, {>} greater, {?} refused, {x} left out".format_map(seen))
    print(f"{scheme}: {len(rows)} pairs, {differences} differences")
    return 1 if differences or len(answers) != int(count) or len(rows) != int(count) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
