"""The manual is true: its scripts run, its links lead somewhere, and its reference is up to date."""

import ast
import importlib.util
import re

import pytest
from manual import PAGES, ROOT, blocks, first_script

HTML = re.compile(r"^`([\w-]+\.html)` .*?^```html\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def whole_scripts():
    """Yield the blocks that are complete scripts, with the files that stand beside them on their page.

    Those of the reference are tested as docstrings.
    """
    for block in blocks("python"):
        if block.whole and block.page.name != "reference.md":
            yield pytest.param(block.text, dict(HTML.findall(block.page.read_text())), id=str(block))


@pytest.mark.parametrize(("script", "files"), list(whole_scripts()))
def test_script_of_the_manual_runs(patient, page, tmp_path, monkeypatch, script, files):
    monkeypatch.chdir(tmp_path)  # some write a file beside themselves
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    user = page(script).settle()
    assert user.phase in ("done", "waiting"), user.failure


def test_five_lines_of_the_readme_are_five_and_answer(page):
    script = first_script(ROOT / "README.md")
    assert len([line for line in script.splitlines() if line.strip()]) <= 5
    user = page(script).settle()
    assert user.phase == "done", user.failure


@pytest.mark.parametrize("page_file", PAGES, ids=lambda path: path.name)
def test_python_can_be_parsed(page_file):
    for block in blocks("python", pages=[page_file]):
        try:
            ast.parse(block.text)
        except SyntaxError as problem:
            pytest.fail(f"{block}: {problem}")


def anchors(page):
    """Return the names that a page's headings can be linked by."""
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in HEADING.findall(page)}


@pytest.mark.parametrize("page_file", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page_file):
    for link in LINK.findall(page_file.read_text()):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = page_file.parent / path if path else page_file
        assert target.exists(), f"{page_file.name} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{page_file.name} links to {link}"


@pytest.mark.parametrize("page_file", PAGES, ids=lambda path: path.name)
def test_every_name_of_the_manual_exists(page_file):
    import modelapp as ma

    for name in set(re.findall(r"\bma\.(\w+)", page_file.read_text())):
        assert hasattr(ma, name), f"{page_file.name} names ma.{name}"


def test_pages_are_short_enough_to_be_read():
    for page_file in PAGES:
        lines = len(page_file.read_text().splitlines())
        limit = {"reference.md": 2400, "README.md": 150}.get(page_file.name, 200)
        assert lines <= limit, f"{page_file.name} has {lines} lines"


def test_reference_is_what_the_docstrings_say():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert (ROOT / "docs" / "reference.md").read_text() == reference.render(), "run `make docs`"


def test_every_example_is_a_script_that_the_readme_counts():
    files = (ROOT / "examples").glob("*.py")
    examples = sorted(path.stem for path in files if "import modelapp" in path.read_text())
    assert examples == ["counter", "digits", "digits_keras", "espresso", "pacemaker", "sentiment", "tumour", "voice"]
