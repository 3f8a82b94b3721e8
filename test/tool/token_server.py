"""A token server for docker-registry ("Token Authentication Specification" of
the distribution project), with the standard library and openssl(1) only.

It signs RS256 tokens with a self-made key whose certificate the registry gets
as rootcertbundle. Users are {name: password}; repositories named in `public`
are given to strangers. What was asked is kept in .asked."""

import base64
import http.server
import json
import os
import subprocess
import threading
import time
import urllib.parse


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Authority:
    """Makes keys and certificates below a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.key, self.certificate = self.path("ca.key"), self.path("ca.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-subj", "/CN=corten test authority", "-keyout", self.key,
                "-out", self.certificate)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, alternatives):
        """A server certificate; returns the paths (certificate, key)."""
        key, request = self.path(name + ".key"), self.path(name + ".csr")
        certificate, extensions = self.path(name + ".pem"), self.path(name + ".ext")
        with open(extensions, "w", encoding="ascii") as f:
            f.write("subjectAltName=" + alternatives + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=" + name, "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key


class TokenServer:
    issuer, service = "corten-test", "registry.test"

    def __init__(self, authority, users, public=()):
        self.users, self.public = users, set(public)
        self.refresh = {"refresh-" + name: name for name in users}
        self.authority = authority
        self.seconds = 300
        self.get_allowed = True
        self.asked = []
        der = openssl("x509", "-in", authority.certificate, "-outform", "DER")
        self.chain = base64.b64encode(der).decode()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                owner.answer(self, "GET", query, owner.basic_user(self.headers))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                form = urllib.parse.parse_qs(body.decode())
                owner.answer(self, "POST", form, owner.form_user(form))

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.realm = f"http://127.0.0.1:{self.port}/token"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def check(self, name, password):
        return name if self.users.get(name) == password else False

    def basic_user(self, headers):
        """The user, None for a stranger, False for a wrong password."""
        value = headers.get("Authorization")
        if value is None:
            return None
        name, _, password = base64.b64decode(value.split()[1]).decode().partition(":")
        return self.check(name, password)

    def form_user(self, form):
        if form.get("grant_type") == ["refresh_token"]:
            return self.refresh.get(form.get("refresh_token", [""])[0], False)
        return self.check(form.get("username", [""])[0], form.get("password", [""])[0])

    def answer(self, handler, method, fields, user):
        scope = fields.get("scope", [""])[0]
        self.asked.append({"method": method, "user": user, "scope": scope,
                           "service": fields.get("service", [""])[0],
                           "grant": fields.get("grant_type", [None])[0]})
        if method == "GET" and not self.get_allowed:
            self.send(handler, 405, {"errors": [{"code": "UNSUPPORTED"}]})
        elif user is False:
            self.send(handler, 401, {"details": "incorrect username or password"})
        else:
            self.send(handler, 200, self.token(user, scope, method))

    def token(self, user, scope, method):
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        access = []
        if user or name in self.public:
            access = [{"type": kind, "name": name, "actions": actions.split(",")}]
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": user or "", "aud": self.service, "iat": now,
                  "nbf": now - 10, "exp": now + self.seconds, "jti": os.urandom(8).hex(),
                  "access": access}
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self.chain]}
        signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
        signature = openssl("dgst", "-sha256", "-sign", self.authority.key, data=signed.encode())
        member = "access_token" if method == "POST" else "token"
        return {member: signed + "." + b64(signature), "expires_in": self.seconds}

    @staticmethod
    def send(handler, status, document):
        body = json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
