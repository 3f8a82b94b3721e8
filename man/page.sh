#!/bin/sh
# usage: page.sh CORTEN ADDITION [COMMAND...]
# The manual page of a command on standard output, and what ADDITION has besides.
set -eu
corten=$1 addition=$2
shift 2
"$corten" help --man "$@"
[ ! -f "$addition" ] || cat "$addition"
