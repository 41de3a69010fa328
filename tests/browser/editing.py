"""A page with a picture in its editor, and both sides of it: what the page shows and what the script got."""

import hashlib
import inspect
import io
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect


def fingerprint(edits: list[Any]) -> str:
    """Return a word for a list of edits that the page and the script can both say."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return float(value) if isinstance(value, int) else value

    return hashlib.sha1(json.dumps(plain(edits), sort_keys=True).encode()).hexdigest()[:10]


SCRIPT = f"""
import hashlib
import json
from pathlib import Path
from typing import Any

import modelapp as ma
import numpy as np
from modelapp.core.current import current_run

{inspect.getsource(fingerprint)}

ma.app("Editing", precompute=False)  # each run leaves a file
here = Path(__file__).parent
picture = ma.image_input(examples=sorted(here.glob("given*")))
if ma.context.mode == "live":  # not the run with the original
    np.save(here / "got.npy", np.asarray(picture))
ma.text_output("got " + fingerprint(current_run().inputs["picture"].used["edits"]))
"""

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


class Editing:
    """One page and its script."""

    def __init__(self, open_page: Any, context: BrowserContext, folder: Path) -> None:
        self.folder = folder
        self._sent_edits: list[Any] = []
        self.blob = ""
        self.set_messages = 0
        self._open_page = open_page
        context.on("page", lambda page: page.on("websocket", lambda socket: socket.on("framesent", self._sent)))

    def _sent(self, payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "set" and message["values"].get("picture"):
            self._sent_edits = message["values"]["picture"]["edits"]
            self.blob = message["values"]["picture"]["blob"]
            self.set_messages += 1

    def open(self, given: dict[str, bytes], *, edit: bool = True) -> Page:
        """Serve the script with these files as its examples, and open the editor on the first."""
        for name, content in given.items():
            (self.folder / name).write_bytes(content)
        self.page = self._open_page(SCRIPT)
        self.answered()
        if edit:
            self.start()
        return self.page

    def start(self) -> None:
        """Open the editor."""
        self.page.get_by_role("button", name="Edit", exact=True).click()
        expect(self.stage).to_be_visible()

    @property
    def stage(self) -> Locator:
        """Where the picture is edited."""
        return self.page.get_by_role("group", name="Picture, being edited")

    @property
    def canvas(self) -> Locator:
        """What shows the picture."""
        return self.page.locator("canvas[data-edits]")

    def tool(self, name: str) -> None:
        """Take a tool."""
        self.page.get_by_role("toolbar").get_by_role("button", name=name, exact=True).click()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def slide(self, name: str, key: str, times: int) -> None:
        """Move a slider with the keyboard."""
        slider = self.page.get_by_role("slider", name=name, exact=True)
        slider.focus()
        for _ in range(times):
            slider.press(key)

    def place(self, across: float, down: float) -> tuple[float, float]:
        """Return where on the window a place on the picture is."""
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def drag(self, *points: tuple[float, float]) -> None:
        """Drag the mouse over places on the picture."""
        places = [self.place(*point) for point in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        self.page.mouse.up()

    def answered(self) -> None:
        """Wait until the page has sent all edits and the script has run with them."""
        # What a gesture changes is drawn, and sent, in the next frame.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        expect(self.page.locator(".status")).to_have_attribute("data-busy", "false")
        expect(self.page.get_by_text(f"got {fingerprint(self._sent_edits)}")).to_be_visible()

    @property
    def edits(self) -> list[Any]:
        """What was sent last, after the script has answered to it."""
        self.answered()
        return self._sent_edits

    def operations(self) -> list[str]:
        """Return the names of these edits."""
        return [edit["op"] for edit in self.edits]

    def both(self) -> tuple[np.ndarray, np.ndarray]:
        """Close the editor; return what the page shows and what the script got, at the page's size."""
        self.press("Done")
        return self.both_as_they_are()

    def both_as_they_are(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the same of a page whose editor is closed."""
        expect(self.canvas).to_have_attribute("data-edits", str(len(self.edits)))
        expect(self.canvas).to_have_attribute("data-picture", self.blob)
        address = self.canvas.evaluate("canvas => canvas.toDataURL()")
        shown = Image.open(io.BytesIO(b64decode(address.partition(",")[2]))).convert("RGB")
        got = Image.fromarray(np.load(self.folder / "got.npy"))
        reduced = shown.width * shown.height < got.width * got.height
        if reduced:
            got = got.resize(shown.size, Image.Resampling.BOX)
        assert shown.size == got.size
        return np.asarray(shown).astype(float), np.asarray(got).astype(float)

    def expect_chips(self, *names: str) -> None:
        """Wait until the page lists these edits."""
        expect(self.page.get_by_role("list", name="Edits").locator("li")).to_have_text(list(names))


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean absolute difference, in levels of 0-255."""
    return float(np.abs(first - second).mean())


def photo(width: int, height: int) -> Image.Image:
    """Return a picture with coarse and fine detail, in colours, brighter at the left and redder at the top."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    coarse = 60 * np.sin(9 * x + 3 * y) + 40 * np.cos(14 * y)
    fine = 30 * np.sin(120 * x) * np.sin(90 * y)
    red = 130 + coarse + fine - 60 * y
    green = 110 + 0.5 * coarse + fine - 50 * x
    blue = 120 - coarse + fine
    return Image.fromarray(np.clip(np.dstack([red, green, blue]), 0, 255).astype(np.uint8))


def file_of(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
