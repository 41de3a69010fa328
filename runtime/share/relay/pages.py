"""What the relay itself says to a browser: that a host is offline, and to its operator how it is."""

import base64
import hashlib
import html
import json

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#fbfaf8, #17181a);
  color: light-dark(#1f2328, #e6e4e0); }
main { max-width: min(26rem, 100vw); padding: 1.5rem; box-sizing: border-box; }
main:has(table) { max-width: 100vw; }
h1 { font-size: 1.125rem; font-weight: 600; margin: 0 0 0.25rem; }
p { margin: 0; color: light-dark(#5c626a, #a3a199); }
h1:not(:first-child) { margin-top: 2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { padding: 0.25rem 1rem 0.25rem 0; text-align: right; font-weight: 400;
  border-bottom: 1px solid light-dark(#e3e0da, #2f3134); font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; }
"""
_SCRIPT = """
async function look() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    if (answer.status !== 503 && answer.status !== 429) return location.reload();
  } catch { /* the relay is away too: it is asked again */ }
  later();
}
function later() { setTimeout(look, 1500 + Math.random() * 1500); }
later();
addEventListener("online", look);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
"""


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _page(title: str, body: str, script: str = "") -> bytes:
    end = f"<script>{script}</script>" if script else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{body}</main>{end}</body></html>"
    ).encode()


_POLICY = (
    f"default-src 'none'; script-src '{_hash(_SCRIPT)}'; style-src '{_hash(_STYLE)}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

# Any site may frame it: it holds nothing, and the frame goes on by itself when the host is back.
OFFLINE_HEADERS = {"Content-Security-Policy": f"{_POLICY}; frame-ancestors *", "Retry-After": "2"}

OFFLINE = _page(
    "Offline",
    '<h1>The host is offline.</h1><p role="status">This page goes on by itself.</p>',
    _SCRIPT,
)
OFFLINE_JSON = json.dumps({"error": "The host is offline."}).encode()


def status_page(status: dict[str, object]) -> bytes:
    """Return the operator's page."""
    tunnels = status["tunnels"]
    assert isinstance(tunnels, list)
    columns = list(tunnels[0]) if tunnels else []
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(one))}</td>' for one in row.values())}</tr>" for row in tunnels
    )
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in columns)
    figures = "".join(
        f"<tr><td>{name.replace('_', ' ')}</td><td>{html.escape(str(value))}</td></tr>"
        for name, value in status.items()
        if name != "tunnels"
    )
    return _page("Relay", f"<h1>Relay</h1><table>{figures}</table><h1>Tunnels</h1><table>{head}{rows}</table>")
