#!/bin/sh
# In the guest: corten rules verify with every back-end that this kernel has, twice: as it
# should be, and when somebody changed what the kernel holds.
corten="/opt/corten/bin/corten"
mkdir -p /rules /state /etc/cron.d
echo 'root:x:0:0::/:/bin/sh' >/etc/passwd
cat >/rules/rules.yaml <<RULES
version: 1
rules:
- name: pages
  kind: file
  scope: {images: [there-is-none]}
  criteria: {directories: [/var/www/html, /srv], include: ["*.php"]}
  action: block
- name: readers
  kind: file
  scope: {images: [there-is-none]}
  criteria: {directories: [/var/secret], operations: [read]}
  action: alert
- name: makers
  kind: file
  scope: {images: [there-is-none]}
  criteria: {directories: [/opt/data], operations: [create]}
  action: block
- name: host files
  kind: escape
  scope: {images: [there-is-none]}
  criteria: {items: host-file}
  action: block
- name: programs
  kind: drift
  scope: {images: [there-is-none]}
  criteria: {items: all}
  action: block
- name: ways out
  kind: escape
  scope: {images: [there-is-none]}
  criteria: {items: all}
  action: alert
RULES
chmod 755 /rules
chmod 644 /rules/rules.yaml
# A runtime's socket, by its inode.
mkdir /vol
sleep 3000 | /opt/corten/bin/corten-verify >/dev/null 2>&1 &
until [ -S /vol/docker.sock ]; do sleep 0.1; done
touch /run/docker.sock
mount --bind /vol/docker.sock /run/docker.sock
/opt/corten/bin/corten-agent --run-dir=/run/corten --state-dir=/state --rules-dir=/rules \
	>/agent.log 2>&1 </dev/null &
until $corten status --format json >/status 2>/dev/null || [ -s /status ]; do sleep 0.2; done
echo "VERIFY whole"
$corten rules verify
echo "STATUS $?"
# Which file rules name the operation "write" is forgotten by the kernel.
pin=$(find /sys/fs/bpf/corten -name '*file_ops*' | head -n 1)
bpftool map update pinned "$pin" key hex 01 00 00 00 value hex 00 00 00 00 00 00 00 00
echo "VERIFY forgotten"
$corten rules verify
echo "STATUS $?"
echo "LEFT $(find /run -name 'corten-verify-*' | wc -l) $(grep -c corten-verify /proc/mounts)"
sed 's/^/LOG /' /agent.log
