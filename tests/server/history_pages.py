"""Pages on which cases are tried, for tests of their history."""

import io

from modelapp.session.folder import folder_of
from PIL import Image

SCRIPT = """
    import modelapp as ma
    a = ma.number_input(value=1)
    note = ma.text_input(value="calm")
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
    ma.text_output(f"a is {a:g}")
"""

PICTURE = """
    import modelapp as ma
    from pathlib import Path
    scan = ma.image_input(required=False)
    if Path(__file__).with_name("held").exists() and scan:
        Path(__file__).with_name("held").read_text()
    ma.text_output(f"{scan.size if scan else 'none'}")
    if scan:
        ma.image_output(scan)
"""


def opened(connect, served, **options):
    page = connect(served, **options)
    page.hello(**({"session": options.pop("session")} if "session" in options else {}))
    page.receive("run", phase="done")
    return page


def ask(page, do, **query):
    page.asked = getattr(page, "asked", 0) + 1
    page.send({"type": "ask", "id": page.asked, "element": "history", "query": {"do": do, **query}})
    answer = page.receive("answer", id=page.asked)
    return answer["error"] or answer["reply"]


def rows_of(page, *, everybody=False):
    return ask(page, "list", everybody=everybody, before=None)["rows"]


def tried(page, count, **values):
    """Set values and wait until that is kept as a case."""
    page.set(**values)
    page.receive("history", mine=count)


def noise(seed, size=(60, 40)):
    import numpy as np

    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def chosen(page, data, name="picture.png", headers=(), **more):
    """Upload a picture; return the raw value of it."""
    status, uploaded = page.upload("scan", data, name, **dict(headers))
    assert status == 200
    fields = ("blob", "name", "preview", "width", "height", "frames")
    return {**{field: uploaded[field] for field in fields}, "edits": [], **more}


def files_of(served):
    """All stored blobs, by digest."""
    return {file.name: file.read_bytes() for file in (folder_of(served.path) / "blobs").glob("??/*")}


def settled(page):
    """Wait until what was deleted is gone from the disk."""
    while page.receive("history")["going"]:
        pass
