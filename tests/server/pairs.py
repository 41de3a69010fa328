"""Two hosts of one app, behind nginx that sends each connection to whichever comes next."""

import io
import threading
from types import SimpleNamespace

import numpy as np
from PIL import Image
from served import Served, Socket
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketError
from web_servers import Nginx, manual_block

PAIR = """
import modelapp as ma
n = ma.number_input(value=1)
scan = ma.image_input(required=False, tools=())
ma.state.last = n
ma.text_output(f"{n:g} {scan.size if scan else 'none'}")
if scan:
    ma.image_output(scan.rotate(90, expand=True))
"""


class Pair:
    """Two hosts of a script, each in a folder of its own, and nginx before them as the manual has it."""

    def __init__(self, folder, script, serve, store):
        self.store = store
        self.made = []
        for place in ("a", "b"):
            path = folder / place / "demo.py"
            path.parent.mkdir()
            path.write_text(script)
            self.made.append(serve(path, "--base-url", "/demo/", "--behind-proxy", "--watch"))
        text = manual_block("nginx", "upstream modelapp", "postgresql.md").replace("demo.example.org", "localhost")
        for host, address in zip(self.made, ("10.0.0.1:8501", "10.0.0.2:8501"), strict=True):
            text = text.replace(address, f"127.0.0.1:{host.port}")
        self._front = Nginx(folder / "nginx", text)
        url = f"http://localhost:{self._front.port}/demo/"
        self.front = SimpleNamespace(url=url, request=lambda *words, **more: Served.request(self.front, *words, **more))

    def stop(self):
        """Stop nginx."""
        self._front.stop()


def picture(side):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(side).integers(0, 256, (40, side, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def connected(served, tries=200):
    """Open a socket; a host that is stopped just now may be the one that was asked."""
    for _ in range(tries):
        try:
            return Socket(served)
        except (OSError, HTTPClientError, WebSocketError):
            threading.Event().wait(0.05)
    raise AssertionError("no host answers")


def first_text(page):
    """Return the text that a page shows first."""
    while "output.text" not in page.elements:
        page.receive("frame")
    return page.elements["output.text"]["props"]["text"]
