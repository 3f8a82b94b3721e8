#!/bin/sh
# clang-tidy on the C files that changed since the merge base with the main
# branch (or CORTEN_BASE); on the main branch itself on all of them.
# usage: tidy.sh BUILD-DIRECTORY
set -u
build=$1
if ! command -v clang-tidy >/dev/null; then
	echo "skip lint/tidy: clang-tidy is not installed"
	exit 0
fi

base() {
	for branch in ${CORTEN_BASE:-} origin/HEAD origin/main main; do
		at=$(git merge-base HEAD "$branch" 2>/dev/null) || continue
		[ "$at" = "$(git rev-parse HEAD)" ] || echo "$at"
		return
	done
}

changed() {
	from=$(base)
	if [ -n "$from" ]; then
		git diff --name-only --diff-filter=d "$from"
		git ls-files --others --exclude-standard
	else
		git ls-files
	fi | grep -E '^(src|bench)/.*\.c$' | sort -u
}

# Only what the build knows: without its flags the answer means nothing.
known() {
	while read -r file; do
		grep -q "\"file\": \"[^\"]*$file\"" "$build/compile_commands.json" && echo "$file"
	done
}

files=$(changed | known)
count=$(printf '%s' "$files" | grep -c .)
if [ "$count" = 0 ]; then
	echo "ok lint/tidy: no C file changed"
	exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if printf '%s\n' "$files" | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet \
	--warnings-as-errors='*' >"$log" 2>/dev/null; then
	echo "ok lint/tidy: $count files"
else
	grep -E ': (warning|error):' "$log" | sort -u | sed 's|^[^ ]*\.\./||;s|^|not ok lint/tidy: |'
	grep -qE ': (warning|error):' "$log" || echo "not ok lint/tidy: clang-tidy itself failed"
	exit 1
fi
