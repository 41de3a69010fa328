"""What stands in a cell's output: the app in a frame, and one sentence with a link where no script is run.

Which address a browser reaches the app by is known in the browser alone: the notebook may be on this machine, behind a
hub or at the end of a tunnel. So `frame.js` finds it there, and shows a ticket in place of the key.
"""

import html
import json
import os
from pathlib import Path
from typing import Any

from modelapp.frontend import static_folder

_SCRIPT = Path(__file__).with_name("frame.js")


def bundle(name: str, port: int, ticket: str, height: int | None = None, shared: str | None = None) -> dict[str, str]:
    """Return what a notebook shows, by MIME type.

    Args:
        name: What the app is called.
        port: Where it is served on this machine.
        ticket: Opens it for the author, once.
        height: Of the frame in pixels; None is for that of what it shows.
        shared: Public address, or None.
    """
    address = shared or _address(port)
    said = f"“{name}” is an app that ran in this notebook. While its kernel runs, it is at"
    told: dict[str, Any] = {"port": port, "ticket": ticket, "height": height, "name": name}
    call = f"{_SCRIPT.read_text()}({json.dumps(told).replace('<', chr(92) + 'u003c')})"
    link = html.escape(address)
    return {
        "text/plain": f"{said} {address}",
        "text/html": f'<div><p>{html.escape(said)} <a href="{link}" target="_blank" rel="noopener">{link}</a></p>'
        f"<script>{(static_folder() / 'embed.js').read_text()};{call}</script></div>",
    }


def _address(port: int) -> str:
    """Return the address for who reads the sentence: below a hub's path, where there is one."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    return f"{prefix.rstrip('/')}/proxy/{port}/" if prefix else f"http://localhost:{port}/"
