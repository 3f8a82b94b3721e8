#!/bin/sh
# The hook of pre-commit (pre-commit.com): the working folder against a policy. The
# arguments are policy files; without any, $CORTEN_POLICY, else
# ~/.config/corten/policy.yaml.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
	CORTEN_POLICY=$(printf '%s\n' "$@")
fi
: "${CORTEN_POLICY:=${XDG_CONFIG_HOME:-$HOME/.config}/corten/policy.yaml}"
: "${CORTEN_TARGET:=dir:.}"
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
CORTEN_REPORTS=$reports CORTEN_FORMATS=json
export CORTEN_POLICY CORTEN_TARGET CORTEN_REPORTS CORTEN_FORMATS
status=0
sh "$here/../ci/corten-gate.sh" || status=$?
exit "$status"
