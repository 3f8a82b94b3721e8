#!/bin/sh
# A function that two rooms define: a program that links both takes the first it meets,
# without a word.
# usage: symbols.sh BUILD-DIRECTORY
set -u
build=$1
if ! command -v nm >/dev/null; then
	echo "skip lint/symbols: nm is not installed"
	exit 0
fi
twice=$(find "$build/src" -name '*.a' -exec nm -g --defined-only {} + 2>/dev/null |
	awk 'NF == 3 && $2 ~ /[TDBR]/ { print $3 }' | sort | uniq -d)
if [ -z "$twice" ]; then
	echo "ok lint/symbols: no name is defined by two rooms"
	exit 0
fi
for name in $twice; do
	echo "not ok lint/symbols: two rooms define $name"
done
exit 1
