#!/bin/sh
# In the guest: two programs write to a protected file, one that may not and one that may,
# while the rules are changed, and with every tenth change the agent ends and comes again;
# with every twentieth it ends once more while it starts. Prints what they came to.
# usage: reload.sh TIMES
times=$1
corten="/opt/corten/bin/corten"
mkdir -p /box/upper/srv/site /box/work /box/root /rules /state
mkdir -p /image/opt
cp /bin/busybox /image/opt/busybox
echo 'as it was' >/box/upper/srv/site/index.html
echo 'as it was' >/box/upper/srv/site/log
echo 'as it was' >/box/upper/srv/other
mount -t overlay o -o lowerdir=/image,upperdir=/box/upper,workdir=/box/work /box/root

config() {
	cat <<CONFIG
{"ociVersion":"1.0.2","root":{"path":"/box/root"},
 "process":{"user":{"uid":0,"gid":0},"cwd":"/","args":["/bin/sleep","3000"],
  "env":["PATH=/bin"],"capabilities":{"bounding":["CAP_DAC_OVERRIDE"],
   "effective":["CAP_DAC_OVERRIDE"],"permitted":["CAP_DAC_OVERRIDE"]}},
 "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
 "linux":{"cgroupsPath":"/box","namespaces":[{"type":"pid"},{"type":"mount"}]}}
CONFIG
}

# Three sets in turn: the protecting rule is the second, the first, one of three; what
# stands beside it is of the same folders, or of others.
rules() {
	cat <<RULES
version: 1
rules:
- name: the site
  priority: 50
  kind: file
  criteria: {directories: [/srv/site]}
  action: block
  exceptions: {processes: [/opt/busybox]}
RULES
	case $(($1 % 3)) in
	1) cat <<RULES
- {name: before, priority: 10, kind: file, criteria: {directories: [/srv], include: ["*.none"]}, action: alert}
RULES
		;;
	2) cat <<RULES
- {name: before, priority: 10, kind: file, criteria: {directories: [/srv/site], operations: [chown]}, action: pass}
- {name: behind, priority: 90, kind: file, criteria: {directories: [/srv]}, action: alert}
RULES
		;;
	esac
	echo "# $1"
}

put_rules() {
	rules "$1" >/rules.new
	chmod 644 /rules.new
	mv /rules.new /rules/rules.yaml
}

config >/box/config.json
put_rules 0
chmod 755 /rules
/opt/corten/bin/corten-agent --run-dir=/run/corten --state-dir=/state --rules-dir=/rules \
	>/agent.log 2>&1 </dev/null &
until $corten status --format json >/status 2>/dev/null || [ -s /status ]; do sleep 0.2; done
runc run --detach --bundle /box box >/dev/null 2>/runc.log </dev/null || cat /runc.log
left=50
while runc exec box /bin/sh -c 'echo x >/srv/site/index.html' 2>/exec.log; do
	left=$((left - 1))
	[ $left -gt 0 ] || break
	sleep 0.2
done
cat /exec.log
echo 'as it was' >/box/upper/srv/site/index.html

# By name, by a new name, by a second name of it, by a descriptor.
# shellcheck disable=SC2016 # for the container's shell
tries='n=0; ok=0
while [ ! -e /tmp/stop ]; do
	for what in "echo x >/srv/site/index.html" "echo x >/srv/site/new" \
		"ln /srv/site/index.html /tmp/second" "mv /srv/site /srv/moved" \
		"echo x >>/srv/site/log"; do
		n=$((n + 1))
		(eval "$what") 2>/dev/null && ok=$((ok + 1)) && echo "SUCCESS $what"
	done
done
echo "tried $n succeeded $ok"'
# shellcheck disable=SC2016
trusted='n=0; refused=0
while [ ! -e /tmp/stop ]; do
	n=$((n + 1))
	echo "$n" 2>/dev/null >/srv/site/log || refused=$((refused + 1))
done
echo "wrote $n refused $refused"'
runc exec box /bin/sh -c "$tries" >/tries.log 2>/tries.err </dev/null &
tries_pid=$!
runc exec box /opt/busybox sh -c "$trusted" >/trusted.log 2>/trusted.err </dev/null &
trusted_pid=$!
sleep 1
i=0
killed=0
digest=

# Once one runs: a new one, where it was ended just now.
end_agent() {
	for attempt in $(seq 200); do
		for process in /proc/[0-9]*; do
			grep -q -- --role=sensor "$process/cmdline" 2>/dev/null || continue
			[ "${process#/proc/}" != "$ended" ] || continue
			ended=${process#/proc/}
			sleep "$1"
			kill -9 "$ended" && killed=$((killed + 1))
			return
		done
		sleep 0.05
	done
	echo "NO AGENT after $attempt looks"
}
ended=
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	# What it left in the kernel holds until the next one has its own there.
	[ $((i % 10)) != 0 ] || end_agent 0
	# One that ends while it starts, sooner or later in it.
	[ $((i % 20)) != 0 ] || end_agent "0.$((i / 20 % 10))"
	put_rules $i
	while :; do
		new=$($corten status --format json 2>/dev/null | sed -n '1s/.*"rules_digest": *"\([0-9a-f]*\)".*/\1/p')
		[ -n "$new" ] && [ "$new" != "$digest" ] && break
		sleep 0.05
	done
	digest=$new
done
runc exec box /bin/sh -c ': >/tmp/stop'
wait $tries_pid
wait $trusted_pid
echo "RELOADS $i"
echo "KILLED $killed"
sed 's/^/TRIES /' /tries.log /tries.err
sed 's/^/TRUSTED /' /trusted.log /trusted.err
echo "FILE $(cat /box/root/srv/site/index.html)"
$corten status --format json | sed 's/^/STATUS /'
sed 's/^/LOG /' /agent.log
runc delete --force box
umount /box/root
