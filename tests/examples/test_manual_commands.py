"""Every command of the manual: what can run does so beside a script, the rest is parsed by the real command line."""

import json
import os
import re
import shlex
import socket
import subprocess
import textwrap

import click
import pytest
from click.testing import CliRunner
from manual import ROOT, blocks, first_script
from modelapp.cli import main
from modelapp.session.flags import Flags, KeptFlag, Words, owner_of
from modelapp.session.folder import folder_of, make_private
from modelapp.session.history import History, KeptCase
from modelapp.session.storage import FolderStorage
from PIL import Image
from served import Served

# What a page's commands are about where it gives no script.
DEMO = """
    from pathlib import Path
    import modelapp as ma
    import numpy as np
    from PIL import Image

    here = Path(__file__).parent
    age = ma.number_input(value=63, min=0, max=120)
    threshold = ma.slider_input(min=0.0, max=1.0, value=0.5)
    organ = ma.choice_input(options=["liver", "lung"])
    text = ma.text_input(value="calm")
    image = ma.image_input(examples=[here / "cat.png"], required=False)
    scan = ma.image_input(examples=[here / "scan.png"], required=False)
    picture = image or scan or Image.new("RGB", (8, 8))
    lit = float((np.asarray(picture.convert("L")) / 255)[:, : picture.width // 2].mean())
    ma.label_output({"ill": lit, "well": 1 - lit}, label="Diagnosis")
"""
NETWORK = """
    import modelapp as ma
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 16), torch.nn.Flatten()).eval()
    scan = ma.image_input(size=(16, 16), examples=["scan.png"])
    ma.label_output(ma.predict(net, scan, labels=["ill", "well"]))
"""
SCRIPTS = {"explain.md": NETWORK}
# Pages whose first script is what their commands are about, and what they call it.
OWN = {
    "bulk.md": "bmi.py",
    "function.md": "bmi.py",
    "flags.md": "demo.py",
    "watch.md": "demo.py",
    "invite.md": "demo.py",
}
# Each ends by itself. Some say by their status what they found.
ENDING = {
    "bulk": (0, 1),
    "call": (0,),
    "check": (0, 1),
    "explain": (0,),
    "export": (0,),
    "flags": (0,),
    "history": (0,),
    "invite": (0,),
    "replay": (0, 1),
    "store": (0,),
    "sweep": (0,),
}
ELSEWHERE = {"--share", "--share-key"}
"""Options that need another machine: what they do is tested in tests/share, and here they are parsed alone."""


def free_port():
    """Return a port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def commands():
    """Yield the commands of the manual, one a line of a block, with the words of `modelapp` or of another program."""
    for block in blocks("sh"):
        for number, line in enumerate(block.text.replace("\\\n", " ").splitlines()):
            yield pytest.param(block, line, id=f"{block}+{number}")


def words_of(line):
    """Return the words of a command of modelapp and the variables set before it; no words for another program."""
    words = shlex.split(line, comments=True)
    variables = {}
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    program = words[0].rpartition("/")[2] if words else ""
    return (words[1:] if program == "modelapp" else []), variables


def chosen(*programs):
    """Yield the commands of modelapp with these names."""
    for parameter in commands():
        words, _ = words_of(parameter.values[1])
        # A cluster takes half a minute to begin: tests/bulk/test_ray.py does with one.
        if words and words[0] in programs and not any(word.startswith("ray") for word in words):
            yield parameter


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """Fill a folder with what a page's commands name, and go there."""

    def fill(page):
        for name in ("demo.py", "other/demo.py", "examples/demo.py"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(SCRIPTS.get(page.name, DEMO)))
        if page.name in OWN:
            (tmp_path / OWN[page.name]).write_text(first_script(page))
        picture = Image.new("RGB", (64, 48))
        picture.paste("white", (0, 0, 32, 48))
        for name in ("cat", "scan", "half"):
            for folder in ("", "other/", "examples/"):
                picture.save(tmp_path / f"{folder}{name}.png")
        (tmp_path / "review.txt").write_text("Calm and kind.")
        (tmp_path / "cases.csv").write_text("age,organ,diagnosis\n40,lung,ill\n70,liver,well\n")
        for table in blocks("csv", pages=[page]):
            (tmp_path / "cases.csv").write_text(table.text)
        for name in ("cert.pem", "key.pem"):
            (tmp_path / name).touch()
        monkeypatch.chdir(tmp_path)
        for name, value in {"KEY": "k" * 32, "FIRST": "f" * 32, "SECOND": "s" * 32}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("MODELAPP_PASSWORD", "a good long password")
        return tmp_path

    return fill


def found_by_visitors(path):
    """Keep five flags and a case of a script, as its page does; return the case's id."""
    folder = folder_of(path)
    make_private(folder)
    flags = Flags(FolderStorage(folder))
    for number in range(5):
        kept = KeptFlag(0, f"flag-of-a-page-{number:04}", 1.7e9 + number, None, "v" * 64, {}, {}, Words())
        flags.keep("session", 0, kept)
    flags.close()
    history = History(FolderStorage(folder))
    case, _ = history.keep(KeptCase("", owner_of("session"), 0, 1.7e9, None, "v", {}, {}, (), None), [], lambda: True)
    history.close()
    return case.id


def committed(folder):
    """Put the folder under git, with two commits."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q"], check=True, cwd=folder)
    for message in ("first", "second"):
        subprocess.run([*git, "add", "-A"], check=True, cwd=folder)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", message], check=True, cwd=folder)


@pytest.mark.parametrize(("block", "line"), list(chosen(*ENDING)))
def test_command_runs_to_its_end(block, line, sandbox, request):
    folder = sandbox(block.page)
    words, _ = words_of(placed(line, request))
    case = found_by_visitors(folder / "demo.py")
    if "--against" in words:
        committed(folder)
    words = [case if word == "3kPq" else word for word in words]
    if "--from" in words:  # what it brings back must be there
        place, files = words[words.index("--from") + 1], words[words.index("--from-blobs") + 1]
        there = CliRunner().invoke(main, ["store", "migrate", "demo.py", "--to", place, "--blobs", files])
        assert there.exit_code == 0, there.output
        folder_of(folder / "demo.py").rename(folder / "before")
    result = CliRunner().invoke(main, words, input="y\n")
    assert result.exit_code in ENDING[words[0]], result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.output.strip()


def placed(line, request):
    """Return a command with servers of this test run in place of the manual's."""
    for theirs, own in (("postgresql://app@db.example.org/lab", "postgres"), ("s3://bucket/lab", "bucket")):
        if theirs in line:
            line = line.replace(theirs, f"'{request.getfixturevalue(own)}'")
    return line


def served_here():
    """Return the commands that serve a page without another machine."""
    return [one for one in chosen("run") if not ELSEWHERE & set(words_of(one.values[1])[0])]


@pytest.mark.parametrize(("block", "line"), served_here())
def test_serving_command_starts_and_stops(block, line, sandbox, monkeypatch, request):
    folder = sandbox(block.page)
    words, variables = words_of(placed(line, request))
    for name, value in variables.items():
        monkeypatch.setenv(name, os.path.expandvars(value))
    if "--against" in words:
        committed(folder)
    # The ports of the manual may be taken here, and no other host leads here: of an address the path is left.
    options = re.sub(r"--port \d+", "", " ".join(words[2:])).replace("--no-open", "").replace("9100", str(free_port()))
    options = re.sub(r"(?<=--base-url )https://[^/ ]+", "", options)
    served = Served(folder, folder / words[1], *shlex.split(os.path.expandvars(options)))
    try:
        host = words[words.index("--allow-host") + 1] if "--allow-host" in words else f"localhost:{served.port}"
        status, _, body = served.request("health", headers={"Host": host})
        assert (status, bool(body)) == (200, True)
    finally:
        assert served.stop() == 0


@pytest.mark.parametrize(("block", "line"), list(commands()))
def test_command_has_only_options_that_exist(block, line, sandbox, command_line):
    sandbox(block.page)
    assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0
    words, _ = words_of(line)
    if words:
        command_line.parse(words)
    for target in re.findall(r"^make (\w+)", line):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def calls_of_the_api():
    """Return the commands of curl that are whole: what the manual leaves out is written as …."""
    return [one for one in commands() if one.values[1].startswith("curl ") and "…" not in one.values[1]]


@pytest.mark.parametrize(("block", "line"), calls_of_the_api())
def test_call_of_the_api_is_answered(block, line, sandbox, serve, monkeypatch):
    folder = sandbox(block.page)
    script = folder / "served.py"
    script.write_text(first_script(block.page) if '"weight"' in line else textwrap.dedent(DEMO))
    served = serve(script)
    words = shlex.split(line.replace("http://localhost:8501/", served.url))
    done = subprocess.run([*words, "--silent", "--fail"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outputs"]


@pytest.mark.parametrize("wrong", ["run demo.py --no-such", "call demo.py --josn", "nothing demo.py"])
def test_unknown_option_would_be_found(wrong, sandbox, command_line):
    sandbox(ROOT / "README.md")
    with pytest.raises(click.UsageError):
        command_line.parse(wrong.split())
