#!/bin/sh
# Every C file is what clang-format (14, Debian 12) makes of it.
set -u
if ! command -v clang-format >/dev/null; then
	echo "skip lint/format: clang-format is not installed"
	exit 0
fi
files() {
	git ls-files --cached --others --exclude-standard '*.[ch]' ':!test/data' |
		while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
}
count=$(files | grep -c .)
said=$(files | xargs -P "$(nproc)" -n 40 clang-format --dry-run -Werror 2>&1) && {
	echo "ok lint/format: $count files"
	exit 0
}
wrong=$(printf '%s\n' "$said" | sed -n 's/^\([^: ]*\):[0-9]*:.*/\1/p' | sort -u)
[ -n "$wrong" ] || echo "not ok lint/format: clang-format itself failed: $said"
for file in $wrong; do
	echo "not ok lint/format: run clang-format -i $file"
done
exit 1
