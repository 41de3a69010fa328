"""Cells as scripts, in a real kernel: what they see, what they leave, and what is said when something is wrong."""

import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import modelapp as ma
import nbformat
import pytest
from jupyter_tools import answers, left_in

ROOT = Path(__file__).parents[2]
IMPORT = "import modelapp as ma\nimport os\nFACTOR = 3\ndef scaled(n):\n    return n * FACTOR"
APP = "%%modelapp {}\nn = ma.slider_input(min=0, max=10, value=1)\nlocal = scaled(n)\nma.number_output(local)"


def port_of(url):
    return int(url.rpartition(":")[2].strip("/"))


def test_cell_sees_the_notebook_and_leaves_it_as_it_is(executed):
    notebook = executed(IMPORT, APP.format("twice"))
    model = ma.connect(notebook.url(1))
    assert model(n=4)["number"] == 12
    assert list(model.inputs) == ["n"]
    notebook.add("FACTOR = 5")
    assert model(n=4)["number"] == 20
    notebook.add("def scaled(n):\n    return -n")
    assert model(n=4)["number"] == -4
    assert notebook.add("print('n' in globals(), 'local' in globals(), __name__)").strip() == "False False __main__"


def test_cell_takes_options_and_magics(executed):
    notebook = executed(
        IMPORT,
        '%%modelapp "Two words" --port 0 --height 321 --no-check\n%env WORD=said\nma.text_output(os.environ["WORD"])',
    )
    assert ma.connect(notebook.url(1))()["text"] == "said"
    assert '"height": 321' in notebook.html(1)
    assert "“two_words”" in notebook.text(1)


def test_second_execution_takes_the_place_at_the_same_address_and_nothing_is_left(executed, jupyter_environment):
    notebook = executed(IMPORT, APP.format(""), APP.format("other"))
    count = "import threading; print(sum(t.name == 'modelapp-server' for t in threading.enumerate()))"
    first, other = notebook.url(1), notebook.url(2)
    assert first != other
    notebook.notebook.cells[1].source = APP.format("").replace("scaled(n)", "n + 100")
    notebook.run(1)
    assert notebook.url(1) == first
    assert ma.connect(first)(n=1)["number"] == 101
    assert notebook.add(count).strip() == "2"
    temporary = Path(jupyter_environment["TMPDIR"])
    assert len(left_in(temporary)) == 2
    notebook.close()
    assert not answers(port_of(first))
    assert not answers(port_of(other))
    assert list(temporary.glob("modelapp-*")) == []
    assert not Path(f"/proc/{notebook.process}").exists()


def test_folder_of_a_kernel_that_was_killed_is_removed_by_the_next(executed, jupyter_environment):
    notebook = executed(IMPORT, APP.format(""))
    temporary = Path(jupyter_environment["TMPDIR"])
    (left,) = left_in(temporary)
    os.kill(notebook.process, 9)
    assert left_in(temporary) == [left]
    executed(IMPORT, APP.format(""))
    (now,) = left_in(temporary)
    assert now != left


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%modelapp\nn = (", "app:2"),
        ("%%modelapp --hieght 3\nma.text_output('')", "Did you mean '--height'?"),
        ("%%modelapp --port many\nma.text_output('')", "invalid int value: 'many'"),
        ("ma.run('nowhere.py')", "There is no script"),
        ("%%modelapp one two\nma.text_output('')", "unrecognized arguments: two"),
    ],
)
def test_what_is_wrong_is_said_without_our_lines_and_the_app_before_stays(executed, cell, said):
    notebook = executed(IMPORT, APP.format(""))
    shown = notebook.add(cell)
    assert said in shown
    assert "interface/notebook" not in shown
    assert ma.connect(notebook.url(1))(n=1)["number"] == 3


def test_functions_files_and_interfaces_stand_in_cells_too(executed, tmp_path):
    (tmp_path / "greet.py").write_text(
        "import modelapp as ma\nname = ma.text_input(value='A')\nma.text_output(name * 2)\n"
    )
    notebook = executed(
        IMPORT,
        "def demo():\n    n = ma.slider_input(max=10)\n    ma.number_output(scaled(n))\nma.run(demo)",
        "ma.run('greet.py')",
        "ma.Interface('text', 'text', model=str.upper).launch()",
        "print(__import__('sys').modules['__main__'].FACTOR)",
    )
    assert ma.connect(notebook.url(1))(n=2)["number"] == 6
    assert ma.connect(notebook.url(2))(name="B")["text"] == "BB"
    assert ma.connect(notebook.url(3))(text="c")["text"] == "C"
    assert notebook.text(4).strip() == "3"
    for index in (1, 2, 3):
        assert len([one for one in notebook.notebook.cells[index].outputs if one.output_type == "display_data"]) == 1
    whole = json.dumps(notebook.notebook)
    keys = re.findall(r"key=[\w-]{20}", whole)
    assert keys == []


def test_ticket_opens_the_app_to_its_author_once(executed):
    notebook = executed(IMPORT, APP.format(""))
    (ticket,) = re.findall(r'"ticket": "([\w-]+)"', notebook.html(1))

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments):
            return None

    def ask(path, **headers):
        request = urllib.request.Request(notebook.url(1) + path, headers=headers)
        try:
            with urllib.request.build_opener(Stay).open(request, timeout=30) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers

    assert ask("ticket?ticket=" + ticket)[0] == 204
    assert ask("ticket?ticket=other")[0] == 404
    assert ask("", Host="hub.example.org")[0] == 421
    around = (
        "at=http://hub.example.org&around=http://hub.example.org&around=javascript:alert&around=vscode-webview://a1"
    )
    query = f"?ticket={ticket}&{around}"
    status, headers = ask(
        query + "&theme=dark", Host="hub.example.org", **{"X-ProxyContextPath": "/user/a%40b/proxy/1"}
    )
    assert (status, headers["Location"]) == (302, "./?theme=dark")
    assert "Path=/user/a%40b/proxy/1/" in headers["Set-Cookie"]
    status, headers = ask("", Host="hub.example.org")
    assert status == 200
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self' http://hub.example.org vscode-webview:")
    status, headers = ask(query.replace("hub", "evil"))
    assert (status, headers["Set-Cookie"]) == (302, None)
    assert "evil" not in ask("")[1]["Content-Security-Policy"]
    assert ask("ticket?ticket=" + ticket)[0] == 204


def test_outside_of_a_notebook_inline_is_refused_and_files_are_served(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text("import modelapp as ma\nn = ma.number_input(value=2)\nma.number_output(n * 2)\n")
    with pytest.raises(ma.ScriptError, match="runs in no notebook"):
        ma.run(path, inline=True)
    with ma.run(path, block=False, port=0) as page:
        assert ma.connect(page.url)(n=21)["number"] == 42
    path.write_text("n = (")
    with pytest.raises(ma.ScriptError, match=r"demo.py cannot be run: SyntaxError"):
        ma.run(str(path), block=False)


@pytest.mark.parametrize(
    ("name", "app", "inputs", "answer"),
    [
        ("train", 3, {"petal_length": 1.4, "petal_width": 0.2}, "setosa"),
        ("picture", 2, {"image": None}, "7"),
    ],
)
def test_notebooks_of_the_examples_answer(executed, name, app, inputs, answer):
    kept = nbformat.read(ROOT / "examples" / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    notebook = executed(*(cell.source for cell in code))
    if "image" in inputs:
        from sklearn.datasets import load_digits

        inputs["image"] = (load_digits().images[7] * (255 / 16)).astype("uint8")
    given = ma.connect(notebook.url(app))(**inputs)["label"]
    assert given["label"] == answer
