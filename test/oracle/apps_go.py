#!/usr/bin/env python3
"""apps_go.py APPS_LIST: the Go toolchain against Corten, on programs built here.

A small program with modules of every kind (released, replaced by another, replaced by
a folder, indirect) comes from a proxy that is a folder, so that nothing is downloaded.
It is built in several ways, and once more its table of sections is cut off. What
`go version -m` prints and what APPS_LIST (apps_list.c) reads must be the same
modules. So must it be for the toolchain's own programs.
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

MODULES = {  # path: version, and the package that it needs
    "example.org/leaf": ("v1.2.3", None),
    "example.org/middle/v2": ("v2.0.1", "example.org/leaf"),
    "example.org/forked": ("v0.1.0", None),
    "example.org/fork": ("v0.1.1-0.20200102030405-0123456789ab", None),
    "example.org/local": ("v1.0.0", None),
    "example.org/old": ("v3.4.5+incompatible", None),
}
MAIN = """module example.org/tool

go 1.18

require (
%s
)

replace example.org/forked => example.org/fork %s
replace example.org/local => ./local
"""
BUILDS = {
    "plain": ([], {}),
    "stripped": (["-ldflags=-s -w"], {}),
    "pie": (["-buildmode=pie"], {}),
    "trimmed": (["-trimpath"], {}),
    "told": (["-ldflags=-s -X main.version=1.4.2"], {}),
    "386": ([], {"GOARCH": "386"}),
    "big-endian": ([], {"GOARCH": "mips", "GOOS": "linux"}),
}


def package(path):
    return path.split("/")[1]


def source(path, needs):
    use = f'import needed "{needs}"\n' if needs else ""
    value = "needed.Value + 1" if needs else "1"
    return f"package {package(path)}\n{use}\nvar Value = {value}\n"


def go_mod(path, needs):
    text = f"module {path}\n"
    return text + (f"require {needs} {MODULES[needs][0]}\n" if needs else "")


def make_proxy(proxy):
    for path, (version, needs) in MODULES.items():
        folder = proxy / path / "@v"
        folder.mkdir(parents=True)
        (folder / "list").write_text(version + "\n")
        (folder / f"{version}.info").write_text('{"Version":"%s"}' % version)
        (folder / f"{version}.mod").write_text(go_mod(path, needs))
        with zipfile.ZipFile(folder / f"{version}.zip", "w") as z:
            top = f"{path}@{version}/"
            if not version.endswith("+incompatible"):
                z.writestr(top + "go.mod", go_mod(path, needs))
            z.writestr(top + "a.go", source(path, needs))


def make_program(folder):
    used = [path for path in MODULES if path != "example.org/fork"]
    requires = "\n".join(f"\t{path} {MODULES[path][0]}" for path in used)
    imports = "".join(f'import {package(path)} "{path}"\n' for path in used)
    total = " + ".join(package(path) + ".Value" for path in used)
    (folder / "local").mkdir()
    (folder / "local" / "go.mod").write_text("module example.org/local\n")
    (folder / "local" / "a.go").write_text(source("example.org/local", None))
    (folder / "go.mod").write_text(MAIN % (requires, MODULES["example.org/fork"][0]))
    (folder / "main.go").write_text(
        f'package main\n{imports}\nvar version = "none"\n\nfunc main() {{ println(version, {total}) }}\n')


def without_sections(program, to):
    raw = bytearray(program.read_bytes())
    struct.pack_into("<Q", raw, 40, 0)
    struct.pack_into("<HH", raw, 60, 0, 0)
    to.write_bytes(raw)
    to.chmod(0o755)


def wanted(go, program, told):
    """The rows that ought to be read, after `go version -m`."""
    lines = subprocess.run([go, "version", "-m", program], stdout=subprocess.PIPE, check=True,
                           text=True).stdout.splitlines()
    rows = [("stdlib", lines[0].split(": go")[1].split()[0])]
    for line in lines[1:]:
        word, *fields = line.strip().split("\t")
        if word == "mod" and fields[0] != "command-line-arguments":
            version = "v" + told if fields[1] == "(devel)" and told else fields[1]
            rows.append((fields[0], version))
        elif word == "dep":
            rows.append((fields[0], fields[1]))
        elif word == "=>" and fields[0].startswith("."):
            rows[-1] = (rows[-1][0], "-")
        elif word == "=>":
            rows[-1] = (fields[0], fields[1])
    return sorted((name, "-" if version == "(devel)" else version) for name, version in rows)


def found(apps_list, program):
    run = subprocess.run([apps_list, program.parent, program.name], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    if run.returncode != 0 or run.stderr:
        sys.exit(f"{program}: {run.stderr}")
    rows = (line.split("\t") for line in run.stdout.splitlines())
    return sorted((row[2], row[3]) for row in rows if row[1] == "golang")


def compare(what, want, have):
    if want != have:
        print(f"{what}: read {[r for r in have if r not in want]}, "
              f"instead of {[r for r in want if r not in have]}")
    return want == have


def built(go, apps_list, top):
    env = {**os.environ, "GOPROXY": f"file://{top}/proxy", "GOSUMDB": "off", "GOFLAGS": "-mod=mod",
           "GOPATH": f"{top}/path", "GOCACHE": f"{top}/cache", "CGO_ENABLED": "0", "GO111MODULE": "on",
           "GOTOOLCHAIN": "local", "GOWORK": "off"}
    make_proxy(top / "proxy")
    (top / "program").mkdir()
    make_program(top / "program")
    right = count = 0
    for name, (flags, more) in BUILDS.items():
        program = top / name
        run = subprocess.run([go, "build", *flags, "-o", program, "."], cwd=top / "program",
                             env={**env, **more}, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            print(f"{name}: not built here: {run.stderr.strip().splitlines()[-1]}")
            continue
        want = wanted(go, program, "1.4.2" if name == "told" else None)
        right += compare(name, want, found(apps_list, program))
        count += 1
        if name in ("plain", "stripped", "pie"):
            without_sections(program, top / (name + "-bare"))
            right += compare(name + " without sections", want, found(apps_list, top / (name + "-bare")))
            count += 1
    subprocess.run([go, "clean", "-modcache"], env=env, check=False)  # its files are read-only
    return right, count


def toolchain(go, apps_list):
    root = subprocess.run([go, "env", "GOROOT"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    programs = [p for p in pathlib.Path(root).glob("pkg/tool/*/*") if p.is_file()]
    programs.append(pathlib.Path(root) / "bin" / "go")
    programs = [p.resolve() for p in programs if p.exists()]
    return sum(compare(p, wanted(go, p, None), found(apps_list, p)) for p in programs), len(programs)


def main():
    go, apps_list = shutil.which("go"), os.path.abspath(sys.argv[1])
    if go is None:
        print("skipped: there is no Go toolchain (Debian package golang-go)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as top:
        right, count = built(go, apps_list, pathlib.Path(top))
    more_right, more = toolchain(go, apps_list)
    print(f"{right} of {count} built programs and {more_right} of {more} of the toolchain as go version -m")
    sys.exit(right != count or more_right != more or count < 8)


if __name__ == "__main__":
    main()
