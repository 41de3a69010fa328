"""Makes the manual's pictures of pages: the examples, served and used in a real Chromium.

`python docs/screenshots.py` writes `build/screenshots/NAME-light.webp` and `-dark.webp`, which `docs/hooks.py` puts
where a page of the manual has `<!-- screenshot NAME: what it shows -->`. Each picture is a function of `SCREENSHOTS`
that uses a page as a person does and leaves it as it is to be seen. None waits for a time, all for what is shown.
"""

import argparse
import contextlib
import csv
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "build" / "screenshots"
# Those of the gallery. The one with Keras looks like `digits` and would have to import a second framework.
EXAMPLES = ("digits", "espresso", "pacemaker", "sentiment", "tumour", "voice", "counter")
PATIENCE_MILLISECONDS = 180_000
CHROMIUM = "/usr/bin/chromium"
QUALITY = 80


@dataclass(frozen=True)
class Screenshot:
    """One picture: the example it shows, what is done on its page, and the window's size in CSS pixels."""

    example: str
    use: Callable[[Page], None]
    width: int = 1280
    height: int = 800
    schemes: tuple[str, ...] = ("light", "dark")


def answered(page: Page) -> None:
    """Wait until the page's run has ended and its answer is shown."""
    expect(page.locator(".status")).to_have_attribute("data-busy", "false")
    expect(page.locator("[data-kind=label_output] .top")).to_be_visible()


def use_answer(page: Page) -> None:
    """The first example with its answer."""
    answered(page)


def use_digit(page: Page) -> None:
    """Another digit than the first."""
    answered(page)
    page.get_by_role("button", name="3", exact=True).click()
    expect(page.locator("[data-kind=label_output] .top")).to_contain_text("3")
    answered(page)


def use_occlusion(page: Page) -> None:
    """The lead of a pacemaker is painted over, and the answer is another one."""
    answered(page)
    expect(page.locator("[data-kind=label_output] .top")).to_contain_text("pacemaker")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("toolbar").get_by_role("button", name="Occlude", exact=True).click()
    page.get_by_role("button", name="Box", exact=True).click()
    page.get_by_role("button", name="Black", exact=True).click()
    drag(page, page.locator("canvas[data-edits]"), (0.12, 0.2), (0.45, 0.85))
    expect(page.get_by_role("region", name="Comparison with the original")).to_contain_text("→")
    answered(page)


def use_robustness(page: Page) -> None:
    """The table of variations, the worst first."""
    answered(page)
    page.get_by_role("button", name="Test robustness").click()
    dialog = page.get_by_role("dialog", name="Robustness")
    expect(dialog.get_by_role("status")).to_contain_text("variations overturn")
    expect(dialog.locator("tbody tr img").first).to_be_visible()


def use_explanation(page: Page) -> None:
    """What the answer rests on, as heat on the picture."""
    answered(page)
    page.get_by_role("button", name="What does it rest on?").click()
    panel = page.get_by_role("region", name="What the answer rests on")
    expect(panel.get_by_role("status")).to_contain_text(re.compile("runs, in"))
    expect(page.locator("svg.heat rect").first).to_be_attached()


def use_many_cases(page: Page) -> None:
    """A report on a table whose truth is known."""
    answered(page)
    page.get_by_role("button", name="Many cases").click()
    dialog = page.get_by_role("dialog", name="Many cases")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "cells.csv", "mimeType": "text/csv", "buffer": cells()})
    dialog.get_by_label("The right answer is in").select_option("kind")
    dialog.get_by_role("button", name="Run all cases").click()
    expect(dialog.get_by_text("80 cases in")).to_be_visible()
    expect(dialog.get_by_role("group", name="Confusion matrix")).to_be_visible()


def use_history(page: Page) -> None:
    """Three digits that were tried."""
    answered(page)
    for count, digit in enumerate(("7", "2", "5"), 1):
        page.get_by_role("button", name=digit, exact=True).click()
        expect(page.locator("[data-kind=label_output] .top")).to_contain_text(digit)
        # What stays for a second is a case; each has to be one before the next is tried.
        page.get_by_role("button", name="History").click()
        expect(page.get_by_role("dialog", name="History").get_by_role("checkbox")).to_have_count(count)
        if count < 3:
            page.keyboard.press("Escape")


def use_gallery(page: Page) -> None:
    """The index, when all cards are made."""
    expect(page.locator("#cards li")).to_have_count(len(EXAMPLES))
    expect(page.locator("#cards .waiting")).to_have_count(0)


SCREENSHOTS = {
    "espresso": Screenshot("espresso", use_answer, height=680),
    "phone": Screenshot("espresso", use_answer, 390, 1000),
    "digits": Screenshot("digits", use_digit, height=640),
    "occlusion": Screenshot("pacemaker", use_occlusion, height=1180),
    "robustness": Screenshot("pacemaker", use_robustness),
    "saliency": Screenshot("espresso", use_explanation, height=900),
    "cases": Screenshot("tumour", use_many_cases),
    "history": Screenshot("digits", use_history, height=640),
    "gallery": Screenshot("", use_gallery, height=640),
}


def drag(page: Page, on: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse from one place of an element to another; places are shares of its width and height."""
    box = on.bounding_box()
    assert box is not None
    corners = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in (start, end)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=6)
    page.mouse.up()


def cells() -> bytes:
    """Return 80 rows of the tumour example's data as CSV, with their truth."""
    # Needed for this picture alone.
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    names = ["worst radius", "worst texture", "worst concave points", "mean radius", "mean concavity", "area error"]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(name.replace(" ", "_") for name in names), "kind"])
    for index, row in data.data[names].iloc[:80].iterrows():
        writer.writerow([*row, data.target_names[data.target[index]]])
    return text.getvalue().encode()


@contextlib.contextmanager
def served(names: tuple[str, ...]) -> Iterator[str]:
    """Serve copies of these examples as a gallery, and yield its address: nothing is written beside the originals."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "examples"
        folder.mkdir()
        for file in (ROOT / "examples").iterdir():
            if file.is_file() and (file.suffix != ".py" or file.stem in names or file.stem.endswith("_model")):
                shutil.copy(file, folder)
        command = [sys.executable, "-u", "-m", "modelapp", "run", str(folder), "--no-open", "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if match := re.search(r"visitors\s+(http://\S+)", line):
                    yield match[1]
                    break
            else:
                raise RuntimeError(f"{' '.join(command)} did not start")
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def take(browser: Browser, address: str, name: str, scheme: str, target: Path) -> str:
    """Write one picture; return the text that the page shows in it."""
    wanted = SCREENSHOTS[name]
    context = browser.new_context(
        viewport={"width": wanted.width, "height": wanted.height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        has_touch=wanted.width < 600,
        is_mobile=wanted.width < 600,
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    page.goto(f"{address}{wanted.example}/" if wanted.example else address)
    wanted.use(page)
    page.mouse.move(0, 0)
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    text = page.locator("body").inner_text()
    context.close()
    image.convert("RGB").save(target / f"{name}-{scheme}.webp", quality=QUALITY, method=6)
    return text


def make(names: list[str], target: Path = TARGET, schemes: tuple[str, ...] = ("light", "dark")) -> dict[str, str]:
    """Write these pictures; return the text of each page as it was last seen.

    Args:
        names: Keys of `SCREENSHOTS`.
        target: The folder that they are written to.
        schemes: Which of the page's two colour schemes.
    """
    target.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    needed = EXAMPLES if "gallery" in names else tuple({SCREENSHOTS[name].example for name in names})
    texts = {}
    with served(needed) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            for scheme in schemes:
                texts[name] = take(browser, address, name, scheme, target)
        browser.close()
    return texts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCREENSHOTS)}; all without")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder that they are written to")
    parser.add_argument("--text", action="store_true", help="also write what each page says, as NAME.txt")
    options = parser.parse_args()
    chosen = options.names or list(SCREENSHOTS)
    if unknown := sorted(set(chosen) - set(SCREENSHOTS)):
        parser.error(f"there is no screenshot {', '.join(unknown)}: choose of {', '.join(SCREENSHOTS)}")
    for name, text in make(chosen, options.target).items():
        if options.text:
            (options.target / f"{name}.txt").write_text(text, encoding="utf-8")
