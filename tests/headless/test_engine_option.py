"""`--engine`: every command that runs a script says the same on processes and on a cluster as in its own process."""

import json
import textwrap

import pytest
from click.testing import CliRunner
from kept_flags import App
from modelapp.cli import main
from PIL import Image

ENGINES = [["--engine", "processes"], ["--engine", "ray", "--replicas", "2"]]
BRIGHT = """
    import modelapp as ma
    picture = ma.image_input(examples=["grey.png"])
    limit = ma.slider_input(min=0, max=255, value=100)
    level = picture.convert("L").resize((1, 1)).getpixel((0, 0))
    ma.label_output({"bright": level / 255, "dark": 1 - level / 255} if level > limit else {"dark": 1.0})
    ma.image_output(picture)
"""
pytestmark = pytest.mark.usefixtures("ray_here")


def printed(*words, status=0):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == status, (words, done.output)
    assert done.stdout, (words, done.output)
    return json.loads(done.stdout)


def timeless(report):
    """Return a report without how long it took."""
    if isinstance(report, dict):
        return {name: timeless(value) for name, value in report.items() if name not in ("seconds", "size_bytes")}
    return [timeless(one) for one in report] if isinstance(report, list) else report


@pytest.fixture
def bright(tmp_path):
    """A script with a picture beside it; its sweep changes the answer."""
    Image.new("RGB", (16, 16), (104, 104, 104)).save(tmp_path / "grey.png")
    path = tmp_path / "demo.py"
    path.write_text(textwrap.dedent(BRIGHT))
    return path


def test_each_command_says_the_same_on_each_engine(bright, tmp_path):
    picture = f"picture={bright.parent / 'grey.png'}"
    commands = [
        ["call", bright, picture, "limit=10", "--out", tmp_path / "out", "--json"],
        ["sweep", bright, picture, "--json"],
        ["explain", bright, picture, "--json"],
        ["check", bright, "--json"],
        ["export", bright, "-o", tmp_path / "demo.html", "--no-explain", "--json"],
    ]
    for command in commands:
        here = timeless(printed(*command))
        for engine in ENGINES:
            assert timeless(printed(*command, *engine)) == here, (command[0], engine)
    assert len(timeless(printed(*commands[1]))["rows"]) > 5
    assert (tmp_path / "out" / "image.png").exists()


def test_flags_are_replayed_the_same_on_each_engine(tmp_path):
    app = App(tmp_path)
    for number in range(6):
        app.flag({"a": number, "name": "x"}, {"label": {"label": "odd", "confidences": {"odd": 1.0}}}, right="even")
    here = printed("replay", app.path, "--json", status=1)
    assert here["counts"] == {"fixed": 3, "still wrong": 3}
    for engine in ENGINES:
        assert printed("replay", app.path, "--json", *engine, status=1) == here


def test_faults_are_told_as_in_this_process(bright):
    picture = f"picture={bright.parent / 'grey.png'}"
    for engine in ([], *ENGINES):
        done = CliRunner().invoke(main, ["call", str(bright), picture, "limit=999", *engine])
        assert done.exit_code == 1
        assert "cannot be 999" in str(done.exception) + done.output
        done = CliRunner().invoke(main, ["sweep", str(bright), "--answer", "nothing", picture, *engine])
        assert done.exit_code == 1
