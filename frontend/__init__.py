"""The built page, as a folder of static files, and the one that needs no host.

This package owns where the browser's files are. It must not know who serves them.
"""

import re
from functools import cache
from pathlib import Path


def static_folder() -> Path:
    """Return the folder that holds the built page (`index.html` and `assets/`).

    Raises:
        FileNotFoundError: If the page was not built; says how to build it.
    """
    folder = Path(__file__).with_name("static")
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(
            f"The web page was not built: {folder} has no index.html. "
            "Build it with `pip install .` in the repository's root, or with `npm ci && npm run build` in `frontend/`."
        )
    return folder


@cache
def export_file(name: str) -> str:
    """Return the text of a file of the page that needs no host: "page.js", "page.css", "vega.js", or their licences.

    Raises:
        FileNotFoundError: If it was not built; says how to build it.
    """
    path = static_folder() / "export" / name
    if not path.is_file():
        raise FileNotFoundError(f"The page was built without {path}. Build it anew: `npm run build` in `frontend/`.")
    return path.read_text(encoding="utf-8")


@cache
def page_style() -> str:
    """Return the address of the page's style sheet below that folder; its name carries a hash of its content."""
    found = re.search(r'href="\./(assets/[^"]+\.css)"', (static_folder() / "index.html").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]
