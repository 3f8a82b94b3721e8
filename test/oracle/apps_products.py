#!/usr/bin/env python3
"""apps_products.py APPS_LIST [FOLDER]: Debian's packages against what Corten reads in them.

The packages below are downloaded with apt-get and unpacked (not installed) into FOLDER,
where they stay, and what was missed is listed, or into a temporary one. Of each that holds a product, APPS_LIST (apps_list.c) must tell
the product with the version of its upstream; of the others nothing. Of Java libraries
it must tell the coordinates under which the package lists them for Maven. Prints
precision and recall; the status is 1 when precision is under 0.98, or recall under
0.9 for products and 0.8 for Java libraries, 77 when nothing can be
downloaded.

Upstreams' own archives cannot be had from a package mirror: Debian's builds stand in
for them. They have the same words, but not always the same names and places.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PRODUCTS = {
    "apache2-bin": "apache", "bash": "bash", "bind9": "bind", "busybox-static": "busybox",
    "caddy": "caddy", "containerd": "containerd", "coturn": "coturn", "curl": "curl",
    "docker.io": "docker", "dovecot-core": "dovecot", "dropbear-bin": "dropbear",
    "erlang-base": "erlang", "etcd-server": "etcd", "exim4-daemon-light": "exim", "git": "git",
    "gosu": "gosu", "haproxy": "haproxy", "hugo": "hugo", "libcurl4": "curl", "libexpat1": "expat", "libapache2-mod-php8.2": "php",
    "libgnutls30": "gnutls", "libnode108": "node", "libperl5.36": "perl",
    "libphp8.2-embed": "php", "libpython3.11": "python", "libruby3.1": "ruby",
    "libsqlite3-0": "sqlite", "libssl3": "openssl", "libtomcat10-java": "tomcat",
    "lighttpd": "lighttpd", "lua5.4": "lua", "mariadb-server-core": "mariadb",
    "mediawiki": "mediawiki", "memcached": "memcached", "mosquitto": "mosquitto", "nginx": "nginx",
    "openjdk-17-jre-headless": "java", "openssh-client": "openssh", "openssh-server": "openssh",
    "openssl": "openssl", "perl-base": "perl", "php8.2-cgi": "php", "php8.2-cli": "php",
    "php8.2-fpm": "php", "phpmyadmin": "phpmyadmin", "postfix": "postfix",
    "postgresql-15": "postgresql", "proftpd-core": "proftpd", "prometheus": "prometheus",
    "python3.11-minimal": "python", "rabbitmq-server": "rabbitmq", "redis-tools": "redis",
    "roundcube-core": "roundcube", "rsync": "rsync", "runc": "runc", "squid": "squid",
    "stunnel4": "stunnel", "unbound": "unbound", "varnish": "varnish", "vsftpd": "vsftpd",
    "wordpress": "wordpress", "zlib1g": "zlib",
}
# Programs and libraries that are none of the products, some with their words in them.
OTHERS = """aria2 bind9-dnsutils coreutils cups-daemon fping ghostscript gnupg1 iproute2 krb5-kdc
libgit2-1.5 libnginx-mod-http-perl libxml2 lynx mc mutt nmap openvpn p7zip
postgresql-client-15 python3-numpy redis-server rspamd samba slapd strace tcpdump tmux tor
vim-tiny wget zsh""".split()
JAVA = """libactivation-java libapache-poi-java libbcprov-java libcommons-codec-java
libcommons-collections4-java libcommons-compress-java libcommons-fileupload-java libcommons-io-java
libcommons-lang3-java libcommons-text-java libdom4j-java libfreemarker-java libguava-java
libhttpclient-java libhttpcore-java libjackson2-core-java libjackson2-databind-java libjdom2-java
libjetty9-java libjsoup-java liblog4j2-java liblogback-java libmaven3-core-java libnetty-java
libplexus-utils2-java libpostgresql-jdbc-java libslf4j-java libspring-core-java libspring-web-java
libtomcat10-java libtomcat9-java libwoodstox-java libxerces2-java libxstream-java
libyaml-snake-java libzookeeper-java""".split()


def fetch(names, folder):
    """Downloads and unpacks; the names of what came, with their versions."""
    got = {}
    for name in names:
        run = subprocess.run(["apt-get", "-q", "download", name], cwd=folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        files = sorted(folder.glob(name + "_*.deb"))
        if run.returncode != 0 and not files:
            continue
        (folder / name).mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "-x", files[-1], folder / name], check=True)
        field = subprocess.run(["dpkg-deb", "-f", files[-1], "Version"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.strip()
        got[name] = field
    return got


def upstream(version):
    version = re.sub(r"^[0-9]+:", "", version)
    version = re.sub(r"-[^-]*$", "", version)
    return re.split(r"[+~]|\.dfsg|dfsg", version)[0]


def records(apps_list, folder):
    run = subprocess.run([apps_list, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in run.stdout.splitlines():
        kind, type_, name, version, *_, path = line.split("\t")
        yield kind, type_, name, version, path


def tell(what, right, wrong, missed):
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    print(f"{what}: {right} right, {wrong} wrong, {missed} missed: "
          f"precision {precision:.3f}, recall {recall:.3f}")
    return precision, recall


def products(apps_list, folder, got):
    right = wrong = missed = 0
    seen = collections.Counter()
    for name in got:
        want = (PRODUCTS.get(name), upstream(got[name]))
        told = {row[2:5] for row in records(apps_list, folder / name) if row[1] == "generic"}
        hits = {row for row in told if row[:2] == want}
        for row in told - hits:
            print(f"  {name} {got[name]}: told {row[0]} {row[1]} for {row[2]}")
        wrong += len(told - hits)
        right += bool(hits)
        if want[0] and not hits:
            print(f"  {name} {got[name]}: {want[0]} was not told")
            missed += 1
        seen[want[0]] += bool(hits)
    kinds = sum(1 for product, n in seen.items() if product and n)
    print(f"{kinds} products in {len(got)} packages")
    return tell("products", right, wrong, missed)


def maven_names(folder):
    """jar -> coordinates, after the package's part of a Maven repository."""
    names = collections.defaultdict(set)
    for link in folder.glob("usr/share/maven-repo/**/*.jar"):
        parts = link.relative_to(folder / "usr/share/maven-repo").parts
        if not re.match(r"[0-9]", parts[-2]) or re.fullmatch(r"[0-9]+\.x|debian", parts[-2]):
            continue
        target = pathlib.Path(os.path.normpath(link.parent / os.readlink(link))) if link.is_symlink() else link
        while target.is_symlink():
            target = pathlib.Path(os.path.normpath(target.parent / os.readlink(target)))
        if target.exists():
            names[target].add((".".join(parts[:-3]) + ":" + parts[-3], parts[-2]))
    return names


def java(apps_list, folder, got, verbose):
    """Of a jar that the package lists, what is told must be listed; one of its names is
    enough. Coordinates of what is shaded into it are not in question."""
    right = wrong = missed = 0
    for name in got:
        told = collections.defaultdict(set)
        for _, type_, coordinates, version, path in records(apps_list, folder / name):
            if type_ == "maven":
                told[folder / name / path].add((coordinates, version))
        for jar, want in maven_names(folder / name).items():
            if told[jar] & want:
                right += 1
            elif len(told[jar]) == 1:
                wrong += 1
                print(f"  {jar.name}: told {sorted(told[jar])}, is {sorted(want)}")
            else:
                missed += 1
                if verbose:
                    print(f"  {jar.name}: nothing told, is {sorted(want)}")
    return tell("Java libraries", right, wrong, missed)


def main():
    apps_list = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        top = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else temporary).resolve()
        folders = {name: top / name for name in ("products", "java")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        if not fetch(["bash"], folders["products"]):
            print("skipped: apt-get cannot download packages here")
            sys.exit(77)
        programs = fetch([*PRODUCTS, *OTHERS], folders["products"])
        libraries = fetch(JAVA, folders["java"])
        absent = sorted({*PRODUCTS, *OTHERS, *JAVA} - {*programs, *libraries})
        if absent:
            print("could not be downloaded: " + " ".join(absent))
        precision, recall = products(apps_list, folders["products"], programs)
        java_precision, java_recall = java(apps_list, folders["java"], libraries,
                                            len(sys.argv) > 2)
    sys.exit(precision < 0.98 or recall < 0.9 or java_precision < 0.98 or java_recall < 0.8)


if __name__ == "__main__":
    main()
