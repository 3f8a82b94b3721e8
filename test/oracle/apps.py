#!/usr/bin/env python3
"""apps.py WHAT APPS_LIST: packages of real trees, by the ecosystem's own tool and by Corten.

WHAT is
  npm     a project that npm installs here: `npm ls` against node_modules and
          against package-lock.json, also what is only for development
  yarn, pnpm, bun
          the same project by these: their own lists against their lock files
  python  a virtual environment with packages of Debian's wheels, and this machine's
          packages: `pip list` against their dist-info
  gem     this machine's gems: `gem list` against their specifications

Prints precision and recall; the status is 1 unless both are 1, 77 when the tool is not
there or cannot reach its registry. Only packages by name come from registries, none of
their scripts is run.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Small, old, and with a scope, an alias, two versions of one package and nested trees.
PROJECT = {
    "name": "demo", "version": "1.0.0", "private": True, "license": "Apache-2.0",
    "dependencies": {"express": "4.18.2", "@babel/code-frame": "7.22.5",
                     "old-debug": "npm:debug@2.6.9"},
    "devDependencies": {"mocha": "10.2.0"},
}
# Locked, and installed on macOS only.
OTHER_SYSTEMS = {"fsevents"}


class Skip(Exception):
    pass


def need(tool):
    if shutil.which(tool) is None:
        raise Skip(f"there is no {tool}")


def run(words, folder=None, may_fail=False, **more):
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=240, **more)
    if done.returncode != 0 and not may_fail:
        raise Skip(f"{' '.join(words[:3])} failed: {done.stderr.strip()[-200:]}")
    return done.stdout


def corten(apps_list, folder, *files):
    """Rows as (kind, type, name, version, dev, direct, line, licence, inner, path)."""
    done = subprocess.run([apps_list, folder, *files], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"not ok: Corten could not read: {done.stderr}")
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def compare(what, theirs, ours):
    """True when both sets are equal; prints what is in one only."""
    theirs, ours = set(theirs), set(ours)
    if not theirs:
        sys.exit(f"not ok: {what}: the tool lists nothing")
    both = len(theirs & ours)
    print(f"{what}: {len(theirs)} packages, precision {both / max(1, len(ours)):.4f}, "
          f"recall {both / len(theirs):.4f}")
    for side, rows in (("only the tool", theirs - ours), ("only Corten", ours - theirs)):
        for row in sorted(rows, key=str)[:10]:
            print(f"  {side}: {row}")
    return theirs == ours


# --- node ----------------------------------------------------------------------------------

def write_project(folder):
    pathlib.Path(folder, "package.json").write_text(json.dumps(PROJECT), encoding="utf-8")


def npm_tree(node, found, real):
    """Names and versions of `npm ls --all --json`. An alias has its real name in the tree
    of node_modules only: real maps the alias to it."""
    stack = [node]
    while stack:
        for name, child in stack.pop().get("dependencies", {}).items():
            if "version" in child:  # else: optional and not installed
                found.add((real.get(name, name), child["version"]))
            stack.append(child)
    return found


def npm_list(folder, *options):
    text = run(["npm", "ls", "--all", "--json", *options], folder, may_fail=True)
    return npm_tree(json.loads(text), set(), {"old-debug": "debug"})


def npm(apps_list, folder):
    need("npm")
    write_project(folder)
    run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    everything, needed = npm_list(folder), npm_list(folder, "--omit=dev")
    in_lock = npm_list(folder, "--package-lock-only")
    rows = corten(apps_list, folder)
    installed = {r[2:4] for r in rows if r[0] == "npm-package" and r[9] != "package.json"}
    locked = {r[2:4] for r in rows if r[0] == "npm-lock"}
    for_run = {r[2:4] for r in rows if r[0] == "npm-lock" and r[4] != "dev"}
    direct = {r[2] for r in rows if r[0] == "npm-lock" and r[5] == "direct"}
    asked = {"express", "@babel/code-frame", "debug", "mocha"}
    return all([compare("npm, installed", everything, installed),
                compare("npm, locked", in_lock, locked),
                compare("npm, locked for run time", needed, for_run),
                compare("npm, asked for directly", asked, direct)])


def tool_of_npm(name, version, folder):
    """A package manager that npm has: its program in a folder of its own."""
    need("npm")
    home = os.path.join(folder, "tool")
    os.mkdir(home)
    run(["npm", "install", "--prefix", home, "--ignore-scripts", "--no-audit", "--no-fund",
         f"{name}@{version}"])
    return os.path.join(home, "node_modules", ".bin", name)


def yarn(apps_list, folder):
    program = tool_of_npm("yarn", "1.22.22", folder)
    project = os.path.join(folder, "project")
    os.mkdir(project)
    write_project(project)
    run([program, "install", "--ignore-scripts", "--non-interactive", "--cache-folder",
         os.path.join(folder, "cache")], project)
    theirs = {r[2:4] for r in corten(apps_list, project) if r[0] == "npm-package"}
    theirs.discard(("demo", "1.0.0"))
    listed = set()
    for line in run([program, "list", "--json", "--no-progress"], project).splitlines():
        stack = json.loads(line)["data"].get("trees", [])
        while stack:
            tree = stack.pop()
            name, _, version = tree["name"].rpartition("@")
            if re.match(r"\d", version) and not tree.get("shadow"):
                listed.add(("debug" if name == "old-debug" else name, version))
            stack.extend(tree.get("children", []))
    ours = {r[2:4] for r in corten(apps_list, project, "yarn.lock")}
    return all([compare("yarn, locked", listed, ours),
                compare("yarn, installed", {p for p in listed if p[0] not in OTHER_SYSTEMS},
                        theirs)])


def pnpm_dependencies(project, found):
    """Of `pnpm ls --json --depth Infinity`."""
    stack = [project]
    while stack:
        node = stack.pop()
        for kind in ("dependencies", "devDependencies", "optionalDependencies"):
            for name, child in node.get(kind, {}).items():
                found.add((child.get("from", name), child["version"]))
                stack.append(child)
    return found


def pnpm_of(version, apps_list, folder):
    program = tool_of_npm("pnpm", version, folder)
    project = os.path.join(folder, "project")
    os.mkdir(project)
    write_project(project)
    run([program, "install", "--ignore-scripts", "--store-dir", os.path.join(folder, "store")],
        project)
    lists = []
    for options in ([], ["--prod"]):
        text = run([program, "ls", "--json", "--depth", "Infinity", *options], project)
        found = set()
        for root in json.loads(text):
            pnpm_dependencies(root, found)
        lists.append(found)
    rows = corten(apps_list, project, "pnpm-lock.yaml")
    return all([compare(f"pnpm {version}, locked", lists[0], {r[2:4] for r in rows}),
                compare(f"pnpm {version}, locked for run time", lists[1],
                        {r[2:4] for r in rows if r[4] != "dev"})])


def pnpm(apps_list, folder):
    good = []
    for version in ("7.33.7", "8.15.9", "9.15.9"):
        part = os.path.join(folder, version)
        os.mkdir(part)
        good.append(pnpm_of(version, apps_list, part))
    return all(good)


def bun(apps_list, folder):
    if os.uname().machine != "x86_64":
        raise Skip("its program for this machine is not asked for")
    tool_of_npm("@oven/bun-linux-x64-baseline", "1.2.15", folder)
    program = os.path.join(folder, "tool/node_modules/@oven/bun-linux-x64-baseline/bin/bun")
    project = os.path.join(folder, "project")
    os.mkdir(project)
    write_project(project)
    home = dict(os.environ, HOME=folder)
    run([program, "install", "--ignore-scripts", "--save-text-lockfile"], project, env=home)
    listed = set()
    for line in run([program, "pm", "ls", "--all"], project, env=home).splitlines()[1:]:
        name, _, version = line.lstrip("│├─└ ").rpartition("@")
        listed.add(("debug" if name == "old-debug" else name, version))
    ours = {r[2:4] for r in corten(apps_list, project, "bun.lock")}
    return compare("bun, locked", listed, ours)


# --- Python ----------------------------------------------------------------------------------

def normal(name):
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip_list(python):
    text = run([python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"])
    return {(normal(p["name"]), p["version"]) for p in json.loads(text)}


def python_rows(apps_list, folders):
    """pip lists what lies in a folder of its path; what a package brings with it inside
    (`_vendor`) Corten tells, too, and pip does not."""
    rows = set()
    for folder in folders:
        for r in corten(apps_list, folder):
            if r[0] == "python-dist" and "/" not in re.sub(
                    r"(\.dist-info/METADATA|\.egg-info(/PKG-INFO)?)$", "", r[9]):
                rows.add((normal(r[2]), r[3]))
    return rows


def python_path(python):
    text = run([python, "-c", "import sys, json; print(json.dumps(sys.path[1:]))"])
    return [p for p in json.loads(text) if os.path.isdir(p)]


def virtual_environment(apps_list, folder, venv):
    inside = os.path.join(venv, "bin", "python")
    try:
        run([inside, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--retries", "0",
             "requests", "pyyaml", "ruamel.yaml", "Jinja2"])
    except Skip as why:
        print(f"  only with what it begins with: {why}")
    listed = pip_list(inside)
    site = [p for p in python_path(inside) if p.startswith(venv)]
    frozen = run([inside, "-m", "pip", "freeze", "--all"])
    pathlib.Path(folder, "requirements.txt").write_text(frozen, encoding="utf-8")
    rows = corten(apps_list, folder, "requirements.txt")
    return all([compare("pip, virtual environment", listed, python_rows(apps_list, site)),
                compare("pip freeze, pinned", listed, {(normal(r[2]), r[3]) for r in rows})])


def python(apps_list, folder):
    machine, venv = "/usr/bin/python3", os.path.join(folder, "venv")
    need(machine)
    good = []
    try:
        run([machine, "-m", "venv", venv])
    except Skip as why:
        print(f"virtual environment: skipped, {why}")
    else:
        good.append(virtual_environment(apps_list, folder, venv))
    try:
        good.append(compare("pip, this machine", pip_list(machine),
                            python_rows(apps_list, python_path(machine))))
    except Skip as why:
        print(f"this machine: skipped, {why}")
    if not good:
        raise Skip("neither venv nor pip works here")
    return all(good)


# --- Ruby -----------------------------------------------------------------------------------

def gem(apps_list, folder):
    need("gem")
    theirs = set()
    for line in run(["gem", "list", "--local"]).splitlines():
        match = re.fullmatch(r"(\S+) \((.*)\)", line)
        if match:
            for version in match[2].split(", "):
                theirs.add((match[1], version.removeprefix("default: ").split(" ")[0]))
    ours = set()
    code = "puts Gem.path, Gem.default_specifications_dir"
    for path in run(["ruby", "-e", code]).split():
        if os.path.isdir(path):
            ours |= {r[2:4] for r in corten(apps_list, path) if r[0] == "gemspec"}
    return compare("gem, this machine", theirs, ours)


def main():
    what, apps_list = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="corten-apps-") as folder:
        try:
            good = {"npm": npm, "yarn": yarn, "pnpm": pnpm, "bun": bun, "python": python,
                    "gem": gem}[what](apps_list, folder)
        except Skip as why:
            print(f"{what}: skipped, {why}")
            return SKIPPED
    return 0 if good else 1


sys.exit(main())
