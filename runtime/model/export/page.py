"""One HTML file of a record: its data, the page's own script and style, and a policy that forbids all else.

Knows neither scripts nor runs.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import RecordedPage
from modelapp.frontend import export_file

_CLOSING = re.compile(r"<(?=/script|!--|script)", re.IGNORECASE)


def html(page: RecordedPage) -> bytes:
    """Return a record as a page.

    Raises:
        EnvironmentFault: If the page's script was not built, or that of plotly is needed and not installed.
    """
    try:
        style = export_file("page.css")
        scripts = [*_drawing(page), export_file("page.js")]
        licences = [export_file(f"{name}.licenses.md") for name in _built(page)]
    except FileNotFoundError as problem:
        raise EnvironmentFault(str(problem)) from problem
    data = as_data(page)
    scripts = [_CLOSING.sub("\\\\x3c", script) for script in scripts]
    policy = content_policy(scripts)
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        f'<meta name="generator" content="modelapp {escape(page.modelapp)}">',
        f"<title>{escape(page.title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        '<div id="page"></div>',
        "<noscript>This page needs JavaScript.</noscript>",
        f'<script type="application/json" id="record">{data}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        *(f"<!--\n{text.replace('--', '==')}-->" for text in licences),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(parts).encode()


def as_data(page: Any) -> str:
    """Return a record as JSON that no HTML parser finds the end of, whatever texts are in it."""
    text = msgspec.json.encode(page).decode()
    # U+2028 and U+2029 end a line in scripts of old; as escapes they are the same to JSON.
    for letter, escaped in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(letter, escaped)
    return text


def content_policy(scripts: list[str]) -> str:
    """Return a content security policy that lets these scripts run, and nothing be asked of any host."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {hashes}",
            # Widths and colours stand in style attributes; styles reach no host, as the rest forbids it.
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "media-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _engines(page: RecordedPage) -> set[str | None]:
    return {getattr(element.props, "engine", None) for element in page.elements}


def _built(page: RecordedPage) -> list[str]:
    """Return the names of the own scripts that the page holds."""
    return ["page", "vega"] if "vega" in _engines(page) else ["page"]


def _drawing(page: RecordedPage) -> Iterator[str]:
    """Yield the scripts that draw plots, where the page has such plots: each is larger than all the rest."""
    engines = _engines(page)
    if "vega" in engines:
        yield export_file("vega.js")
    if "plotly" in engines:
        spec = find_spec("plotly")  # found, not imported: importing it takes half a second
        path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
        if path is None or not path.exists():
            raise EnvironmentFault("A plot of plotly needs its package on this machine: `pip install plotly`.")
        yield path.read_text(encoding="utf-8")
