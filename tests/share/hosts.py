"""A small host in this process, shared through a relay by the client of `modelapp run`, for tests of HTTP itself."""

import hashlib
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import paramiko
from modelapp.share.destination import destination
from modelapp.share.tunnel import Tunnel
from modelapp.share.websocket import websocket

PATIENCE_SECONDS = 90


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def _send(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_expect_100(self):
        if self.path == "/refuses":
            self.send_response(413)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = True
            return False
        return super().handle_expect_100()

    def do_GET(self):
        if self.path == "/headers":
            self._send(str(self.headers).encode())
        elif self.path == "/bold":
            self.send_response(200)
            for value in ("a=1; Path=/; Domain=example.org; HttpOnly", "b=2"):
                self.send_header("Set-Cookie", value)
            self.send_header("Service-Worker-Allowed", "/")
            self.send_header("Clear-Site-Data", '"cookies"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for index in range(1000):
                piece = b"%d\n" % index
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 500)
            self.close_connection = True
        elif self.path == "/until-close":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"until close")
            self.close_connection = True
        elif self.path == "/nonsense":
            self.wfile.write(b"nonsense\r\n\r\n")
            self.close_connection = True
        elif self.path == "/waits":
            self.server.waiting.release()
            self.server.go_on.wait(PATIENCE_SECONDS)
            self._send(b"waited")
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            # Over when the other side has said so, which a mere write does not notice while there is no room for it.
            while not select.select([self.connection], [self.connection], [])[0]:
                self.connection.send(b"x" * (1 << 16), socket.MSG_DONTWAIT)
            self.close_connection = True
        else:
            self._send(b"hello")

    do_HEAD = do_GET

    def do_POST(self):
        digest, count = hashlib.sha256(), 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                piece = self.rfile.read(size)
                self.rfile.readline()
                digest.update(piece)
                count += size
            self.rfile.readline()
        else:
            left = int(self.headers["Content-Length"])
            while left and (piece := self.rfile.read(min(left, 1 << 16))):
                digest.update(piece)
                count += len(piece)
                left -= len(piece)
        self._send(f"{count} {digest.hexdigest()}".encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):
        """A visitor who leaves is no fault."""


class Host:
    """A server and its tunnel.

    Args:
        relay: The relay's process.
        app: Name of the app.
        by: "http://" or "https://" to go in a websocket, "" for plain SSH.
    """

    def __init__(self, relay, app="test", by=""):
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.waiting = threading.Semaphore(0)
        self.server.go_on = threading.Event()
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        self.relay = relay
        self.problems = []
        self._changed = threading.Condition()
        self.links = []
        ssh_port = relay.port if by else relay.ssh_port
        to = destination(f"{by}127.0.0.1:{ssh_port}", fingerprint=relay.fingerprint)
        port = self.server.server_address[1]
        self.tunnel = Tunnel(to, port, 0, app, self._stands, self._broken, self._broken)
        self.tunnel.start()

    def _stands(self, link):
        with self._changed:
            self.links.append(link)
            self._changed.notify_all()

    def _broken(self, problem, seconds=0.0):
        with self._changed:
            self.problems.append(str(problem))
            self._changed.notify_all()

    def stands(self, times=1):
        """Wait until the tunnel stands, for so many times in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.links) >= times, PATIENCE_SECONDS), self.problems
        return self

    def complains(self, words):
        """Wait for a problem that has these words."""
        with self._changed:
            found = self._changed.wait_for(lambda: any(words in one for one in self.problems), PATIENCE_SECONDS)
        assert found, self.problems

    @property
    def path(self):
        """The path of the name, which ends with a slash."""
        return "/" + self.links[-1].url.split("/", 3)[3]

    @property
    def name(self):
        """The name."""
        return self.path.split("/")[2]

    def stop(self):
        """End the tunnel and the server."""
        self.tunnel.stop()
        self.server.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def transport_to(relay, by=""):
    """Return a connection to a relay that has not logged in yet: by plain SSH, or in a websocket."""
    port = relay.port if by else relay.ssh_port
    if not by:
        return paramiko.Transport(("127.0.0.1", port))
    return paramiko.Transport(websocket(destination(f"{by}127.0.0.1:{port}", fingerprint=relay.fingerprint)))


def said(relay, data, source="127.0.0.1"):
    """Send bytes to a relay's HTTP port from an address, and return all that comes until it closes."""
    with socket.create_connection(("127.0.0.1", relay.port), PATIENCE_SECONDS, (source, 0)) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
        return answer
