#!/bin/sh
# The one gate: sets itself up, then runs every check there is. Its last line sums them all.
set -eu
cd "$(dirname "$0")/.."
sh .tasks/set-up.sh nmap ps=procps ndiff zsh fish ip=iproute2 unshare=util-linux setpriv=util-linux useradd=passwd chromium aiosmtpd=python3-aiosmtpd ssh-keygen=openssh-client openssl bwrap=bubblewrap sudo "gcc=gcc libc6-dev" nft=nftables
# Many tests need root, and root by hand: under sudo they run where its processes are not seen.
apart=
[ "$(id -u)" -ne 0 ] || [ -z "${SUDO_UID-}" ] || apart="env -u SUDO_UID -u SUDO_GID -u SUDO_USER -u SUDO_COMMAND unshare --pid --fork --mount-proc --kill-child"
# shellcheck disable=SC2086 # a command and its options
exec $apart node_modules/.bin/node .tasks/test.ts "$@"
