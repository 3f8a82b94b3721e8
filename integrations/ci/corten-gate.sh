#!/bin/sh
# The one script that all integrations run: GitHub, Jenkins, GitLab, pre-commit.
# Everything comes by the environment, so that nothing of a pipeline's texts is ever
# read as shell:
#
#   CORTEN_TARGET     what to scan, as `corten gate TARGET` takes it (required)
#   CORTEN_POLICY     policy files, one a line (required)
#   CORTEN_NAME       what the image is called where it will be pushed
#   CORTEN_VEX        VEX documents, one a line
#   CORTEN_REPORTS    folder for reports; default: corten-reports
#   CORTEN_FORMATS    which: default "sarif json junit html gitlab"
#   CORTEN_PROJECT    folder of the project's .corten.yaml; default: the current one
#   CORTEN_TRUST_PROJECT_POLICY   "true": its exceptions count
#   CORTEN_ARGUMENTS  further arguments of corten gate, one a line
#   CORTEN            the program; default: corten
#
# Exit status: that of corten gate: 0 passed, 1 blocked, 2 wrong usage, 3 not complete.
# Nothing is uploaded here; reports are files.
set -eu

: "${CORTEN_TARGET:=}" "${CORTEN_POLICY:=}" "${CORTEN_REPORTS:=corten-reports}"
: "${CORTEN_FORMATS:=sarif json junit html gitlab}" "${CORTEN:=corten}"

fail() {
	printf 'corten-gate: %s\n' "$1" >&2
	exit 2
}

[ -n "$CORTEN_TARGET" ] || fail "CORTEN_TARGET is missing"
[ -n "$CORTEN_POLICY" ] || fail "CORTEN_POLICY is missing"
# A target that begins with a dash would be an option; "-" is standard input.
case $CORTEN_TARGET in
-?*) fail "CORTEN_TARGET must not begin with a dash" ;;
esac
# A line of its own is an argument of its own.
newline='
'
case $CORTEN_REPORTS${CORTEN_NAME:-}${CORTEN_PROJECT:-} in
*"$newline"*) fail "CORTEN_REPORTS, CORTEN_NAME and CORTEN_PROJECT are one line each" ;;
esac
command -v "$CORTEN" >/dev/null 2>&1 || fail "$CORTEN is not installed"
mkdir -p "$CORTEN_REPORTS"

report_file() {
	case $1 in
	sarif) echo corten.sarif ;;
	json) echo corten.json ;;
	junit) echo corten.xml ;;
	html) echo corten.html ;;
	csv) echo corten.csv ;;
	table) echo corten.txt ;;
	cyclonedx) echo corten.cdx.json ;;
	spdx) echo corten.spdx.json ;;
	gitlab) echo gl-container-scanning-report.json ;;
	*) fail "CORTEN_FORMATS: there is no format $1" ;;
	esac
}

# each OPTION TEXT: adds OPTION and every line of TEXT to the arguments, which are kept
# in a file, one a line: they may hold blanks and quotes.
words=$(mktemp)
trap 'rm -f "$words"' EXIT
each() {
	printf '%s\n' "$2" | while IFS= read -r line; do
		[ -z "$line" ] || printf '%s\n%s\n' "$1" "$line"
	done >>"$words"
}

each --policy "$CORTEN_POLICY"
each --vex "${CORTEN_VEX:-}"
[ -z "${CORTEN_NAME:-}" ] || printf -- '--name\n%s\n' "$CORTEN_NAME" >>"$words"
[ -z "${CORTEN_PROJECT:-}" ] || printf -- '--project\n%s\n' "$CORTEN_PROJECT" >>"$words"
[ "${CORTEN_TRUST_PROJECT_POLICY:-}" != true ] || echo --trust-project-policy >>"$words"
for format in $CORTEN_FORMATS; do
	file=$(report_file "$format") || exit 2
	printf -- '--report\n%s=%s/%s\n' "$format" "$CORTEN_REPORTS" "$file" >>"$words"
done
printf '%s\n' "${CORTEN_ARGUMENTS:-}" | while IFS= read -r line; do
	[ -z "$line" ] || printf '%s\n' "$line"
done >>"$words"

set --
while IFS= read -r line; do
	set -- "$@" "$line"
done <"$words"
status=0
"$CORTEN" gate "$@" -- "$CORTEN_TARGET" || status=$?
exit "$status"
