#!/bin/sh
# The figures of the speed budget. Needs a quiet machine; takes a few minutes.
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap nft=nftables ip=iproute2 bwrap=bubblewrap inotifywait=inotify-tools
node_modules/.bin/node .tasks/build.ts
node_modules/.bin/node .tasks/bench.ts "$@"
node_modules/.bin/node .tasks/bench-policy.ts
node_modules/.bin/node .tasks/bench-policy-yardstick.ts
exec node_modules/.bin/node .tasks/bench-session.ts
