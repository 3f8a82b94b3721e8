# For cases written in sh:  . "$CORTEN_SOURCE/test/tool/case.sh"
# shellcheck shell=sh
set -u
PATH=$CORTEN_BIN:$PATH
cd "$CASE_TMP" || exit 1

ok() { printf 'ok %s\n' "$1"; }
not_ok() { printf 'not ok %s: %s\n' "$1" "$2"; }

# expect NAME STATUS COMMAND...: runs it with its output in the files out and err;
# a wrong status ends in "not ok", and expect fails.
expect() {
	name=$1 wanted=$2
	shift 2
	"$@" >out 2>err </dev/null
	status=$?
	[ $status = "$wanted" ] && return 0
	not_ok "$name" "status $status instead of $wanted: $(tail -n 1 err)"
	cat err >&2
	return 1
}

# holds NAME COMMAND...: "ok" when it succeeds.
holds() {
	name=$1
	shift
	if "$@" >&2; then ok "$name"; else not_ok "$name" "$*"; fi
}

has() { grep -qF -- "$2" "$1"; }
