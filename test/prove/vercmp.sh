#!/bin/sh
# vercmp.sh BUILD-DIRECTORY [COUNT [SEED]]: COUNT random pairs of versions for
# each scheme: Corten against libdpkg, librpm and apk's documented rules, a hundredth
# of the dpkg pairs against the dpkg program itself, and the schemes of application
# packages against their ecosystems' own libraries.
set -eu

build=${1:?usage: vercmp.sh BUILD-DIRECTORY [COUNT [SEED]]}
count=${2:-100000}
seed=${3:-1}
here=$(dirname "$0")/../oracle
oracle=$build/test/oracle/vercmp_oracle

status=0
run() { # a skip (77) is told by the program itself and is no failure
	code=0
	"$@" || code=$?
	[ "$code" -eq 0 ] || [ "$code" -eq 77 ] || status=1
}

run "$oracle" check dpkg "$count" "$seed"
run "$oracle" check rpm "$count" "$seed"
run python3 "$here/vercmp_apk.py" "$oracle" "$count" "$seed"
for scheme in npm pypi maven gem composer go cargo; do
	run python3 "$here/vercmp_peer.py" "$scheme" "$oracle" "$count" "$seed"
done
if command -v dpkg >/dev/null; then
	run python3 "$here/vercmp_dpkg.py" "$oracle" $((count / 100 + 1)) "$seed"
else
	echo "dpkg --compare-versions: skipped, no dpkg here"
fi
exit "$status"
