#!/bin/sh
# The one gate: sets itself up, then runs every check there is. Its last line sums them all.
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap ndiff zsh fish ip=iproute2 unshare=util-linux setpriv=util-linux useradd=passwd chromium aiosmtpd=python3-aiosmtpd ssh-keygen=openssh-client openssl bwrap=bubblewrap sudo "gcc=gcc libc6-dev" nft=nftables
exec node_modules/.bin/node .tasks/test.ts "$@"
