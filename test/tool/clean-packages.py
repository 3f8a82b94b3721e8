#!/usr/bin/env python3
"""clean-packages.py >test/data/clean-packages.txt: the packages on which ./dev bench
quality counts what is found where no secret is.

Debian's are all of WEB and LANGUAGES, and of each section in SECTIONS as many as it says,
in the order of the SHA-256 of their names: nobody chose them for what is in them. What is
documentation, has no code or is very large is left out. npm's are PROJECTS and, in the
same order, what they depend on, as npm itself resolves it. Versions are those that apt
and npm know today; the bench takes these versions as long as they can be had.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

DEBIAN, NPM = 300, 100
MIB = 1 << 20

WEB = """wordpress mediawiki phpmyadmin roundcube-core roundcube-plugins adminer cacti drupal-core
dokuwiki moodle nextcloud phpldapadmin phppgadmin phpsysinfo postfixadmin sogo-common squirrelmail
tt-rss zabbix-frontend-php icingaweb2 glpi kopano-webapp matomo piwigo gallery3 redmine gitlab
jenkins rainloop request-tracker5 otrs2 znuny bugzilla5 mailman3-web python3-django-postorius
python3-django-hyperkitty python3-django-horizon openstack-dashboard collectd-core munin nagvis
nagios4-cgi pnp4nagios smokeping awstats backuppc ganeti-htools freedombox cockpit-ws
node-express-generator jupyter-notebook python3-notebook python3-bokeh hoteldruid fusiondirectory
davical baikal simplesamlphp shaarli kanboard dotclear limesurvey ampache webissues node-red
wordpress-theme-twentytwentythree mediawiki-extensions-base lemonldap-ng-portal
gosa websvn gitweb cgit viewvc trac ikiwiki moin twiki foswiki loggerhead mumble-django
ldap-account-manager dolibarr civicrm-common tryton-server odoo-14 pgadmin4 prosody ejabberd""".split()

LANGUAGES = """libpython3.11-stdlib libpython3.11-testsuite python3-pip python3-setuptools
python3-django python3-sqlalchemy python3-twisted python3-boto3 python3-botocore python3-azure
python3-google-auth python3-googleapi python3-openstackclient python3-paramiko python3-cryptography
python3-jwt python3-authlib python3-oauthlib python3-requests python3-flask python3-tornado
python3-scrapy python3-sklearn python3-pandas python3-sympy python3-networkx ansible ansible-core
salt-common fabric perl-modules-5.36 libmojolicious-perl libdancer2-perl libcatalyst-perl
libcrypt-jwt-perl libnet-amazon-s3-perl ruby3.1 libruby3.1 ruby-rails ruby-activesupport
ruby-actionpack ruby-aws-sdk-core ruby-jwt ruby-net-ssh ruby-devise ruby-omniauth vagrant puppet-agent
chef nodejs npm node-typescript webpack eslint node-babel7 node-undici node-core-js node-jose
libjs-jquery-ui libjs-bootstrap4 libjs-mathjax libjs-pdf libjs-ace fonts-mathjax php8.2-common
php-symfony-framework-bundle php-symfony-security-bundle php-laravel-framework php-illuminate-database
php-guzzlehttp-guzzle php-phpseclib3 php-league-oauth2-client php-aws-sdk php-zend-code phpunit composer
golang-1.19-src golang-1.19-go golang-github-aws-aws-sdk-go-dev golang-golang-x-crypto-dev
golang-golang-x-oauth2-dev golang-google-cloud-dev golang-k8s-kubernetes-dev golang-github-docker-docker-dev
golang-github-hashicorp-vault-sdk-dev golang-github-hashicorp-terraform-dev rust-src
librust-openssl-dev librust-rustls-dev librust-hyper-dev ghc-prof erlang-src elixir guile-3.0-libs tcllib
tk8.6 lua-luaossl julia-common r-base-core octave-common sbcl-source racket-common groovy scala kotlin
mono-devel libmono-system4.0-cil git git-svn mercurial-common subversion cmake-data autoconf automake
vim-runtime emacs-common nmap-common metasploit-framework sqlmap hydra john-data wireshark-common
lynis rkhunter suricata snort-rules-default zeek-common spamassassin postgresql-15 mariadb-server
redis-server mongodb-server couchdb rabbitmq-server activemq tomcat10-common jetty9 apache2-data
nginx-common lighttpd haproxy dovecot-core exim4-config samba-common-bin slapd freeradius-config
strongswan-starter openvpn asterisk-modules kamailio letsencrypt certbot python3-acme
docker-compose ansible-lint kubernetes-client containers-storage golang-docker-credential-helpers
cloud-init cloud-utils""".split()

SECTIONS = {"python": 30, "perl": 12, "ruby": 14, "php": 16, "javascript": 24, "golang": 16,
            "web": 24, "rust": 6, "java": 4, "lisp": 5, "gnu-r": 6, "haskell": 2, "ocaml": 2,
            "net": 8, "admin": 14, "devel": 8, "mail": 4, "httpd": 2, "database": 4, "utils": 4,
            "vcs": 2, "interpreters": 4, "science": 4}

PROJECTS = """express koa fastify next react react-dom vue @angular/core svelte webpack rollup vite
eslint typescript jest mocha lodash moment rxjs axios jsonwebtoken jose passport passport-oauth2
bcrypt crypto-js node-forge elliptic ssh2 aws-sdk @aws-sdk/client-s3 @firebase/app google-auth-library
stripe twilio @slack/web-api octokit discord.js mongoose sequelize typeorm knex pg mysql2 redis
socket.io graphql nodemailer dotenv""".split()


def order(name):
    return hashlib.sha256(name.encode()).digest()


def known_to_apt():
    """{name: fields} of what apt could install."""
    text = subprocess.run(["apt-cache", "dumpavail"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    found = {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.M))
        if "Size" in fields:  # what is only installed has none
            found[fields["Package"]] = fields
    return found


def candidates(names):
    """[(name, version)] of what apt would install."""
    text = subprocess.run(["apt-cache", "policy", *names], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    return re.findall(r"^(\S+):\n.*\n  Candidate: (.*)$", text, re.M)


def has_code(fields):
    """Between 300 KiB and 40 MiB unpacked, at most 8 MiB packed, and no documentation."""
    name, unpacked = fields["Package"], int(fields.get("Installed-Size", 0)) << 10
    return 300 << 10 <= unpacked <= 40 * MIB and int(fields["Size"]) <= 8 * MIB and \
        not re.search(r"-(doc|docs|dbg|dbgsym|examples|l10n|data-extra)$|^task-", name)


def debian_packages():
    known = known_to_apt()
    names = [n for n in WEB + LANGUAGES if n in known and int(known[n]["Size"]) <= 40 * MIB]
    taken = set(names)
    for section, number in SECTIONS.items():
        of_it = [n for n, f in known.items()
                 if f.get("Section") == section and n not in taken and has_code(f)]
        taken.update(sorted(of_it, key=order)[:number])
    others = sorted(taken - set(names), key=order)
    names = sorted((names + others)[:DEBIAN])
    print(f"{len(names)} of Debian, {sum(int(known[n]['Size']) for n in names) / MIB:.0f} MiB "
          f"packed, {sum(int(known[n]['Installed-Size']) for n in names) / 1024:.0f} unpacked",
          file=sys.stderr)
    return candidates(names)


def npm_packages():
    """What npm itself would install for PROJECTS; nothing is downloaded but its index."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "package.json").write_text(json.dumps(
            {"name": "clean", "private": True, "dependencies": dict.fromkeys(PROJECTS, "*")}))
        subprocess.run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit",
                        "--no-fund", "--legacy-peer-deps"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        lock = json.loads((folder / "package-lock.json").read_text())
    found = {}
    for place, package in lock["packages"].items():
        # Programs for one system, and versions that are not the tree's main one, are not asked for.
        if place.startswith("node_modules/") and place.count("node_modules/") == 1 and \
                "os" not in package:
            found[place.removeprefix("node_modules/")] = package["version"]
    first = [n for n in PROJECTS if n in found]
    rest = sorted(set(found) - set(first), key=order)
    return [(n, found[n]) for n in sorted((first + rest)[:NPM])]


def main():
    print("# Made by test/tool/clean-packages.py, which says how they were chosen.")
    for kind, packages in (("debian", debian_packages()), ("npm", npm_packages())):
        for name, version in packages:
            print(kind, name, version)


main()
