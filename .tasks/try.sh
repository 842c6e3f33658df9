#!/bin/sh
# A first look: installs what is missing, builds, and shows three scans of a real listener on loopback, then the trail.
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap
[ -e dist/jit-nmap.cjs ] && [ -z "$(find src bin package-lock.json -newer dist/jit-nmap.cjs | head -n 1)" ] ||
  PATH="$PWD/node_modules/.bin:$PATH" node_modules/.bin/node .tasks/build.ts
exec node_modules/.bin/node .tasks/try.ts
