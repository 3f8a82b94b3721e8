#!/usr/bin/env python3
"""apps_java.py APPS_LIST [COUNT [SEED]]: archives made and read by Python against Corten.

COUNT archives at random: plain, shaded, fat jars of Spring Boot with stored libraries,
wars with deflated ones, ears with wars. Python's zipfile says which pom.properties are
in them and where; APPS_LIST (apps_list.c) must read the same, to the depth that
apps.h promises. With a JDK its jar tool packs some of them; the jars of this
machine's Java libraries are read as well, where there are any.
"""
import io
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

DEPTH = 5  # APPS_DEPTH_MAX
ARCHIVES = (".jar", ".war", ".ear", ".par", ".jpi", ".hpi")


def properties(rng):
    group = rng.choice(["org.example", "com.a", "io.b.c", "single"])
    artifact = "artifact-" + str(rng.randrange(10**9))
    version = ".".join(str(rng.randrange(30)) for _ in range(rng.randrange(1, 4)))
    version += rng.choice(["", "", ".Final", "-SNAPSHOT", "-jre", "-RC1"])
    lines = [f"groupId={group}", f"artifactId={artifact}", f"version={version}"]
    rng.shuffle(lines)
    end = rng.choice(["\n", "\r\n"])
    text = "#Generated" + end + end.join(lines) + rng.choice(["", end])
    return f"META-INF/maven/{group}/{artifact}/pom.properties", text


def archive(rng, depth):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as z:
        def add(name, content):
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info.extra = rng.choice([b"", b"\xfe\xca\x00\x00"])
            z.writestr(info, content)
        add("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nCreated-By: 17\r\n\r\n")
        for _ in range(rng.choice([0, 1, 1, 1, 3])):
            add(*properties(rng))
        add("a/B.class", rng.randbytes(rng.randrange(3000)))
        for i in range(rng.randrange(4) if depth > 0 else 0):
            folder = rng.choice(["BOOT-INF/lib/", "WEB-INF/lib/", "lib/", ""])
            add(f"{folder}n{i}{rng.choice(ARCHIVES)}", archive(rng, depth - 1))
    return raw.getvalue()


def coordinates(text, path):
    told = dict(zip(("groupId", "artifactId"), path.split("/")[2:4]))
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and value.strip():
            told[key.strip()] = value.strip()
    return f"{told['groupId']}:{told['artifactId']}", told.get("version", "")


def wanted(raw, place="", depth=1):
    with zipfile.ZipFile(io.BytesIO(raw)) as z:
        for name in z.namelist():
            parts = name.split("/")
            if len(parts) == 5 and name.startswith("META-INF/maven/") and parts[4] == "pom.properties":
                text = z.read(name).decode("utf-8", "replace")
                yield (*coordinates(text, name), place or "-")
            elif name.lower().endswith(ARCHIVES) and depth < DEPTH:
                inner = f"{place}!/{name}" if place else name
                try:
                    yield from wanted(z.read(name), inner, depth + 1)
                except zipfile.BadZipFile:
                    pass


def found(apps_list, path):
    run = subprocess.run([apps_list, path.parent, path.name], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"{path}: {run.stderr}")
    rows = (line.split("\t") for line in run.stdout.splitlines())
    return [(row[2], row[3], row[8]) for row in rows if row[1] == "maven"]


def compare(apps_list, path):
    """Everything that Python finds; on others' jars Corten may know more."""
    have = found(apps_list, path)
    want = list(wanted(path.read_bytes()))
    missing = [row for row in want if row not in have and "${" not in row[1]]
    if missing:
        print(f"{path}: did not read {missing}")
    return not missing, sorted(have) == sorted(want)


def packed_by_jar(jar, folder, rng):
    """A fat jar, its libraries stored, as Spring Boot's plugins have the JDK pack it."""
    top = folder / "tree"
    for i in range(3):
        path, text = properties(rng)
        library = folder / "library" / path
        library.parent.mkdir(parents=True)
        library.write_text(text)
        place = top / "BOOT-INF" / "lib" / f"l{i}.jar"
        place.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([jar, "cf", place, "-C", folder / "library", "."], check=True)
        shutil.rmtree(folder / "library")
    subprocess.run([jar, "cf0", folder / "app.jar", "-C", top, "."], check=True)
    return folder / "app.jar"


def main():
    apps_list = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    bad = packages = 0
    with tempfile.TemporaryDirectory() as top:
        path = pathlib.Path(top) / "made.jar"
        for _ in range(count):
            path.write_bytes(archive(rng, 6))
            packages += len(list(wanted(path.read_bytes())))
            bad += not all(compare(apps_list, path))
        print(f"{count - bad} of {count} made archives are equal, {packages} packages")
        jar = shutil.which("jar")
        if jar:
            whole, same = compare(apps_list, packed_by_jar(jar, pathlib.Path(top), rng))
            bad += not (whole and same)
            print("a fat jar of the JDK's jar tool: " + ("equal" if whole and same else "different"))
        else:
            print("no jar tool here: what the JDK packs was not tried")
    real = [p for p in pathlib.Path("/usr/share/java").glob("*.jar") if not p.is_symlink()]
    whole = sum(compare(apps_list, p)[0] for p in real)
    print(f"{whole} of {len(real)} of this machine's jars: all coordinates in them were read")
    sys.exit(bad > 0 or whole != len(real))


if __name__ == "__main__":
    main()
