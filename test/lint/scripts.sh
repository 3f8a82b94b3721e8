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
python=$(ours | grep '\.py$' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
count=$((count + $(printf '%s\n' "$python" | grep -c .)))
# shellcheck disable=SC2086 # names
python3 - $python <<'END' || wrong=1
import sys
wrong = False
for name in sys.argv[1:]:
    try:
        compile(open(name, encoding="utf-8").read(), name, "exec")
    except (SyntaxError, ValueError) as why:
        print(f"not ok lint/scripts: {name} does not compile: {why}")
        wrong = True
sys.exit(wrong)
END
[ $wrong = 1 ] || echo "ok lint/scripts: $count files"
command -v shellcheck >/dev/null || echo "skip lint/shellcheck: shellcheck is not installed"
exit $wrong
