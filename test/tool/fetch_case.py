"""For the registry cases: drives corten-fetch through fetch_client and prints what
test/tool/run-cases.py reads."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

BIN = pathlib.Path(os.environ["CORTEN_BIN"]).resolve()
TMP = pathlib.Path(os.environ["CASE_TMP"]).resolve()

failures = []


def check(name, good, why=""):
    if good:
        print("ok", name)
    else:
        failures.append(name)
        print(f"not ok {name}: {' | '.join(str(why).split(chr(10)))}")
    sys.stdout.flush()


def skip(name, why):
    print(f"skip {name}: {why}")


class Client:
    """fetch_client beside corten-fetch, where it looks for it."""

    def __init__(self):
        self.folder = TMP / "bin"
        self.folder.mkdir()
        shutil.copy(BIN / "corten-fetch", self.folder)
        shutil.copy(BIN.parent / "test" / "unit" / "source" / "fetch_client", self.folder)
        self.docker = TMP / "docker"
        self.docker.mkdir()
        self.env = {"PATH": f"{self.folder}:/usr/bin:/bin", "HOME": str(TMP),
                    "DOCKER_CONFIG": str(self.docker)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def config(self, document):
        (self.docker / "config.json").write_text(json.dumps(document))

    def helper(self, name, script):
        path = self.folder / ("docker-credential-" + name)
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    def __call__(self, *args, password=None, **env):
        p = subprocess.run([self.folder / "fetch_client", *map(str, args)],
                           input=password, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, errors="replace", timeout=120, env={**self.env, **env})
        return p.stdout + p.stderr


def fails(name, output, code, *words):
    good = output.startswith(f"error {code} ") and all(w in output for w in words)
    check(name, good, output)
