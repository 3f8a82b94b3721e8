#!/bin/sh
# Runs the gate and tells the next steps how it ended: the last one fails the job, so
# that the SARIF report is uploaded before.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
status=0
sh "$here/../ci/corten-gate.sh" || status=$?
sarif=false
[ ! -s "${CORTEN_REPORTS:-corten-reports}/corten.sarif" ] || sarif=true
printf 'status=%s\nsarif=%s\n' "$status" "$sarif" >>"$GITHUB_OUTPUT"
