"""A wire between visitors and a relay that keeps what passes: what the relay itself gets to see."""

import socket
import threading


class Recorder:
    """Carries connections to a port of loopback, and records both ways.

    Args:
        port: Where they go.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._passed = bytearray()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def passed(self) -> bytes:
        """All bytes so far."""
        with self._lock:
            return bytes(self._passed)

    def stop(self) -> None:
        """Take no further connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:  # as the visitor would see it
                near.close()
                continue
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(1 << 16):
                with self._lock:
                    self._passed += piece
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # either side left
            pass
        finally:
            source.close()
