#!/bin/sh
# Every C file is what clang-format (14, Debian 12) makes of it.
set -u
if ! command -v clang-format >/dev/null; then
	echo "skip lint/format: clang-format is not installed"
	exit 0
fi
files=$(git ls-files --cached --others --exclude-standard | grep '\.[ch]$' | grep -vE '^test/data/')
wrong=0 count=0
for file in $files; do
	[ -f "$file" ] || continue
	count=$((count + 1))
	clang-format --dry-run -Werror "$file" >/dev/null 2>&1 && continue
	echo "not ok lint/format: run clang-format -i $file"
	wrong=1
done
[ $wrong = 1 ] || echo "ok lint/format: $count files"
exit $wrong
