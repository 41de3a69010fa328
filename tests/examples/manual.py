"""The manual's code blocks, for the tests that run or parse them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WHOLE = re.compile("^import modelapp as ma$", re.MULTILINE)
# Code of another library on the pages for people who know it: it is run by hand with the versions that the page names.
FOREIGN = re.compile(r"^import (gradio|streamlit) as ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block: its page, the line that it begins at, its language and text."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def whole(self) -> bool:
        """Whether it is a complete script around modelapp."""
        return self.language == "python" and WHOLE.search(self.text) is not None

    @property
    def foreign(self) -> bool:
        """Whether it is another library's code."""
        return self.language == "python" and FOREIGN.search(self.text) is not None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(*languages: str, pages: list[Path] = PAGES) -> Iterator[Block]:
    """Yield the blocks of these languages, of all without."""
    for page in pages:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            if not languages or match[1] in languages:
                yield Block(page, text.count("\n", 0, match.start()) + 2, match[1], match[2])


def first_script(page: Path) -> str:
    """Return the first whole script of a page."""
    return next(block.text for block in blocks("python", pages=[page]) if block.whole)
