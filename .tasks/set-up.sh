#!/bin/sh
# Brings what is missing on a fresh machine: the npm packages of the lockfile (no install script runs) and the Debian
# commands named as arguments (`nmap`, or `command=package` where the names differ). Already there: does nothing.
set -eu
cd "$(dirname "$0")/.."

lock=node_modules/.jit-nmap-lock
if ! cmp -s package-lock.json "$lock"; then
  echo "set-up: npm packages" >&2
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$lock"
fi

missing=
for word in "$@"; do
  command -v "${word%%=*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${word%%=*}" ] || missing="$missing ${word#*=}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "set-up: this needs root once; please run:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y$missing" >&2
  exit 69
fi
echo "set-up: Debian packages$missing" >&2
log=$(mktemp)
# shellcheck disable=SC2086 # a list of package names
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "set-up: apt-get could not install$missing" >&2
  exit 69
fi
rm -f "$log"
