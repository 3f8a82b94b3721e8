#!/bin/sh
# clang-tidy on the C files that changed since the merge base with the main
# branch (or CORTEN_BASE), with the analyser of paths; on the main branch itself on all of
# them without it, because it takes five seconds a file, or with it when asked.
# usage: tidy.sh BUILD-DIRECTORY [all]
set -u
build=$1 paths=${2:-}
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

# Warnings as "file:line:column: text", without those about a product of constants
# that is widened: the compilers tell when one overflows, and clang-tidy 14 has not
# learnt to pass them (IgnoreConstantIntExpr came with 17).
warnings() {
	grep -E ': (warning|error):' "$log" | sed 's|^[^ ]*\.\./||' | sort -u |
		while IFS=: read -r file line rest; do
			case $rest in
			*implicit-widening*)
				sed -n "${line}p" "$file" | grep -qE "[A-Z0-9_]+ \* ['(]?[A-Z0-9_ ]+" && continue
				;;
			esac
			echo "$file:$line:$rest"
		done
}

# What gcc has and clang 14 takes for a mistake: after one it looks at nothing but syntax.
gcc_flags="--extra-arg=-Wno-unknown-warning-option
--extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang"
checks=
[ -n "$(base)" ] || [ "$paths" = all ] || checks='--checks=-clang-analyzer-*'
status=0
# shellcheck disable=SC2086 # words
printf '%s\n' "$files" | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet \
	--warnings-as-errors='*' $gcc_flags $checks >"$log" 2>/dev/null || status=$?
found=$(warnings)
if [ -n "$found" ]; then
	printf '%s\n' "$found" | sed 's|^|not ok lint/tidy: |'
	exit 1
fi
if grep -q '^error:' "$log" || { [ $status != 0 ] && ! grep -qE ': (warning|error):' "$log"; }; then
	echo "not ok lint/tidy: clang-tidy itself failed"
	exit 1
fi
echo "ok lint/tidy: $count files"
