#!/usr/bin/env python3
"""git.py LIST: the reader of repositories against git.

Repositories are made by git: loose objects, packs with deltas, branches that were deleted,
merges, tags, renames, binary and big files, names of both hashes. Every object that git
says is a blob must be told once, with its bytes; where a commit is told, it must have the
blob at that path, and none of its ancestors may have it.
"""
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
       "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C"}


class Repo:
    def __init__(self, path, form="sha1"):
        self.path, self.clock, self.form = path, 1_600_000_000, form
        path.mkdir()
        self.git("init", "-q", "-b", "main", f"--object-format={form}")

    def git(self, *args, data=None):
        self.clock += 60
        date = f"{self.clock} +0000"
        env = dict(ENV, GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@b.test", GIT_COMMITTER_NAME="C",
                   GIT_COMMITTER_EMAIL="c@b.test", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        return subprocess.run(["git", "-c", "gc.auto=0", "-C", self.path, *args], env=env, input=data,
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def write(self, name, content):
        at = self.path / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, text="x"):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", text)


def fill(repo, rng):
    """A history with something of everything."""
    lines = [f"line {i} {rng.random()}" for i in range(400)]
    for step in range(25):
        lines[rng.randrange(len(lines))] = f"changed {step} {rng.random()}"
        repo.write("src/deep/er/file.txt", "\n".join(lines))
        repo.write(f"src/{step % 5}.c", f"int x{step};\n" * (step + 1))
        if step == 7:
            repo.write("bin/data", rng.randbytes(200_000))
            repo.write("empty", b"")
        if step == 9:
            repo.git("mv", "bin/data", "bin/moved")
        if step == 11:
            (repo.path / "src/2.c").unlink()
        repo.commit()
    repo.git("tag", "-a", "v1", "-m", "one")
    repo.git("checkout", "-q", "-b", "side", "HEAD~5")
    repo.write("side only", "side\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    repo.git("checkout", "-q", "-b", "gone")
    repo.write("gone.txt", "deleted branch\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "gone")
    repo.git("hash-object", "-w", "--stdin", data=b"nobody names it\n")


def blobs_of(repo):
    wanted = {}
    for line in repo.git("cat-file", "--batch-all-objects", "--batch-check").decode().split("\n"):
        if " blob " in line:
            wanted[line.split()[0]] = int(line.split()[2])
    return wanted


def ancestors_have(repo, commit, blob):
    parents = repo.git("rev-list", "--parents", "-n1", commit).decode().split()[1:]
    if not parents:
        return False
    objects = repo.git("rev-list", "--objects", "--stdin", data="\n".join(parents).encode()).decode()
    return any(line.split(" ")[0] == blob for line in objects.split("\n"))


def compare(tool, repo, rng):
    out = subprocess.run([tool, repo.path / ".git"] + (["sha256"] if repo.form == "sha256" else []),
                         check=True, stdout=subprocess.PIPE).stdout.decode()
    told, extra = {}, []
    for line in out.splitlines():
        word = line.split(" ", 6)
        if word[0] in ("problem", "missing", "error"):
            extra.append(line)
            continue
        assert word[0] not in told, f"told twice: {line}"
        told[word[0]] = word[1:]
    assert extra == ["missing 0 0"], extra
    wanted = blobs_of(repo)
    assert set(told) == set(wanted), (len(told), len(wanted), set(told) ^ set(wanted))
    named = 0
    for blob, (size, digest, commit, time, _order, path) in told.items():
        content = repo.git("cat-file", "blob", blob)
        assert int(size) == wanted[blob] == len(content), (blob, size)
        assert digest == hashlib.sha256(content).hexdigest(), blob
        if commit == "-":
            continue
        named += 1
        assert repo.git("rev-parse", f"{commit}:{path}").decode().strip() == blob, (commit, path)
        if rng.random() < 0.3:
            assert not ancestors_have(repo, commit, blob), (commit, path)
            assert repo.git("log", "-1", "--format=%at", commit).decode().strip() == time, commit
    return len(told), named


def main():
    if shutil.which("git") is None:
        print("skipped: git is not installed")
        return 77
    tool, rng = sys.argv[1], random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for form in ("sha1", "sha256"):
            repo = Repo(root / form, form)
            fill(repo, rng)
            print(form, "loose:", compare(tool, repo, rng))
            repo.git("gc", "-q", "--prune=never")
            print(form, "packed:", compare(tool, repo, rng))
            repo.write("later", "after the pack\n")
            repo.commit()
            print(form, "pack and loose:", compare(tool, repo, rng))
            repo.git("gc", "-q", "--aggressive", "--prune=never")
            print(form, "gc --aggressive:", compare(tool, repo, rng))
            repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f",
                     "--depth=200", "--window=50")
            print(form, "deltas that name their base:", compare(tool, repo, rng))
        repo = Repo(root / "big")
        repo.write("big.txt", "".join(f"{i} words and words\n" for i in range(1_200_000)))
        repo.write("zeros", bytes(40_000_000))
        repo.commit()
        print("big files:", compare(tool, repo, rng))
        repo.git("gc", "-q")
        print("big files, packed:", compare(tool, repo, rng))
    return 0


sys.exit(main())
