"""A proxy as networks have it that let only HTTPS out: it knows CONNECT, and may want a name and a password."""

import base64
import contextlib
import socket
import threading

PATIENCE_SECONDS = 90


class Proxy:
    """A proxy on loopback.

    Args:
        login: "name:password" that it wants, or "" for none.
        answers: What it answers to everything instead of leading on, or None.
    """

    def __init__(self, login="", answers=None):
        self.asked = []
        self._login = login
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._connections = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._connections.add(connection)
                threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def _take(self, connection):
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(1 << 16)
                if not piece:
                    return
                head += piece
            self.asked.append(head.decode())
            wanted = f"Proxy-Authorization: Basic {base64.b64encode(self._login.encode()).decode()}\r\n"
            if self._answers is not None:
                connection.sendall(self._answers)
                connection.close()
            elif self._login and wanted not in head.decode():
                connection.sendall(b"HTTP/1.1 407 Log In\r\nProxy-Authenticate: Basic\r\n\r\n")
                connection.close()
            else:
                host, _, port = head.split()[1].decode().rpartition(":")
                onward = socket.create_connection((host, int(port)), PATIENCE_SECONDS)
                onward.settimeout(None)
                self._connections.add(onward)
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                threading.Thread(target=_pump, args=(connection, onward), daemon=True).start()
                _pump(onward, connection)

    def cut(self):
        """End all connections."""
        for one in list(self._connections):
            self._connections.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def stop(self):
        """End it."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(PATIENCE_SECONDS)
        self.cut()


def _pump(source, target):
    with contextlib.suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
