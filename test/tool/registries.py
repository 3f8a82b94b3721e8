"""Registries to pull from: docker-registry, and one that tells what was asked of it."""

import contextlib
import http.server
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from imagelib import digest


def request(method, url, body=b"", **headers):
    return urllib.request.urlopen(urllib.request.Request(
        url, body if method in ("POST", "PUT") else None, method=method,
        headers={k.replace("_", "-"): v for k, v in headers.items()}), timeout=60)


def push(image, registry, name):
    """Blobs, then the manifest (OCI distribution-spec 1.1, "Pushing"). The host in an
    upload's address is the registry's affair, only its path counts."""
    base = f"http://{registry.host}"
    repository, tag = name.split(":")
    config = image.config_document()
    blobs = [(digest(config), config), *((x.blob, x.data) for x in image.layers)]
    for wanted, content in blobs:
        with request("POST", f"{base}/v2/{repository}/blobs/uploads/") as reply:
            place = urllib.parse.urlsplit(reply.headers["Location"])
        address = f"{base}{place.path}?{place.query}&digest={urllib.parse.quote(wanted)}"
        request("PUT", address, content, Content_Type="application/octet-stream").close()
    request("PUT", f"{base}/v2/{repository}/manifests/{tag}", image.manifest_document(),
            Content_Type=image.media[1]).close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Registry:
    """docker-registry on a port of its own; all of one folder share one storage."""

    def __init__(self, folder, name, auth="", tls=None, clients=None):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        http = f'  addr: "{self.host}"\n'
        if tls:
            http += f"  tls:\n    certificate: {tls[0]}\n    key: {tls[1]}\n"
        if clients:
            http += f"    clientcas:\n      - {clients}\n"
        config = folder / (name + ".yml")
        config.write_text(
            "version: 0.1\nlog:\n  level: info\n"
            f"storage:\n  filesystem:\n    rootdirectory: {folder}/storage\n"
            "  delete:\n    enabled: true\n"
            f"http:\n{http}{auth}")
        self.log = folder / (name + ".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", str(config)],
                                            stdout=log, stderr=log)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(
                    ("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text())

    def close(self):
        self.process.terminate()
        self.process.wait()


class CountingRegistry:
    """Serves images (imagelib.Image) by repository name and keeps count: `asked` has the
    digests of the blobs in the order of the requests, `sent` how many bytes of each went
    out. Blobs in `slow` stop in the middle until the reader goes away."""

    def __init__(self):
        self.images, self.blobs, self.asked, self.sent = {}, {}, [], {}
        self.slow = set()
        self.closing = threading.Event()
        owner = self

        class Bound(Handler):
            registry = owner

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # readers that go away are the point
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name, image):
        """The reference of the image."""
        config = image.config_document()
        self.images[name] = (image.media[1], image.manifest_document())
        self.blobs[digest(config)] = config
        self.blobs.update((x.blob, x.data) for x in image.layers)
        return f"{self.host}/{name}:1"

    def forget(self):
        self.asked.clear()
        self.sent.clear()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry = None

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()

    def do_GET(self):
        r = self.registry
        _, _, *name, kind, last = self.path.split("/") if self.path.count("/") > 2 else [""] * 5
        if kind == "manifests" and "/".join(name) in r.images:
            media, body = r.images["/".join(name)]
            self.answer(200, body, media)
            self.wfile.write(body)
        elif kind == "blobs" and last in r.blobs:
            r.asked.append(last)
            self.send_blob(last, r.blobs[last])
        else:
            self.answer(200 if self.path == "/v2/" else 404, b"")

    def send_blob(self, name, body):
        r = self.registry
        self.answer(200, body)
        for at in range(0, len(body), 65536):
            if name in r.slow and at > len(body) // 2:
                r.closing.wait(30)
                return
            self.wfile.write(body[at:at + 65536])
            r.sent[name] = at + len(body[at:at + 65536])
