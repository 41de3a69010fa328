"""The base of all websockets: who may open one."""

from modelapp.server.security import Gate
from tornado import web, websocket


class CheckedSocket(websocket.WebSocketHandler):
    """A websocket that only a page of this host opens."""

    gate: Gate

    def prepare(self) -> None:
        """Refuse an origin before Tornado reads it: it takes some that are no address for a fault of its own."""
        if not self.gate.same_origin(self.request.headers.get("Origin"), self.request.host):
            raise web.HTTPError(403)

    def check_origin(self, origin: str) -> bool:
        """Refuse a socket that another site's page opened."""
        host = self.request.host
        return self.gate.knows_host(host) and self.gate.same_origin(origin, host)

    def open(self, *args: str, **kwargs: str) -> None:
        """Refuse one that was opened under another host's name."""
        if not self.gate.knows_host(self.request.host):
            self.close(4421, "This server does not answer to that name.")
            return
        self.set_nodelay(True)
