#!/bin/sh
# Makes a real image of this machine's Debian and scans it: a minimal system and a
# few servers as the last point release has them, without the updates that came out
# since. The image is kept in BUILD/demo. Then an agent guards a container of it.
# usage: demo.sh BUILD-DIRECTORY
set -eu
build=$1
demo=$PWD/$build/demo
image=$demo/debian-behind.tar
packages=ca-certificates,openssl,curl,python3,nginx-light,bind9-host

say() { printf '\n== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# Where this machine gets its packages from: the suite itself, not its updates.
# shellcheck disable=SC2016 # the fields are apt's
mirror=$(apt-get indextargets --format '$(LABEL) $(CODENAME) $(COMPONENT) $(REPO_URI)' \
	'Created-By: Packages' 2>/dev/null |
	awk -v want="$codename" '$1 == "Debian" && $2 == want && $3 == "main" { print $4; exit }')
[ -n "$mirror" ] ||
	die "apt knows no mirror of Debian $codename here; run 'apt-get update', or use Debian"

# tree NAME [OPTION...]: what debootstrap makes, without what no image keeps.
tree() {
	tree=$demo/$1
	shift
	as_root rm -rf --one-file-system "$tree"
	# A mount namespace of its own, so that no mount can be left behind.
	namespace=
	as_root unshare --mount true 2>/dev/null && namespace="unshare --mount --propagation private"
	mkdir -p "$demo/debs"
	# shellcheck disable=SC2086 # a command and its words, or nothing
	as_root $namespace debootstrap --variant=minbase --cache-dir="$demo/debs" "$@" \
		"$codename" "$tree" "$mirror" >"$demo/debootstrap.log" 2>&1 </dev/null || {
		tail -n 20 "$demo/debootstrap.log" >&2
		die "debootstrap failed; the whole log is in $demo/debootstrap.log"
	}
	as_root rm -rf "$tree/var/cache/apt/archives" "$tree/var/lib/apt/lists" \
		"$tree/var/log/bootstrap.log"
}

if [ ! -f "$image" ]; then
	mkdir -p "$demo"
	say "making an image of Debian $codename without its security updates"
	tree base
	tree behind --include="$packages"
	as_root python3 test/tool/pack_image.py "$image" debian-behind:demo "$demo/base" "$demo/behind"
	as_root rm -rf --one-file-system "$demo/base" "$demo/behind" "$demo/debs"
fi

say "$build/bin/corten scan docker-archive:$build/demo/debian-behind.tar"
status=0
"$build/bin/corten" scan "docker-archive:$build/demo/debian-behind.tar" || status=$?
[ $status = 0 ] || die "the scan ended with status $status"

as_root python3 test/tool/demo_guard.py "$build" "$image"
