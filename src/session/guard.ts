// The guard: a second, independent process that ends a session when this one can't any more (killed, stopped, stuck).
// Its text is a string, so that it travels inside the bundle and no file has to be found or trusted at run time.

/**
 * Arguments: nmap's pid, its start time, the session's mark (processes.ts); and for a confined session its account, the
 * paths of nft and setpriv, and the rules that close its way out. Descriptor 3 is the leash: end of file there means
 * that the program is gone. The guard says `armed` on it when it stands, and is told `go` with the deadline, in
 * hundredths of a second of /proc/uptime; `until` with a later one moves it. Descriptor 4 opens the gate behind which nmap waits: only the guard can, and
 * only after that. So its start costs no time while the trail is written, and nmap never runs unguarded.
 *
 * POSIX sh with `-O` and a `read` that leaves NUL bytes out (dash, bash, busybox, mksh). Only `sleep` is started while it waits.
 * Nothing asks it to stand down: its whole group is killed by the one who started it, and by itself at its end.
 */
export const GUARD = `
trap '' HUP INT TERM QUIT PIPE USR1 USR2 TSTP TTIN TTOU
pid=$1 start=$2 mark=$3 uid=$4 nft=$5 setpriv=$6 rules=$7
[ "$pid" -gt 1 ] || exit 70
now() { IFS=' .' read -r s c _ </proc/uptime && now=$s$c; }
ours() {
  [ -e "/proc/$pid" ] || return 0
  stat=
  while IFS= read -r l || [ "$l" ]; do stat="$stat$l "; done 2>/dev/null <"/proc/$pid/stat"
  [ "$stat" ] || return 0
  set -f; set -- \${stat##*) }; set +f
  [ "\${20}" = "$start" ]
}
group() { ours && kill "-$1" "-$pid" 2>/dev/null; }
marked() {
  env=
  while IFS= read -r l || [ "$l" ]; do env="$env $l"; done 2>/dev/null <"$1/environ"
  case $env in *"$mark"*) return 0 ;; esac
  return 1
}
strays() {
  i=0
  while [ $i -lt 20 ]; do
    i=$((i + 1)) found=
    for p in /proc/[0-9]*; do
      [ -O "$p" ] && marked "$p" && kill -KILL "\${p#/proc/}" 2>/dev/null && found=1
    done
    [ "$found" ] || return
  done
}
account() {
  "$setpriv" --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- /bin/sh -c "kill -$1 -1" 2>/dev/null
}
finish() {
  if [ "$uid" ]; then
    echo "$rules" | "$nft" -f - 2>/dev/null
    account TERM
  else group TERM
  fi
  i=0
  while [ $i -lt 10 ] && group 0; do i=$((i + 1)); sleep 0.1; done
  [ "$uid" ] && account KILL
  group KILL
  strays
  kill -KILL 0
}
now && ours && [ -e "/proc/$pid" ] || exit 70
echo armed >&3
read -r go deadline <&3 && [ "$go" = go ] && [ "$deadline" -gt 0 ] || finish
watch() {
(
  exec 3<&- 4>&-
  while now && left=$((deadline - now)) && [ $left -gt 0 ]; do
    if [ $left -ge 100 ]; then sleep 1
    elif [ $left -ge 10 ]; then sleep 0.$left
    else sleep 0.0$left
    fi
  done
  finish
) &
timer=$!
}
watch
echo go >&4 || exit 70
exec 4>&-
while read -r word later <&3 && [ "$word" = until ] && [ "$later" -gt "$deadline" ]; do
  deadline=$later old=$timer
  watch
  kill -KILL "$old"
done
finish
`;
