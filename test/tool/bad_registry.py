"""A registry that misbehaves on purpose, one way a repository name: see the
methods named blob_..., manifest_... and token_... of Handler. Everything asked
of it is kept in .asked as (host header, path, headers)."""

import base64
import hashlib
import http.server
import json
import random
import socket
import ssl
import threading
import time

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class BadRegistry:
    user = "user:secret"

    def __init__(self, tls=None, other=None):
        self.blob = random.Random(7).randbytes(300_000)
        self.digest = digest(self.blob)
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                       "digest": self.digest, "size": len(self.blob)},
            "layers": []}).encode()
        self.asked = []
        self.counts = {}
        self.other = other
        owner = self

        class Bound(Handler):
            registry = owner

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        self.scheme = "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.server.handle_error = lambda *args: None  # broken pipes are the point
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def count(self, key):
        """How often key was asked for, this time included."""
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        r = self.registry
        r.asked.append((self.headers.get("Host"), self.path, dict(self.headers)))
        path, _, _ = self.path.partition("?")
        parts = path.strip("/").split("/")
        if parts[0] == "v2" and len(parts) == 4:
            kind = {"manifests": "manifest", "blobs": "blob"}.get(parts[2], "none")
            self.repository = parts[1]
        else:
            kind, self.repository = parts[0], parts[-1]
        name = kind + "_" + self.repository.replace("-", "_")
        answer = getattr(self, name, None) or getattr(self, kind + "_default", self.none)
        answer()

    def do_POST(self):
        self.do_GET()

    # --- building blocks ---

    def send(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        headers = dict(headers)
        headers.setdefault("Content-Type", "application/octet-stream")
        if length is not False:
            headers["Content-Length"] = str(len(body) if length is None else length)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        """Ends the connection as a crash does."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def error(self, status, code, message, headers=()):
        self.send(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(),
                  {"Content-Type": "application/json", **dict(headers)})

    def begin(self):
        """Where the client wants the blob to begin."""
        value = self.headers.get("Range")
        return int(value[len("bytes="):-1]) if value else 0

    def part(self, begin, end, claim_end=None):
        """Bytes begin to end as 200 or 206, and then the end of the connection
        when they are not all that was promised."""
        blob = self.registry.blob
        promised = len(blob) if claim_end is None else claim_end
        headers = {}
        if begin > 0:
            headers["Content-Range"] = f"bytes {begin}-{promised - 1}/{len(blob)}"
        self.send(206 if begin else 200, blob[begin:end], headers, length=promised - begin)
        if end < promised:
            self.drop()

    def endless(self, status, kind):
        self.send(status, headers={"Content-Type": kind}, length=False)
        self.close_connection = True
        while True:
            self.wfile.write(b" " * 65536)

    def nth(self):
        return self.registry.count(self.path)

    def authorized(self):
        want = "Basic " + base64.b64encode(self.registry.user.encode()).decode()
        if self.headers.get("Authorization") == want:
            return True
        self.error(401, "UNAUTHORIZED", "authentication required",
                   {"WWW-Authenticate": 'Basic realm="bad"'})
        return False

    def bearer(self, realm):
        self.error(401, "UNAUTHORIZED", "authentication required",
                   {"WWW-Authenticate": f'Bearer realm="{realm}",service="s"'})

    def here(self, path):
        return f"{self.registry.scheme}://127.0.0.1:{self.registry.port}{path}"

    def none(self):
        self.error(404, "NAME_UNKNOWN", "repository name not known to registry")

    # --- good answers ---

    def manifest_default(self):
        self.send(200, self.registry.manifest, {"Content-Type": MANIFEST + "; charset=utf-8"})

    def blob_default(self):
        self.part(self.begin(), len(self.registry.blob))

    data_default = blob_default

    # --- blobs ---

    def blob_corrupt(self):
        blob = bytearray(self.registry.blob)
        blob[200_000] ^= 1
        self.send(200, bytes(blob))

    def blob_long_length(self):
        self.send(200, self.registry.blob, length=len(self.registry.blob) + 1000)
        self.drop()

    def blob_short_length(self):
        self.send(200, self.registry.blob[:1000])

    def blob_drop(self):
        begin = self.begin()
        self.part(begin, min(begin + 110_000, len(self.registry.blob)))

    def blob_drop_norange(self):
        blob = self.registry.blob
        self.send(200, blob if self.nth() > 1 else blob[:123_457], length=len(blob))
        if self.registry.counts[self.path] == 1:
            self.drop()

    def blob_drop_wrongrange(self):
        if self.begin() == 0:
            self.part(0, 100_000)
        else:
            self.send(206, self.registry.blob[5:], {"Content-Range": "bytes 5-299999/300000"})

    def blob_drop_chunked(self):
        """A chunked body without its end, then all the rest."""
        if self.begin():
            self.blob_default()
            return
        self.send(200, headers={"Transfer-Encoding": "chunked"}, length=False)
        self.wfile.write(b"%x\r\n" % 50_000 + self.registry.blob[:50_000] + b"\r\n")
        self.drop()

    def blob_drop_forever(self):
        self.part(self.begin(), self.begin())

    def blob_more(self):
        self.send(200, self.registry.blob + b"more")

    def blob_endless(self):
        self.endless(200, "application/octet-stream")

    def blob_slow(self):
        self.send(200, self.registry.blob[:10], length=len(self.registry.blob))
        self.wfile.flush()
        time.sleep(4)
        self.drop()

    def blob_busy(self):
        if self.nth() == 1:
            self.error(429, "TOOMANYREQUESTS", "slow down", {"Retry-After": "2"})
        else:
            self.blob_default()

    def blob_busy_date(self):
        when = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3))
        if self.nth() == 1:
            self.error(503, "UNAVAILABLE", "later", {"Retry-After": when})
        else:
            self.blob_default()

    def blob_busy_long(self):
        self.nth()
        self.error(429, "TOOMANYREQUESTS", "pull rate limit", {"Retry-After": "3600"})

    def blob_flaky(self):
        status = {1: 500, 2: 502}.get(self.nth())
        if status:
            self.error(status, "UNKNOWN", "internal")
        else:
            self.blob_default()

    def blob_broken(self):
        self.nth()
        self.error(500, "UNKNOWN", "disk on fire")

    def blob_denied(self):
        self.error(403, "DENIED", "requested access to the resource is denied")

    def blob_http09(self):
        self.wfile.write(b"hello\n")
        self.close_connection = True

    def blob_nothing(self):
        self.drop()

    # --- redirects: blobs need the user, so that there is something to leak ---

    def send_to(self, url, status=307):
        if self.authorized():
            self.send(status, b"elsewhere", {"Location": url})

    def blob_away(self):
        self.send_to(f"http://127.0.0.1:{self.registry.other.port}/data/x?X-Signature=1")

    def blob_away_by_name(self):
        self.send_to(f"http://localhost:{self.registry.port}/data/x")

    def blob_away_and_back(self):
        self.send_to(f"http://127.0.0.1:{self.registry.other.port}/back/{self.registry.port}")

    def back_default(self):
        self.send(307, headers={"Location": f"http://127.0.0.1:{self.repository}/data/x"})

    def blob_near(self):
        self.send_to("/data/near")

    def blob_loop(self):
        self.send_to(self.path)

    def blob_to_file(self):
        self.send_to("file:///etc/hostname")

    def blob_to_user(self):
        self.send_to(f"http://user:pw@127.0.0.1:{self.registry.port}/data/x")

    def blob_to_http(self):
        self.send_to("http://registry.example/data/x")

    def blob_to_plain(self):
        self.send_to(f"http://127.0.0.1:{self.registry.other.port}/data/x")

    def blob_to_nowhere(self):
        self.send(307)

    def blob_to_drop(self):
        """Resuming begins at the registry again, not at the old address."""
        self.send_to(f"http://127.0.0.1:{self.registry.other.port}/data/drop")

    def data_drop(self):
        self.blob_drop()

    # --- manifests ---

    def manifest_wrong_header(self):
        self.send(200, self.registry.manifest,
                  {"Content-Type": MANIFEST, "Docker-Content-Digest": digest(b"another")})

    def manifest_right_header(self):
        self.send(200, self.registry.manifest,
                  {"Content-Type": MANIFEST,
                   "Docker-Content-Digest": digest(self.registry.manifest)})

    def manifest_html(self):
        self.send(200, b"<html>Welcome to the hotel", {"Content-Type": "text/html; charset=x"})

    def manifest_untyped(self):
        self.send(200, self.registry.manifest, {"Content-Type": ""})

    def manifest_huge(self):
        self.send(200, b" " * 1000, {"Content-Type": MANIFEST}, length=100_000_000)
        self.drop()

    def manifest_endless(self):
        self.endless(200, MANIFEST)

    def manifest_drop(self):
        """Half of it, then another one: never the two together."""
        body = self.registry.manifest
        if self.nth() == 1:
            self.send(200, b"x" * (len(body) // 2), {"Content-Type": MANIFEST}, length=len(body))
            self.drop()
        else:
            self.manifest_default()

    def manifest_endless_error(self):
        self.endless(404, "text/plain")

    def manifest_rude(self):
        self.error(404, "MANIFEST_UNKNOWN", "\x1b[2Jgone\u202e\x00 " + "long " * 1000)

    def manifest_deep_error(self):
        self.send(404, b'{"errors":' + b"[" * 30_000, {"Content-Type": "application/json"})

    def manifest_big_header(self):
        self.send(200, self.registry.manifest, {"Content-Type": MANIFEST, "X": "y" * 300_000})

    def manifest_many_headers(self):
        self.send_response(200)
        self.close_connection = True
        while True:
            self.send_header("X", "y" * 1000)
            self.flush_headers()

    def manifest_many_hints(self):
        self.close_connection = True
        while True:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

    def manifest_teapot(self):
        self.send(418)

    # --- authentication ---

    def manifest_no_challenge(self):
        self.error(401, "UNAUTHORIZED", "guess")

    def manifest_odd_challenge(self):
        self.error(401, "UNAUTHORIZED", "tickets please", {"WWW-Authenticate": "Negotiate"})

    def manifest_basic(self):
        if self.authorized():
            self.manifest_default()

    def manifest_garbage_token(self):
        self.bearer(self.here("/token/garbage"))

    def token_garbage(self):
        self.send(200, b"<html>not a token")

    def manifest_no_token(self):
        self.bearer(self.here("/token/no_token"))

    def token_no_token(self):
        self.send(200, b'{"token":"","expires_in":"soon"}')

    def manifest_split_token(self):
        self.bearer(self.here("/token/split_token"))

    def token_split_token(self):
        self.send(200, json.dumps({"token": "x\r\nX-Injected: yes"}).encode())

    def manifest_endless_token(self):
        self.bearer(self.here("/token/endless_token"))

    def token_endless_token(self):
        self.endless(200, "application/json")

    def manifest_useless_token(self):
        self.nth()
        self.bearer(self.here("/token/useless_token"))

    def token_useless_token(self):
        self.send(200, b'{"token":"abc"}')

    def manifest_token_on_plain_http(self):
        self.bearer("http://registry.example/token")

    def manifest_token_here(self):
        self.bearer(self.here("/token/useless_token"))

    def manifest_token_in_file(self):
        self.bearer("file:///etc/passwd")

    def manifest_token_loop(self):
        self.bearer(self.here("/token/loop"))

    def token_loop(self):
        self.send(302, headers={"Location": self.path})

    def manifest_token_away(self):
        """The endpoint sends on to another host, which must not see who asks."""
        if self.headers.get("Authorization") == "Bearer moved":
            self.manifest_default()
        else:
            self.bearer(self.here("/token/away"))

    def token_away(self):
        self.send(302, headers={
            "Location": f"http://127.0.0.1:{self.registry.other.port}/token/moved"})

    def token_moved(self):
        self.send(200, b'{"token":"moved"}')

    # --- feeds: plain addresses, /feed/NAME ---

    def feed(self, tag, end=None):
        blob, begin = self.registry.blob, self.begin()
        if self.headers.get("If-Range") not in (None, tag):
            begin = 0
        end = len(blob) if end is None else end
        headers = {"ETag": tag, "Last-Modified": "Tue, 03 Mar 2026 04:05:06 GMT"}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(blob) - 1}/{len(blob)}"
        self.send(206 if begin else 200, blob[begin:end], headers, length=len(blob) - begin)
        if end < len(blob):
            self.drop()

    def feed_good(self):
        self.feed('"1"')

    def feed_moved(self):
        self.send(301, headers={"Location": "/feed/good"})

    def feed_drop(self):
        self.feed('"1"', 100_000 if self.nth() == 1 else None)

    def feed_plain(self):
        """Nothing that tells one version from another."""
        blob, begin = self.registry.blob, self.begin()
        end = 100_000 if self.nth() == 1 else len(blob)
        headers = {"Content-Range": f"bytes {begin}-{len(blob) - 1}/{len(blob)}"} if begin else {}
        self.send(206 if begin else 200, blob[begin:end], headers, length=len(blob) - begin)
        if end < len(blob):
            self.drop()

    def feed_changes(self):
        n = self.nth()
        self.feed(f'"{n}"', 100_000 if n == 1 else None)

    def feed_to_plain(self):
        self.send(302, headers={"Location": "http://feeds.example/x"})
