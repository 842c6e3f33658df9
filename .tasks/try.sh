#!/bin/sh
# A first look: installs what is missing, builds, and shows three scans of a real listener on loopback, then the trail.
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap
[ -e dist/jit-nmap.cjs ] && [ -z "$(find src bin package-lock.json -newer dist/jit-nmap.cjs | head -n 1)" ] ||
  PATH="$PWD/node_modules/.bin:$PATH" node_modules/.bin/node .tasks/build.ts
# Under sudo the scans are those of its caller, and so is the folder of the trial.
caller=
[ "$(id -u)" -ne 0 ] || [ "${SUDO_UID:-0}" -eq 0 ] || caller="setpriv --reuid=$SUDO_UID --regid=$SUDO_GID --init-groups"
# shellcheck disable=SC2086 # a command and its options
exec $caller node_modules/.bin/node .tasks/try.ts
