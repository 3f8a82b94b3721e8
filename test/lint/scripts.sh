#!/bin/sh
# Shell scripts parse and satisfy shellcheck; Python scripts compile.
set -u
wrong=0 count=0
ours() { git ls-files --cached --others --exclude-standard; }
is_shell() {
	case $1 in
	*.sh) return 0 ;;
	*.*) return 1 ;;
	esac
	[ -f "$1" ] && [ "$(head -c 9 "$1" | tr -d '\0')" = "#!/bin/sh" ]
}

for file in $(ours | grep -vE '^(test/data|fuzz/corpus|db)/'); do
	is_shell "$file" || continue
	count=$((count + 1))
	sh -n "$file" || { echo "not ok lint/scripts: $file does not parse"; wrong=1; }
	command -v shellcheck >/dev/null || continue
	shellcheck -s sh -e SC1091 "$file" || { echo "not ok lint/scripts: shellcheck $file"; wrong=1; }
done
for file in $(ours | grep '\.py$'); do
	[ -f "$file" ] || continue
	count=$((count + 1))
	python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$file" ||
		{ echo "not ok lint/scripts: $file does not compile"; wrong=1; }
done
[ $wrong = 1 ] || echo "ok lint/scripts: $count files"
command -v shellcheck >/dev/null || echo "skip lint/shellcheck: shellcheck is not installed"
exit $wrong
