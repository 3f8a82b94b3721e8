#!/bin/sh
# usage: install-as.sh FILE PATH: PATH is below the installation prefix.
set -eu
to=$MESON_INSTALL_DESTDIR_PREFIX/$2
mkdir -p "$(dirname "$to")"
cp "$1" "$to"
chmod 644 "$to"
