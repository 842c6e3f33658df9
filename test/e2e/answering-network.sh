#!/bin/sh
# A network of our own making for one nmap: two namespaces joined by a wire, nothing outside. Behind the far end every
# address of 10.20.0.0/16 and 2001:db8:20::/64 is up (ports 22 and 80 open, the others closed, ICMP limited as Linux
# does), but for 10.20.200.0/24, where packets vanish.
#   answering-network.sh NODE SERVICES.js NMAP-ARGUMENTS...     to be run by `unshare -n`; nmap's output on stdout
set -eu
node=$1 services=$2
shift 2
unshare -n sleep 60 </dev/null >/dev/null 2>&1 &
far=$!
trap 'kill $far ${server:-} 2>/dev/null || :' EXIT
while [ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
there() { nsenter -t $far -n "$@"; }
ip link set lo up
ip link add near type veth peer name far netns $far
ip addr add 192.168.9.1/30 dev near
ip link set near up
there ip addr add 192.168.9.2/30 dev far
there ip link set far up
there ip link set lo up
there ip route add blackhole 10.20.200.0/24
there ip route add local 10.20.0.0/17 dev lo
ip route add 10.20.0.0/16 via 192.168.9.2
ip -6 addr add fd09::1/64 dev near nodad
there ip -6 addr add fd09::2/64 dev far nodad
there ip -6 route add local 2001:db8:20::/64 dev lo
ip -6 route add 2001:db8:20::/64 via fd09::2
ready=$(mktemp)
# Not through the function: what is ended at the end is then the server itself.
nsenter -t $far -n "$node" "$services" </dev/null >"$ready" 2>/dev/null &
server=$!
while [ ! -s "$ready" ]; do sleep 0.05; done
rm "$ready"
# ND over a fresh wire takes its first packet a moment.
ping -6 -c 1 -W 2 2001:db8:20::1 >/dev/null 2>&1 || :
nmap -n -v --packet-trace "$@" </dev/null
