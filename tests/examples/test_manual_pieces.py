"""The manual's Python that is no whole script runs with what its page has around it, and its data can be parsed."""

import ast
import configparser
import contextlib
import csv
import html.parser
import io
import json
import re

import pytest
from manual import blocks, first_script

# Elements of HTML that have no end tag.
VOID = {"br", "hr", "img", "input", "link", "meta"}


def pieces():
    """Yield the parts of scripts; those of the reference are tested as docstrings."""
    for block in blocks("python"):
        if not block.whole and not block.foreign and block.page.name != "reference.md":
            yield pytest.param(block, id=str(block))


# What stands around a piece, by a word of it: code before it that a reader has, too, such as a model of her own.
BEFORE = {
    "model_type=": """
        import keras
        net = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
        names = ["cat", "dog"]
    """,
    "torch.load": """
        import torch
        torch.save(torch.nn.Linear(2, 1), "net.pt")
    """,
    "Interface.split": """
        def measure(weight, height):
            index = weight / height**2
            return index, "underweight" if index < 18.5 else "not underweight"
    """,
}
AFTER = {"torch.load": "assert tuple(load()(torch.zeros(1, 2)).shape) == (1, 1)\n"}


def around(text):
    """Return a piece as a whole script."""
    before = "".join(code for word, code in BEFORE.items() if word in text)
    after = "".join(code for word, code in AFTER.items() if word in text)
    lines = [line.removeprefix("        ") for line in before.splitlines()]
    return "\n".join(["import modelapp as ma", *lines, text, after])


@pytest.mark.parametrize("piece", list(pieces()))
def test_piece_of_a_script_runs(piece, page, serve, tmp_path, monkeypatch, patient):
    monkeypatch.chdir(tmp_path)
    text = piece.text
    if text.startswith("def test_"):
        names: dict[str, object] = {}
        exec(text, names)
        next(value for name, value in names.items() if name.startswith("test_"))(page)
        return
    if imported := re.search("^from modelapp import (.+)$", text, re.MULTILINE):
        # A program beside the script: it finds the page's script, and cases, in its folder or at its address.
        (tmp_path / "bmi.py").write_text(first_script(piece.page))
        for table in blocks("csv", pages=[piece.page]):
            (tmp_path / "cases.csv").write_text(table.text)
        if "connect" in imported[1]:
            text = text.replace("http://localhost:8501", serve(tmp_path / "bmi.py").url)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(text, str(tmp_path / "piece.py"), "exec"), {"__name__": "piece"})
        assert said.getvalue().strip()
        return
    user = page(around(text)).settle()
    assert user.phase in ("done", "waiting"), user.failure


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in blocks("json")])
def test_json_can_be_parsed(block):
    assert json.loads(block.text)


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in blocks("csv")])
def test_every_row_of_a_table_is_as_long_as_its_head(block):
    head, *rows = csv.reader(io.StringIO(block.text))
    assert rows
    assert {len(row) for row in rows} == {len(head)}


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in blocks("ini")])
def test_unit_of_systemd_can_be_parsed(block):
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(block.text)
    assert {"Unit", "Service", "Install"} <= set(parser)


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in blocks("html")])
def test_html_closes_what_it_opens(block):
    class Parser(html.parser.HTMLParser):
        def handle_startendtag(self, tag, attributes):
            """Leave out what is closed in itself."""

        def handle_starttag(self, tag, attributes):
            if tag not in VOID:
                self.opened.append(tag)

        def handle_endtag(self, tag):
            assert self.opened.pop() == tag

    parser = Parser(convert_charrefs=True)
    parser.opened = []
    parser.feed(block.text)
    parser.close()
    assert not parser.opened


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in blocks("dockerfile")])
def test_container_is_described_in_known_instructions_and_starts_the_real_command(block, command_line):
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "CMD", "ENV"}
    lines = block.text.replace("\\\n", " ").splitlines()
    assert {line.split()[0] for line in lines} <= known
    (command,) = [json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD ")]
    assert command[0] == "modelapp"
    command_line.parse(command[1:])


def test_every_language_of_the_manual_has_a_test():
    # nginx: tests/server/test_base_url.py serves by it; text: output, not code.
    tested = {"python", "sh", "json", "csv", "ini", "html", "dockerfile", "nginx", "text"}
    assert {block.language for block in blocks()} == tested


def test_foreign_code_stands_only_on_the_pages_for_those_who_know_it():
    found = [block for block in blocks("python") if block.foreign]
    assert {block.page.name for block in found} == {"from-gradio.md", "from-streamlit.md"}
    for block in found:
        ast.parse(block.text)
