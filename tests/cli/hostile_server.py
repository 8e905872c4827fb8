"""An HTTP server that does everything that image servers do, good and bad, and counts what it is asked.

The path says what happens, and ENDINGS what the outcome has to be. It listens on every address of 127.0.0.0/8, each of
which is a host for the program, and stops with its process.
"""
import collections
import contextlib
import email.utils
import gzip
import select
import socket
import ssl
import struct
import threading
import time
import zlib

from pictures import RGB, png

# What each behavior ends in: the outcome, whether it is transient, and the requests that it takes.
TRIES = 5
ENDINGS = {
    "ok": ("fetched", False, 1),
    "chunked": ("fetched", False, 1),
    "no-length": ("fetched", False, 1),
    "wrong-type": ("fetched", False, 1),
    "gzip": ("fetched", False, 1),
    "raw-deflate": ("fetched", False, 1),
    "split-deflate": ("fetched", False, 1),
    "no-encoding": ("fetched", False, 1),
    "identity-encoding": ("fetched", False, 1),
    "gzip-identity": ("fetched", False, 1),
    "interim": ("fetched", False, 1),
    "other-robot": ("fetched", False, 1),
    "hops-5": ("fetched", False, 6),
    "flaky": ("fetched", False, 3),
    "reset-once": ("fetched", False, 2),
    "cut-once": ("fetched", False, 2),
    "retry-seconds": ("fetched", False, 2),
    "retry-date": ("fetched", False, 2),
    "401": ("url_status", False, 1),
    "403": ("url_status", False, 1),
    "404": ("url_status", False, 1),
    "410": ("url_status", False, 1),
    "204": ("url_status", False, 1),
    "404-endless": ("url_status", False, 1),
    "no-location": ("url_status", False, 1),
    "to-file": ("url_status", False, 1),
    "hops-6": ("url_status", False, 6),
    "loop": ("url_status", False, 6),
    "408": ("url_status", True, TRIES),
    "429": ("url_status", True, TRIES),
    "503": ("url_status", True, TRIES),
    "reset": ("url_unreachable", True, TRIES),
    "short": ("url_unreachable", True, TRIES),
    "short-chunks": ("url_unreachable", True, TRIES),
    "silent": ("url_unreachable", True, TRIES),
    "drip": ("url_unreachable", True, TRIES),
    "no-http": ("url_unreachable", True, TRIES),
    "cut": ("url_not_image", False, TRIES),
    "cut-with-length": ("url_not_image", False, 1),
    "html": ("url_not_image", False, 1),
    "html-no-length": ("url_not_image", False, 1),
    "text-no-length": ("url_not_image", False, 1),
    "text": ("url_not_image", False, 1),
    "empty": ("url_not_image", False, 1),
    "brotli": ("url_not_image", False, 1),
    "broken-gzip": ("url_not_image", False, 1),
    "endless": ("url_too_large", False, 1),
    "endless-chunks": ("url_too_large", False, 1),
    "bomb": ("url_too_large", False, 1),
    "many-headers": ("url_too_large", False, 1),
    "long-header": ("url_too_large", False, 1),
    "noai": ("url_opted_out", False, 1),
    "tdm": ("url_opted_out", False, 1),
    "away_noai": ("url_opted_out", False, 1),
    "to-private": ("url_private", False, 1),
}


def picture(path):
    """A small PNG, another one for each path."""
    seed = zlib.crc32(path.encode())
    return png(8, 8, RGB, [(seed >> i % 24) + i * 31 & 255 for i in range(192)])


def behavior(path):
    return path.split("?")[0].strip("/").split("/")[0]


class Connection:
    def __init__(self, server, sock, host):
        self.server, self.sock, self.host = server, sock, host
        self.received = b""

    def request(self):
        """The path and the headers of the next request; nothing at the end."""
        while b"\r\n\r\n" not in self.received:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.received += data
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {key.lower(): value.strip() for key, value in (line.split(":", 1) for line in lines)}
        path = first.split(" ")[1]
        return "/" + path.split("/", 3)[3] if path.startswith("http://") else path, headers  # as a proxy is asked

    def serve(self):
        while True:
            request = self.request()
            if request is None:
                return
            path, headers = request
            number = self.server.begin(self.host, path, headers)
            time.sleep(self.server.latency)
            # From the answer's first byte on the client may know it before this thread goes on.
            self.server.end(self.host)
            if not self.answer(path, headers, number):
                return

    def send(self, status, body=b"", *headers, length=None):
        lines = [f"HTTP/1.1 {status} X", *headers]
        if length is not False:
            lines.append(f"Content-Length: {len(body) if length is None else length}")
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return length is None

    def send_chunks(self, chunks, *headers, ends=True):
        self.sock.sendall("\r\n".join(["HTTP/1.1 200 X", *headers, "Transfer-Encoding: chunked"]).encode() + b"\r\n\r\n")
        for piece in chunks:
            self.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        if ends:
            self.sock.sendall(b"0\r\n\r\n")
        return ends

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def wait_for_end(self, seconds=20):
        """Until the client goes."""
        select.select([self.sock], [], [], seconds)
        return False

    def answer(self, path, headers, number):
        """False: the connection ends."""
        kind, body = behavior(path), picture(path)
        if self.server.wants_password:  # as a proxy
            return self.send(407, b"", 'Proxy-Authenticate: Basic realm="x"')
        if path in self.server.pages:
            page = self.server.pages[path]
            return self.send(404) if page is None else self.send(200, page, *self.server.page_headers)
        if path == "/robots.txt":
            return self.send(503)
        if kind == "404-endless":
            self.sock.sendall(b"HTTP/1.1 404 X\r\nConnection: close\r\n\r\n")
            return self.forever(self.sock.sendall)
        if kind.isdigit():
            return self.send(int(kind), b"no" if kind != "204" else b"", length=None)
        if kind.startswith("hops-"):
            left = int(kind[5:])
            target = f"/hops-{left - 1}/{path.split('/', 2)[2]}" if left > 1 else f"/ok/{path.split('/', 2)[2]}"
            return self.send(302, b"", f"Location: {target}")
        if kind == "to":  # /to/127.1, a host
            return self.send(302, b"", f"Location: http://{path.split('/')[2]}:{self.server.port}/ok/x.png")
        if kind == "to-host":  # /to-host/127.0.0.9/path
            _, _, host, rest = path.split("/", 3)
            return self.send(302, b"", f"Location: http://{host}:{self.server.port}/{rest}")
        return getattr(self, kind.replace("-", "_"))(path, headers, number, body)

    def ok(self, path, headers, number, body):
        tag = f'"{zlib.crc32(body)}"'
        if headers.get("if-none-match") == tag:
            return self.send(304, b"", f"ETag: {tag}", *self.server.unchanged_headers, length=False) or True
        return self.send(200, body, "Content-Type: image/png", f"ETag: {tag}")

    def chunked(self, path, headers, number, body):
        return self.send_chunks([body[:10], body[10:]])

    def no_length(self, path, headers, number, body):
        return self.send(200, body, "Connection: close", length=False)

    def wrong_type(self, path, headers, number, body):
        return self.send(200, body, "Content-Type: text/html; charset=utf-8")

    def gzip(self, path, headers, number, body):
        return self.send(200, gzip.compress(body), "Content-Encoding: gzip")

    def raw_deflate(self, path, headers, number, body):
        compressor = zlib.compressobj(wbits=-15)
        return self.send(200, compressor.compress(body) + compressor.flush(), "Content-Encoding: deflate")

    def interim(self, path, headers, number, body):
        self.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Robots-Tag: noai\r\n\r\n")
        return self.send(200, body)

    def other_robot(self, path, headers, number, body):
        return self.send(200, body, "X-Robots-Tag: otherbot: noindex, noai", "TDM-Reservation: 0")

    def flaky(self, path, headers, number, body):
        return self.send(200, body) if number > 2 else self.send(503, b"busy")

    def reset_once(self, path, headers, number, body):
        if number > 1:
            return self.send(200, body)
        self.send(200, body[:20], length=len(body))
        return self.reset()

    def cut_once(self, path, headers, number, body):
        return self.send(200, body if number > 1 else body[:-20], "Connection: close", length=False)

    def retry_seconds(self, path, headers, number, body):
        return self.send(200, body) if number > 1 else self.send(429, b"", "Retry-After: 1")

    def retry_date(self, path, headers, number, body):
        if number > 1:
            return self.send(200, body)
        return self.send(503, b"", "Retry-After: " + email.utils.formatdate(time.time() + 2, usegmt=True))

    def park(self, path, headers, number, body):
        return self.send(429, b"", "Retry-After: 900")

    def no_location(self, path, headers, number, body):
        return self.send(302)

    def to_file(self, path, headers, number, body):
        return self.send(302, b"", "Location: file:///etc/passwd")

    def to_private(self, path, headers, number, body):
        return self.send(302, b"", f"Location: http://10.1.2.3:{self.server.port}/x.png")

    def loop(self, path, headers, number, body):
        return self.send(302, b"", f"Location: {path}")

    def reset(self, *request):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def short(self, path, headers, number, body):
        return self.send(200, body[:20], length=len(body))

    def short_chunks(self, path, headers, number, body):
        return self.send_chunks([body], ends=False)

    def silent(self, *request):
        return self.wait_for_end()

    def drip(self, path, headers, number, body):
        self.sock.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(200):
                self.sock.sendall(b"x")
                if select.select([self.sock], [], [], 0.1)[0]:
                    break
        return False

    def no_http(self, *request):
        self.sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        return False

    def cut(self, path, headers, number, body):
        return self.send(200, body[:-20], "Connection: close", length=False)

    def cut_with_length(self, path, headers, number, body):
        return self.send(200, body[:-20])

    def html(self, path, headers, number, body):
        return self.send(200, b"\n<!DOCTYPE html><html><body>not found</body></html>", "Content-Type: image/png")

    def text(self, path, headers, number, body):
        return self.send(200, b"not an image, but a long enough text")

    def html_no_length(self, path, headers, number, body):
        return self.send(200, b"<html><body>not found</body></html>" * 2, "Connection: close", length=False)

    def text_no_length(self, path, headers, number, body):
        return self.send(200, b'{"error": "not found"}' * 9, "Connection: close", length=False)

    def no_encoding(self, path, headers, number, body):
        return self.send(200, body, "Content-Encoding: utf-8")

    def identity_encoding(self, path, headers, number, body):
        return self.send(200, body, "Content-Encoding: Identity")

    def gzip_identity(self, path, headers, number, body):
        return self.send(200, gzip.compress(body), "Content-Encoding: identity, GZIP")

    def split_deflate(self, path, headers, number, body):
        packed = zlib.compress(body)[2:-4]
        self.send_chunks([packed[:1]], "Content-Encoding: deflate", ends=False)
        time.sleep(0.05)
        self.sock.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed) - 1, packed[1:]))
        return True

    def empty(self, path, headers, number, body):
        return self.send(200, b"")

    def brotli(self, path, headers, number, body):
        return self.send(200, body[::-1], "Content-Encoding: br")

    def broken_gzip(self, path, headers, number, body):
        return self.send(200, gzip.compress(body)[:10] + b"\xff" * 40, "Content-Encoding: gzip")

    def forever(self, write):
        with contextlib.suppress(OSError):
            for _ in range(4000):
                write(b"\0" * 65536)
        return False

    def endless(self, path, headers, number, body):
        self.sock.sendall(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n\x89PNG\r\n\x1a\n")
        return self.forever(self.sock.sendall)

    def endless_chunks(self, path, headers, number, body):
        self.sock.sendall(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        return self.forever(lambda piece: self.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece)))

    def bomb(self, path, headers, number, body):
        return self.send(200, gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip")

    def many_headers(self, path, headers, number, body):
        return self.send(200, body, *(f"X-Header-{i}: something" for i in range(10_000)))

    def long_header(self, path, headers, number, body):
        return self.send(200, body, "X-Long: " + "x" * 90_000)

    def noai(self, path, headers, number, body):
        return self.send(200, body, "X-Robots-Tag: NoAI")

    def tdm(self, path, headers, number, body):
        return self.send(200, body, "tdm-reservation: 1")

    def away_noai(self, path, headers, number, body):
        return self.send(302, b"", "X-Robots-Tag: *: noai", "Location: /ok/1")


class HostileServer:
    """`requests` has every (time, host, path); `greatest` the most requests at a host at once."""

    def __init__(self, latency=0.0, tls=None, port=0, address="0.0.0.0"):
        self.latency, self.tls = latency, tls
        self.lock = threading.Lock()
        self.requests, self.headers = [], []
        self.counts = collections.Counter()
        self.active, self.greatest = collections.Counter(), collections.Counter()
        self.pages = {}  # path: body
        self.page_headers = []  # of every one of `pages`
        self.wants_password = False
        self.unchanged_headers = []  # of every 304
        self.listener = socket.create_server((address, port), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, path, host="127.0.0.2", scheme="http"):
        return f"{scheme}://{host}:{self.port}/{path}"

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with contextlib.suppress(OSError, ValueError):
            sock.settimeout(30)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            host = sock.getsockname()[0]
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock:
                Connection(self, sock, host).serve()

    def begin(self, host, path, headers):
        with self.lock:
            self.requests.append((time.monotonic(), host, path))
            self.headers.append(headers)
            self.counts[host, path] += 1
            self.active[host] += 1
            self.greatest[host] = max(self.greatest[host], self.active[host])
            return self.counts[host, path]

    def end(self, host):
        with self.lock:
            self.active[host] -= 1

    def close(self):
        self.listener.close()


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
