#!/bin/sh
# Shows the guard at work: an agent of its own, a container of runc's, and what is
# tried in it. What the back-ends of this kernel cannot block is not tried, but told.
# Runs on a host and, by busybox, in the guest of test/vm. Leaves nothing behind.
# usage: demo-guard.sh BIN-DIRECTORY FOLDER LOWER-DIRECTORIES [guest]
# FOLDER is empty; LOWER-DIRECTORIES are the image's, as overlay takes them; guest: the
# machine is thrown away, so that an escape may work.
# Exit status: 0 all went as told; 3 the same, but steps were left out; 1 else.
set -eu
bin=$1 folder=$2 lower=$3 guest=${4:-}
name=demo-$$
pins=/sys/fs/bpf/$name
run=$folder/run
agent=
left_out=0

say() { printf '\n-- %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# --- what is started, and its end ------------------------------------------------

rules() {
	cat <<RULES
version: 1
rules:
- name: only programs of the image
  kind: drift
  scope: {containers: ["$name*"]}
  criteria: {items: [exec-changed, exec-tmpfs, exec-nameless]}
  action: block
- name: the site stays as it is
  kind: file
  scope: {containers: ["$name*"]}
  criteria: {directories: [/srv/site]}
  action: block
- name: no way out to the host
  kind: escape
  scope: {containers: ["$name*"]}
  criteria: {items: [release-agent, mount, core-pattern, setns, module]}
  action: block
RULES
}

mounts() {
	printf '{"destination":"/proc","type":"proc","source":"proc"},'
	printf '{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755"]},'
	printf '{"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid"]}'
	# The mistake that the escape needs: a hierarchy of the host's, writable.
	[ ! -d "$folder/cgroup1" ] ||
		printf ',{"destination":"/cgroup","type":"bind","source":"%s","options":["bind","rw"]}' \
			"$folder/cgroup1"
}

# A hierarchy of this demo's own, without any controller.
cgroup1_mount() {
	mkdir "$folder/cgroup1"
	if ! mount -t cgroup -o "none,name=$name" "$name" "$folder/cgroup1" 2>/dev/null; then
		rmdir "$folder/cgroup1"
		return
	fi
	capabilities="$capabilities,\"CAP_SYS_ADMIN\""
}

# bundle CONTAINER: its folder with an overlay root and a configuration.
bundle() {
	at=$folder/$1
	mkdir -p "$at/upper/srv/site" "$at/work" "$at/root"
	echo 'as it was published' >"$at/upper/srv/site/index.html"
	mount -t overlay "$name" -o "lowerdir=$lower,upperdir=$at/upper,workdir=$at/work" "$at/root" ||
		die "no overlay can be mounted below $folder"
	cat >"$at/config.json" <<CONFIG
{"ociVersion":"1.0.2","hostname":"demo","root":{"path":"$at/root"},
 "process":{"terminal":false,"user":{"uid":0,"gid":0},"cwd":"/",
  "args":["/bin/sleep","600"],"env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
  "capabilities":{"bounding":[$capabilities],"effective":[$capabilities],
   "permitted":[$capabilities]}},
 "mounts":[$(mounts)],
 "linux":{"cgroupsPath":"/$1","namespaces":[{"type":"pid"},{"type":"network"},{"type":"ipc"},
  {"type":"uts"},{"type":"mount"}]}}
CONFIG
}
capabilities='"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_KILL","CAP_SETGID","CAP_SETUID"'

container_end() {
	runc delete --force "$1" >/dev/null 2>&1 || true
	umount "$folder/$1/root" 2>/dev/null || true
}

# shellcheck disable=SC2317 # by trap
end() {
	status=$?
	trap - EXIT INT TERM
	container_end "$name"
	container_end "plain-$name"
	rmdir "$folder/cgroup1/x" 2>/dev/null || true
	umount "$folder/cgroup1" 2>/dev/null || true
	if [ -n "$agent" ]; then
		kill "$agent" 2>/dev/null || true
		wait "$agent" 2>/dev/null || true
		"$bin/corten-agent" --remove --pin-dir="$pins" >/dev/null 2>&1 || true
	fi
	exit "$status"
}

agent_start() {
	mkdir -p "$folder/rules"
	rules >"$folder/rules/demo.yaml"
	chmod 755 "$folder/rules" && chmod 644 "$folder/rules/demo.yaml"
	"$bin/corten-agent" --run-dir="$run" --state-dir="$folder/state" \
		--rules-dir="$folder/rules" --pin-dir="$pins" --node=demo \
		>"$folder/agent.log" 2>&1 </dev/null &
	agent=$!
	tries=0
	until "$bin/corten" status --run-dir="$run" --format json >"$folder/status" 2>/dev/null ||
		[ -s "$folder/status" ]; do
		tries=$((tries + 1))
		if [ $tries = 150 ] || ! kill -0 "$agent" 2>/dev/null; then
			tail -n 5 "$folder/agent.log" >&2
			die "the agent does not answer"
		fi
		sleep 0.2
	done
}

# --- what is shown ---------------------------------------------------------------

corten() {
	printf '\n$ corten %s\n' "$*"
	"$bin/corten" "$@" --run-dir="$run" || [ $? = 3 ]
}

has() {
	case $(head -n 1 "$folder/status") in
	*"\"$1\""*) return 0 ;;
	*) return 1 ;;
	esac
}

# within CONTAINER SCRIPT: shown, run there; what it says is kept in $said.
within() {
	printf '%s\n' "$2" | sed 's/^/   # /'
	said=$(runc exec "$1" /bin/sh -c "$2" 2>&1 </dev/null) || true
	[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/   /'
}

blocked() { printf '   => BLOCKED: %s\n' "$1"; }

programs() {
	say "A program of the image runs:"
	within "$name" 'cat /srv/site/index.html'
	[ "$said" = 'as it was published' ] || die "a program of the image did not run"
	say "One that was dropped into the container does not:"
	within "$name" 'cp /bin/sh /tmp/sh; echo >>/tmp/sh; /tmp/sh -c "echo it ran"'
	case $said in *"it ran"*) die "a dropped program ran" ;; esac
	blocked "no instruction of it ran"
	say "Nor does one in memory that no file system has seen:"
	within "$name" 'cp /bin/sh /dev/shm/sh; /dev/shm/sh -c "echo it ran"'
	case $said in *"it ran"*) die "a program in memory ran" ;; esac
	blocked "no instruction of it ran"
}

protected() {
	say "A protected file, written, replaced, removed:"
	within "$name" 'cd /srv/site
echo defaced >index.html
echo defaced >/tmp/x; mv /tmp/x index.html
rm index.html'
	grep -qx 'as it was published' "$folder/$name/root/srv/site/index.html" ||
		die "a protected file was changed"
	blocked "the file is as it was published"
}

# The classic way out: the kernel runs, as the host's root, what release_agent names.
# shellcheck disable=SC2016 # for the container's shell
escape='host=$(sed -n "s/.*upperdir=\([^,]*\).*/\1/p" /proc/self/mounts)
printf "#!/bin/sh\nid >%s\n" "$1" >/x; chmod 755 /x
mkdir -p /cgroup/x; echo 1 >/cgroup/x/notify_on_release
echo "$host/x" >/cgroup/release_agent
sh -c "echo \$\$ >/cgroup/x/cgroup.procs"'

escape_from() {
	printf '%s\n' "$escape" | sed "s/^/   # /; s#\\\$1#$folder/escaped#"
	said=$(runc exec "$1" /bin/sh -c "$escape" sh "$folder/escaped" 2>&1 </dev/null) || true
	[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/   /'
	sleep 1
}

escape_unguarded() {
	bundle "plain-$name"
	runc run --detach --bundle "$folder/plain-$name" "plain-$name" >/dev/null 2>&1 </dev/null ||
		die "runc does not start a container"
	say "A container that no rule covers, and a release_agent escape:"
	escape_from "plain-$name"
	[ -s "$folder/escaped" ] || die "the escape does not work on this kernel, guarded or not"
	printf '   => THE HOST RAN IT: %s\n' "$(cat "$folder/escaped")"
	container_end "plain-$name"
	rm -f "$folder/escaped"
	rmdir "$folder/cgroup1/x"
	echo >"$folder/cgroup1/release_agent"
}

escape_guarded() {
	say "A release_agent escape from the container that the agent guards:"
	escape_from "$name"
	[ ! -e "$folder/escaped" ] || die "the escape worked in a guarded container"
	blocked "the host ran nothing"
}

# The techniques of all alerts, and the newest with its process tree.
alerts_shown() {
	ids=$("$bin/corten" alerts list --run-dir="$run" | sed -n '2,$s/ .*//p')
	[ -n "$ids" ] || die "there is no alert of what was blocked"
	say "Their techniques:"
	for id in $ids; do
		"$bin/corten" alerts show "$id" --run-dir="$run" >"$folder/alert"
		printf '   %-28s %s\n' "$(sed -n 's/^  item *//p' "$folder/alert")" \
			"$(sed -n 's/^  ATT&CK *//p' "$folder/alert")"
	done
	corten alerts show "${ids%%[!0-9a-f]*}"
}

# --- the whole -------------------------------------------------------------------

trap end EXIT
trap 'exit 130' INT TERM
say "Its rules:"
rules | sed -n 's/^- name: /   /p'
agent_start
corten status
if has bpf-lsm; then cgroup1_mount; fi
bundle "$name"
printf '\n$ runc run %s\n' "$name"
runc run --detach --bundle "$folder/$name" "$name" >/dev/null 2>"$folder/runc.log" </dev/null || {
	cat "$folder/runc.log" >&2
	die "runc does not start a container"
}
corten containers
programs
if has bpf-lsm; then
	protected
	if [ -d "$folder/cgroup1" ]; then
		if [ -n "$guest" ]; then escape_unguarded; fi
		escape_guarded
	else
		say "Not tried here: a release_agent escape; this kernel has no cgroups v1"
		left_out=3
	fi
else
	say "Not tried here: a protected file and a release_agent escape"
	printf '   This kernel takes no programs of BPF LSM, and nothing else can block these.\n'
	printf '   corten status says so: those rules are not active.\n'
	left_out=3
fi
corten alerts list
alerts_shown
corten container stop "$name"
sleep 1
case $(runc state "$name" 2>/dev/null) in
*'"running"'*) die "the container still runs" ;;
esac
printf '   => STOPPED: no process of it is left\n'
exit "$left_out"
