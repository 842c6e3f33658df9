#!/bin/sh
# The long comparison of our reading of command lines with the C library's and the real nmap's: ten million and a hundred
# thousand lines. For less: npm run soak -- TOKENS LINES SEED
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap ip=iproute2 unshare=util-linux "gcc=gcc libc6-dev"
exec node_modules/.bin/node test/soak/soak.ts "$@"
