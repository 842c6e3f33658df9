#!/bin/sh
# What takes too long for the gate: our reading of command lines against the C library's and the real nmap's (ten million
# and a hundred thousand lines), a crowd of processes at one request, scans whose program is killed, votes and calls that nobody gave,
# windows against another clock, a million decisions against an oracle, and restricted sessions that leave nothing. For less of the
# first: npm run soak -- TOKENS LINES SEED
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap ip=iproute2 unshare=util-linux bwrap=bubblewrap nft=nftables ssh-keygen=openssh-client "python3=python3 tzdata" "gcc=gcc libc6-dev"
node=node_modules/.bin/node
"$node" .tasks/build.ts
"$node" test/soak/killed.ts 500
"$node" test/soak/forgeries.ts
"$node" test/soak/calls.ts
"$node" test/soak/clocks.ts
POLICY_RUNS=1000000 "$node" node_modules/vitest/vitest.mjs run --config .tasks/vitest.config.ts --testTimeout=0 test/core/policy/decide-oracle.test.ts
"$node" test/soak/sessions.ts 500
if [ "$(id -u)" = 0 ]; then "$node" test/soak/crowd.ts 1000 64; else echo "crowd: left out, it needs root for its other accounts"; fi
exec "$node" test/soak/soak.ts "$@"
