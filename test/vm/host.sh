#!/bin/sh
# In the guest: rules about the node's own files, and a container's file that is put back
# when an event tells of its change. Prints what each try came to.
corten="/opt/corten/bin/corten"
mkdir -p /box/upper/srv/site /box/upper/data /box/work /box/root /rules /state /srv/kept /srv/log
mkdir -p /backup/data /opt/tools
cp /bin/busybox /opt/tools/busybox
for file in /srv/kept/file /srv/log/file /backup/data/file /box/upper/data/file; do
	echo 'as it was' >$file
done
mount -t overlay o -o lowerdir=/image,upperdir=/box/upper,workdir=/box/work /box/root

cat >/box/config.json <<CONFIG
{"ociVersion":"1.0.2","root":{"path":"/box/root"},
 "process":{"user":{"uid":0,"gid":0},"cwd":"/","args":["/bin/sleep","3000"],
  "env":["PATH=/bin"],"capabilities":{"bounding":["CAP_DAC_OVERRIDE"],
   "effective":["CAP_DAC_OVERRIDE"],"permitted":["CAP_DAC_OVERRIDE"]}},
 "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
  {"destination":"/srv","type":"bind","source":"/srv","options":["rbind"]}],
 "linux":{"cgroupsPath":"/box","namespaces":[{"type":"pid"},{"type":"mount"}]}}
CONFIG
cat >/rules/rules.yaml <<RULES
version: 1
rules:
- name: kept
  kind: file
  scope: {host: true}
  criteria: {directories: [/srv/kept]}
  action: block
  exceptions: {processes: [/opt/tools/busybox]}
- name: told
  kind: file
  scope: {host: true}
  criteria: {directories: [/srv/log]}
  action: alert
- name: comes back
  kind: file
  criteria: {directories: [/data], restore_from: /backup}
  action: alert
RULES
chmod 644 /rules/rules.yaml
chmod 755 /rules /backup
/opt/corten/bin/corten-agent --run-dir=/run/corten --state-dir=/state --rules-dir=/rules \
	>/agent.log 2>&1 </dev/null &
echo "AGENT starts"
left=900
until $corten status --format json >/status 2>/dev/null || [ -s /status ] || [ $left = 0 ]; do
	left=$((left - 1))
	sleep 0.2
done
echo "AGENT $left"
[ $left != 0 ] || cat /agent.log
left=50
while sh -c 'echo x >/srv/kept/file' 2>/dev/null; do
	left=$((left - 1))
	[ $left -gt 0 ] || break
	sleep 0.2
done
/opt/tools/busybox cp /backup/data/file /srv/kept/file

# try NAME COMMAND: what a process of the node can do
try() {
	if sh -c "$2" 2>/dev/null; then echo "TRY $1 happened"; else echo "TRY $1 denied"; fi
}
try write 'echo x >/srv/kept/file'
try create 'echo x >/srv/kept/new'
try unlink 'rm /srv/kept/file'
try rename 'mv /srv/kept/file /srv/kept/other'
try move 'mv /srv/kept /srv/moved'
try chmod 'chmod 777 /srv/kept/file'
try link 'ln /srv/kept/file /srv/second'
try elsewhere 'echo x >/srv/free'
try alerted 'echo x >/srv/log/file'
if /opt/tools/busybox sh -c 'echo mine >>/srv/kept/file'; then echo "TRY excepted happened"; fi
echo "KEPT $(cat /srv/kept/file)"
sed 's/^/LOG /' /agent.log

runc run --detach --bundle /box box >/dev/null 2>/runc.log </dev/null || cat /runc.log
left=100
until $corten containers --format json | grep -q '"root_known":true' || [ $left = 0 ]; do
	left=$((left - 1))
	sleep 0.2
done
# A rule about the node is not about containers.
runc exec box /bin/sh -c 'echo x >>/srv/log/other' && echo "TRY container happened"
left=100
runc exec box /bin/sh -c 'echo bad >/data/file'
# Without the event it would be a minute.
until [ "$(cat /box/root/data/file)" = 'as it was' ] || [ $left = 0 ]; do
	left=$((left - 1))
	sleep 0.2
done
echo "RESTORED $(cat /box/root/data/file)"
sleep 2
$corten alerts list --all --format json | sed 's/^/ALERT /'
$corten rules list --kind guard --format json 2>/dev/null | sed 's/^/RULE /'
sed 's/^/LOG /' /agent.log
runc delete --force box
umount /box/root
