"""Pages on which something is flagged, for tests of it."""

import secrets

from modelapp.session.flags import Flags
from stores import storage_at

SCRIPT = """
    import modelapp as ma
    ma.app("Sum", flags=["wrong label", "bad picture"])
    a = ma.number_input(value=1)
    note = ma.text_input(value="calm")
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
    ma.text_output(f"a is {a:g}")
"""


def opened(connect, served, **options):
    """A page with an answer on it."""
    page = connect(served, **options)
    page.hello()
    page.seen = 0
    while True:
        message = page.next()
        if message["type"] == "frame":
            page.seen = message["sequence"]
        elif message["type"] == "run" and message["phase"] == "done":
            return page


def flag(page, identity=None, **fields):
    """Flag what a page shows; return the flag's id."""
    identity = identity or secrets.token_hex(16)
    seen = fields.pop("seen", page.seen)
    page.send({"type": "flag", "id": identity, "seen": seen, "epoch": page.welcome["epoch"], **fields})
    return identity


def flags_of(served):
    found = Flags(storage_at(served.path))
    try:
        return found.all()
    finally:
        found.close()
