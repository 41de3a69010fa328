"""The network between a relay and others, in the hands of a test: what passes can be read, and it can be cut."""

import contextlib
import socket
import threading

PATIENCE_SECONDS = 90


class Wire:
    """A port that leads to another one, until it is cut; what comes after that is led on again.

    Args:
        port: Where to.
    """

    def __init__(self, port):
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._pairs = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                try:
                    there = socket.create_connection(("127.0.0.1", self._target), PATIENCE_SECONDS)
                except OSError:  # as who comes would see it
                    here.close()
                    continue
                there.settimeout(None)
                threads = [
                    threading.Thread(target=self._carry, args=ends, daemon=True)
                    for ends in ((here, there), (there, here))
                ]
                self._pairs.append((here, there, threads))
                for thread in threads:
                    thread.start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                self.passes(piece)
                target.sendall(piece)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def passes(self, piece):
        """Told of each piece, in the thread that carries it."""

    def cut(self):
        """End all connections, as when somebody pulls a plug: in the midst of what is under way."""
        while self._pairs:
            here, there, threads = self._pairs.pop()
            for one in (here, there):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            here.close()
            there.close()

    def close(self):
        """End it."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(PATIENCE_SECONDS)
        self.cut()


class Recorder(Wire):
    """A wire that keeps what passes: what a relay gets to see."""

    def __init__(self, port):
        self._lock = threading.Lock()
        self._passed = bytearray()
        super().__init__(port)

    def passes(self, piece):
        """Keep it."""
        with self._lock:
            self._passed += piece

    @property
    def passed(self):
        """All bytes so far, of both ways."""
        with self._lock:
            return bytes(self._passed)
