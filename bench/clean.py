"""The packages of test/data/clean-packages.txt: fetched once by name and version, unpacked
into a tree as an image would have them. Nothing of them is installed or run."""

import pathlib
import subprocess
import tarfile

LIST = pathlib.Path(__file__).resolve().parents[1] / "test/data/clean-packages.txt"
BATCH = 25


def listed(kind):
    """[(name, version)]"""
    rows = (line.split() for line in LIST.read_text(encoding="utf-8").splitlines())
    return [(row[1], row[2]) for row in rows if row[0] == kind]


def run(words, folder):
    try:
        return subprocess.run(words, cwd=folder, check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


class Debian:
    kind = "debian"

    def __init__(self, folder):
        self.folder = folder / "debian"

    def file(self, name, version):
        """The newest of that version, or of any version when it is None."""
        version = "*" if version is None else version.replace(":", "%3a")
        return next(iter(sorted(self.folder.glob(f"{name}_{version}_*.deb"))[::-1]), None)

    def download(self, packages):
        return run(["apt-get", "-q", "download", *(f"{n}={v}" for n, v in packages)], self.folder)

    def download_current(self, name):
        return run(["apt-get", "-q", "download", name], self.folder)

    def unpack(self, _name, archive, tree):
        """Only /usr: what packages put elsewhere is for an administrator to change."""
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive],
                              stdout=subprocess.PIPE) as out:
            subprocess.run(["tar", "-x", "-C", tree, "--no-same-owner",
                            "--keep-directory-symlink", "./usr"],
                           stdin=out.stdout, stderr=subprocess.DEVNULL, check=False)


class Npm:
    kind = "npm"

    def __init__(self, folder):
        self.folder = folder / "npm"

    def file(self, name, version):
        name = name.removeprefix("@").replace("/", "-")
        path = self.folder / f"{name}-{version}.tgz"
        return path if path.exists() else None

    def download(self, packages):
        return run(["npm", "pack", "--silent", "--ignore-scripts",
                    *(f"{n}@{v}" for n, v in packages)], self.folder)

    def download_current(self, _name):
        return False  # versions do not go away there

    def unpack(self, name, archive, tree):
        place = tree / "srv/app/node_modules" / name
        with tarfile.open(archive) as packed:
            for member in packed.getmembers():
                path = pathlib.PurePosixPath(member.name)
                if not member.isfile() or path.is_absolute() or ".." in path.parts:
                    continue
                target = place.joinpath(*path.parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.extractfile(member).read())


def fetch(source):
    """{name: archive} of what could be had; says what could not."""
    source.folder.mkdir(parents=True, exist_ok=True)
    packages = listed(source.kind)
    missing = [p for p in packages if source.file(*p) is None]
    for i in range(0, len(missing), BATCH):
        source.download(missing[i:i + BATCH])
    got = {}
    for name, version in packages:
        archive = source.file(name, version)
        if archive is None and (source.download([(name, version)]) or
                                source.download_current(name)):
            archive = source.file(name, version) or source.file(name, None)
            print(f"  {name}: {version} is gone, took {archive.name}")
        if archive is None:
            print(f"  {name} {version} cannot be had here")
        else:
            got[name] = archive
    return got


def tree(folder, top):
    """Fetches into folder and unpacks into top; how many packages of each kind."""
    counts = []
    for source in (Debian(folder), Npm(folder)):
        archives = fetch(source)
        for name, archive in archives.items():
            source.unpack(name, archive, top)
        counts.append(f"{len(archives)} of {len(listed(source.kind))} {source.kind}")
    return ", ".join(counts)
