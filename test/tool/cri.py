"""A pod of Kubernetes without Kubernetes: the few calls of CRI's RuntimeService
(k8s.io/cri-api, runtime/v1/api.proto) that a test needs, as gRPC over HTTP/2 (RFC 9113)
on a unix socket."""

import socket
import struct

DATA, HEADERS, SETTINGS, PING, GOAWAY = 0, 1, 4, 6, 7
ACK, END_STREAM, END_HEADERS = 1, 1, 4


class Refused(Exception):
    """The daemon gave no answer to a call."""


# --- protobuf ------------------------------------------------------------------------

def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def message(fields):
    """{number: text, number, {…} or a list of these}."""
    out = b""
    for number, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                out += varint(number << 3) + varint(one)
                continue
            part = message(one) if isinstance(one, dict) else one.encode()
            out += varint(number << 3 | 2) + varint(len(part)) + part
    return out


def labels(pairs):
    return [{1: key, 2: value} for key, value in pairs.items()]


def fields(data):
    """{number: the last value}."""
    found, at = {}, 0

    def take():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n

    while at < len(data):
        tag = take()
        if tag & 7 == 0:
            found[tag >> 3] = take()
            continue
        if tag & 7 != 2:
            raise Refused(f"a field of wire type {tag & 7}")
        length = take()
        found[tag >> 3] = data[at:at + length]
        at += length
    return found


# --- HTTP/2 --------------------------------------------------------------------------

def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header(name, value):
    """HPACK's literal without indexing, a new name, no Huffman code (RFC 7541, 6.2.2)."""
    def text(x):
        assert len(x) < 127
        return bytes([len(x)]) + x.encode()
    return b"\0" + text(name) + text(value)


class Connection:
    """One call."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(120)
        self.socket.connect(str(path))

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise Refused("the daemon hung up")
            data += more
        return data

    def answer(self):
        """The bytes of the one stream, and its last headers."""
        data = trailers = b""
        while True:
            head = self.exactly(9)
            length, (kind, flags, stream) = int.from_bytes(head[:3], "big"), \
                struct.unpack(">BBI", head[3:])
            payload = self.exactly(length)
            if kind == SETTINGS and not flags & ACK:
                self.socket.sendall(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.socket.sendall(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                raise Refused(f"the daemon goes away: {payload[8:]!r}")
            elif stream == 1:
                data += payload if kind == DATA else b""
                trailers = payload if kind == HEADERS else trailers
                if flags & END_STREAM and kind in (DATA, HEADERS):
                    return data, trailers

    def call(self, method, request):
        head = b"".join(header(*h) for h in (
            (":method", "POST"), (":scheme", "http"), (":path", method),
            (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers")))
        body = b"\0" + struct.pack(">I", len(request)) + request
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) +
                            frame(HEADERS, END_HEADERS, 1, head) + frame(DATA, END_STREAM, 1, body))
        data, trailers = self.answer()
        if len(data) < 5:
            raise Refused(f"{method} ended with headers alone, {trailers!r}: see the daemon's log")
        return data[5:]


# --- pods ----------------------------------------------------------------------------

HOST_NETWORK = {1: 2}  # NamespaceOption.network = NODE: nothing to set up


class Cri:
    def __init__(self, path, cgroup):
        self.path, self.cgroup, self.pods = path, cgroup, []

    def ask(self, method, request):
        connection = Connection(self.path)
        try:
            return fields(connection.call("/runtime.v1.RuntimeService/" + method,
                                          message(request)))
        finally:
            connection.socket.close()

    def pod(self, name, namespace, marks):
        """Its id and its configuration, which each container of it repeats."""
        config = {1: {1: name, 2: f"uid-of-{name}", 3: namespace, 4: 0}, 6: labels(marks),
                  8: {1: self.cgroup, 2: {1: HOST_NETWORK}}}
        ident = self.ask("RunPodSandbox", {1: config})[1].decode()
        self.pods.append(ident)
        return ident, config

    def container(self, pod, name, image, command):
        sandbox, config = pod
        own = {1: {1: name, 2: 0}, 2: {1: image}, 3: command,
               9: labels({"io.kubernetes.container.name": name,
                          "io.kubernetes.pod.name": config[1][1],
                          "io.kubernetes.pod.namespace": config[1][3]}),
               15: {2: {3: HOST_NETWORK}}}
        ident = self.ask("CreateContainer", {1: sandbox, 2: own, 3: config})[1].decode()
        self.ask("StartContainer", {1: ident})
        return ident

    def run(self, container, *command):
        """What a probe sees: status and output."""
        seen = self.ask("ExecSync", {1: container, 2: list(command), 3: 20})
        return seen.get(3, 0), (seen.get(1, b"") + seen.get(2, b"")).decode()

    def state(self, container):
        """CONTAINER_CREATED, RUNNING, EXITED: 0, 1, 2."""
        return fields(self.ask("ContainerStatus", {1: container})[1]).get(3, 0)

    def stop(self):
        for pod in self.pods:
            self.ask("StopPodSandbox", {1: pod})
            self.ask("RemovePodSandbox", {1: pod})
        self.pods = []
