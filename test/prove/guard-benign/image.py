"""The image of the benign day: Debian with servers and tools of everyday, made once beside
the build, and a layer of what they work on."""

import json
import os
import pathlib
import shutil
import subprocess
import zipfile

PACKAGES = """npm python3-pip python3-venv gcc libc6-dev make nginx-light redis-server
redis-tools postgresql cron openssh-server openssh-client default-jdk-headless curl
ca-certificates procps""".split()
# Brought later, by apt: one without scripts of its own, one with.
LATER = ["tree", "less"]

# In a mount namespace of its own, so that no mount can be left behind.
INSTALL = """set -e
mount -t proc proc "$1/proc"; mount -t devtmpfs dev "$1/dev"
cp /etc/resolv.conf /etc/hosts "$1/etc/"
cp -a /etc/apt/. "$1/etc/apt/"; mkdir -p "$1/usr/share/keyrings"
cp -a /usr/share/keyrings/. "$1/usr/share/keyrings/"
printf '#!/bin/sh\\nexit 101\\n' >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"
chroot "$1" apt-get -q update
DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get -q -y install --no-install-recommends PACKAGES
cd "$1/srv"; chroot "$1" sh -c 'mkdir -p /srv/repo; cd /srv/repo; apt-get -q download LATER'
chroot "$1" apt-get clean; rm -rf "$1"/var/lib/apt/lists/*
"""


class Unavailable(Exception):
    """The image cannot be made here; the text says why."""


def mirror():
    said = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(CODENAME) $(COMPONENT) $(REPO_URI)",
         "Created-By: Packages"], capture_output=True, text=True, check=False).stdout
    for line in said.splitlines():
        words = line.split()
        if words[:1] == ["Debian"] and words[2:3] == ["main"] and "-" not in words[1]:
            return words[1], words[3]
    raise Unavailable("apt knows no mirror of Debian here")


def run(*words):
    done = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise Unavailable(f"{words[0]}: {(done.stdout + done.stderr)[-400:]}")


def system(folder):
    """The root of Debian, made once."""
    root = folder / "root"
    if (folder / "complete").exists():
        return root
    if not shutil.which("debootstrap"):
        raise Unavailable("debootstrap is not installed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    suite, where = mirror()
    own = ["unshare", "--mount", "--propagation", "private"]
    run(*own, "debootstrap", "--variant=minbase", suite, root, where)
    script = INSTALL.replace("PACKAGES", " ".join(PACKAGES)).replace("LATER", " ".join(LATER))
    run(*own, "sh", "-c", script, "sh", root)
    index(root / "srv/repo")
    (folder / "complete").touch()
    return root


def index(repo):
    """A repository of apt's: Packages of the files that lie there."""
    text = ""
    for deb in sorted(repo.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "-f", deb], capture_output=True, text=True,
                                 check=True).stdout.rstrip("\n")
        total = subprocess.run(["sha256sum", deb], capture_output=True, text=True,
                               check=True).stdout.split()[0]
        text += (f"{control}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\n"
                 f"SHA256: {total}\n\n")
    (repo / "Packages").write_text(text, encoding="utf-8")


SERVER = """import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Server {
	public static void main(String[] args) throws Exception {
		HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", 8082), 0);
		s.createContext("/", e -> {
			byte[] b = "java answers".getBytes();
			e.sendResponseHeaders(200, b.length);
			e.getResponseBody().write(b);
			e.close();
		});
		s.start();
		Thread.sleep(Long.parseLong(args[0]) * 1000);
		s.stop(0);
	}
}
"""
MAKEFILE = """objects := $(patsubst %.c,%.o,$(wildcard part*.c))
program: $(objects) libparts.a main.o
	$(CC) -o $@ main.o libparts.a
libparts.a: $(objects)
	$(AR) rcs $@ $^
"""


def wheel(to):
    """A package of pure Python, with a command."""
    files = {
        "hello/__init__.py": "def main():\n    print('hello of the wheel')\n",
        "hello-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n",
        "hello-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
                                     "Root-Is-Purelib: true\nTag: py3-none-any\n",
        "hello-1.0.dist-info/entry_points.txt": "[console_scripts]\nhello = hello:main\n",
    }
    files["hello-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(to / "hello-1.0-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def work(to, day):
    """The layer of what is worked on; day: {name: script}."""
    to = pathlib.Path(to)
    (to / "day/make").mkdir(parents=True)
    (to / "day/dep").mkdir()
    (to / "day/app").mkdir()
    for i in range(12):
        (to / f"day/make/part{i}.c").write_text(f"int part{i}(void)\n{{\n\treturn {i};\n}}\n")
    (to / "day/make/main.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    (to / "day/make/Makefile").write_text(MAKEFILE)
    (to / "day/Server.java").write_text(SERVER)
    (to / "day/dep/package.json").write_text(json.dumps(
        {"name": "dep", "version": "1.0.0", "main": "index.js", "bin": {"dep": "index.js"}}))
    (to / "day/dep/index.js").write_text("#!/usr/bin/env node\nconsole.log('dep runs');\n")
    os.chmod(to / "day/dep/index.js", 0o755)
    (to / "day/app/package.json").write_text(json.dumps({"name": "app", "version": "1.0.0"}))
    wheel(to / "day")
    for name, script in day.items():
        path = to / "day" / f"{name}.sh"
        path.write_text("#!/bin/sh\nset -eu\n" + script, encoding="utf-8")
        path.chmod(0o755)
