"""A folder of scripts that is served as a gallery."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import pytest
from modelapp.server.gallery.scripts import apps_of
from served import PATIENCE_SECONDS, Socket
from waits import said_in

TIMES = """
import modelapp as ma

ma.app("Times {factor}", "Multiplies by {factor}.")
n = ma.number_input(value=1)
ma.number_output(n * {factor}, label="product")
ma.text_output(f"{{n * {factor}:g}}", label="words")
"""
BROKEN = """
import modelapp as ma

n = ma.number_input(value=1)
raise ValueError("a secret of the author")
"""


@pytest.fixture
def folder(tmp_path):
    """An empty folder for scripts."""
    made = tmp_path / "apps"
    made.mkdir()
    return made


def _cards(served, wanted):
    """Read news of the index until it says what is wanted; return the last."""
    with urllib.request.urlopen(f"{served.url}_gallery/news", timeout=PATIENCE_SECONDS) as news:
        for line in news:
            if line.startswith(b"data: "):
                cards = json.loads(line[6:])["cards"]
                if wanted(cards):
                    return cards
    raise AssertionError("the news ended")


def _calls(served, name, **inputs):
    body = json.dumps({"inputs": inputs}).encode()
    status, _, answer = served.request(
        f"{name}/api/run", method="POST", body=body, headers={"Content-Type": "application/json"}
    )
    return status, json.loads(answer)


def test_apps_of_a_folder_are_the_scripts_that_use_modelapp_and_that_no_other_imports(folder):
    (folder / "digits.py").write_text("import modelapp as ma\nfrom shared import head\nma.text_output('a')\n")
    (folder / "shared.py").write_text(
        "import modelapp as ma\ndef head():\n    ma.markdown('# a')\n    ma.text_input()\n"
    )
    (folder / "plain.py").write_text("print('no app')\n")
    (folder / "talks.py").write_text("import modelapp\nprint(modelapp.__version__)\n")
    (folder / "_draft.py").write_text("import modelapp as ma\nma.text_output('a')\n")
    (folder / "faces.py").write_text(
        "from modelapp import Interface\nInterface('image', 'label', 'pyfunc', print).launch()\n"
    )
    (folder / "half.py").write_text("import modelapp as ma\nn = ma.number_input(\n")
    found = apps_of(folder)
    assert [(app.name, app.compiles) for app in found] == [("digits", True), ("faces", True), ("half", False)]
    before = found[0].version
    (folder / "shared.py").write_text("import modelapp as ma\nhead = 1\n")
    assert apps_of(folder)[0].version != before


def test_thirty_apps_answer_rightly_under_load_with_a_broken_one_among_them(serve, folder):
    for factor in range(1, 31):
        (folder / f"times_{factor}.py").write_text(TIMES.format(factor=factor))
    (folder / "broken.py").write_text(BROKEN)
    served = serve(folder, "--concurrency", "4")
    page = served.request("")[2].decode()
    assert page.count("<li ") == 31
    assert "31 apps" in page and "Multiplies by 30." in page
    assert 'type="search"' in page and "hidden>\n</header>" not in page

    def call(number):
        factor = number % 30 + 1
        status, answer = _calls(served, f"times_{factor}", n=number)
        return status == 200 and answer["outputs"]["product"] == number * factor

    def session(number):
        factor = number % 30 + 1
        place = served.url
        one = Socket(_At(f"{place}times_{factor}/"))
        try:
            one.hello()
            one.set(n=number)
            return bool(one.sees(str(number * factor)))
        finally:
            one.close()

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(call, number) for number in range(150)]
        sessions = [pool.submit(session, number) for number in range(1, 51)]
        broken = [pool.submit(_calls, served, "broken", n=1) for _ in range(5)]
        assert all(one.result() for one in calls)
        assert all(one.result() for one in sessions)
        for one in broken:
            status, answer = one.result()
            assert status == 500
            assert "secret" not in json.dumps(answer)
    assert "a secret of the author" in said_in(served.log, "ValueError")
    assert "a secret" not in served.request("")[2].decode()
    assert served.request("nothing/")[0] == 404


class _At:
    """What a socket needs to know of a host."""

    def __init__(self, url):
        self.url = url


def test_cards_are_made_kept_and_follow_the_files(serve, folder):
    (folder / "seven.py").write_text(TIMES.format(factor=7))
    (folder / "broken.py").write_text(BROKEN)
    (folder / "half.py").write_text("import modelapp as ma\nn = ma.number_input(\n")
    (folder / "waits.py").write_text("import modelapp as ma\nname = ma.text_input()\nma.text_output(name)\n")
    (folder / "ends.py").write_text("import os\nimport modelapp as ma\nma.text_output('a')\nos._exit(3)\n")
    served = serve(folder)
    cards = _cards(served, lambda cards: "waiting" not in cards)
    assert "<b>7</b> <span>Product</span>" in cards
    assert "Takes: Name" in cards
    assert cards.count("Not available just now") == 3
    said_in(served.log, "a secret of the author")
    said_in(served.log, "half.py does not compile")
    # A save, a new file and a deleted one.
    (folder / "seven.py").write_text(TIMES.format(factor=7).replace("value=1", "value=6"))
    assert "<b>42</b>" in _cards(served, lambda cards: "<b>42</b>" in cards)
    (folder / "eight.py").write_text(TIMES.format(factor=8))
    _cards(served, lambda cards: "<b>8</b>" in cards)
    assert _calls(served, "eight", n=2)[1]["outputs"]["product"] == 16
    (folder / "eight.py").unlink()
    _cards(served, lambda cards: "Times 8" not in cards)
    assert served.request("eight/")[0] == 404
    served.stop()
    served.start()
    assert "<b>42</b>" in served.request("")[2].decode(), "the next start shows what is kept at once"


def test_one_key_and_one_cookie_open_the_whole_gallery(serve, folder, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "right")
    (folder / "seven.py").write_text(TIMES.format(factor=7))
    served = serve(folder, "--password", "--base-url", "/demo/")
    assert served.url.endswith("/demo/")
    for place in ("", "seven/", "seven", "_gallery/news", "_gallery/picture/seven", "seven/api/docs"):
        assert served.request(place)[0] == 401, place
    assert served.request("nothing/")[0] == 401
    status, headers, _ = served.request(f"?key={served.key}")
    assert status == 302 and "Path=/demo/;" in headers["Set-Cookie"] + ";"
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    assert served.request("", headers=cookie)[0] == 200
    assert served.request("seven/", headers=cookie)[0] == 200
    status, headers, _ = served.request(f"seven/?key={served.key}")
    assert "Path=/demo/;" in headers["Set-Cookie"] + ";"
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = served.request("seven/", method="POST", body=b"password=right", headers=typed)
    assert status == 303
    visitor = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    assert served.request("", headers=visitor)[0] == 200
    invited = served.invited("Ann")
    assert served.request(invited)[0] == 302
    described = json.loads(served.request("seven/api/openapi.json", headers=cookie)[2])
    assert described["servers"] == [{"url": "/demo/seven"}]


def test_connect_calls_an_app_of_a_gallery(serve, folder):
    (folder / "seven.py").write_text(TIMES.format(factor=7))
    served = serve(folder)
    assert ma.connect(f"{served.url}seven/")(n=6)["product"] == 42


HEAVY = """
import numpy as np
import modelapp as ma

@ma.cache
def load():
    print("LOADED {name}", flush=True)
    return np.ones(40 << 20, np.float32)  # 160 MB, all of it touched

n = ma.number_input(value=1)
ma.number_output(float(load()[0]) * n * {factor}, label="product")
"""


def test_models_are_released_under_pressure_least_recently_used_first_and_loaded_again(serve, folder, connect):
    for factor, name in enumerate(("a", "b", "c", "d"), start=1):
        (folder / f"{name}.py").write_text(HEAVY.format(name=name, factor=factor))
    served = serve(folder, "--memory", "500")
    page = connect(_At(f"{served.url}a/"))
    page.hello()
    page.receive("run", phase="done")
    for factor, name in enumerate(("b", "c", "d"), start=2):
        assert _calls(served, name, n=10)[1]["outputs"] == {"product": 10 * factor}
    said = said_in(served.log, "was released")
    assert re.findall(r"(\w) was released", said)[0] == "b", "a has an open page, and b was used the longest ago"
    assert _calls(served, "b", n=10)[1]["outputs"] == {"product": 20}
    page.set(n=5)
    page.receive("run", phase="done")
    served.process.send_signal(signal.SIGTERM)
    loaded = re.findall(r"LOADED (\w)", served.process.stdout.read())
    assert served.process.wait(PATIENCE_SECONDS) == 0
    assert loaded.count("b") == 2
    assert loaded.count("a") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--watch"], "shows the page of one script"),
        (["--against", "HEAD"], "compares one script"),
    ],
)
def test_what_only_one_script_can_have_is_refused(folder, options, words):
    (folder / "seven.py").write_text(TIMES.format(factor=7))
    command = [sys.executable, "-m", "modelapp", "run", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())


def test_folder_without_an_app_is_refused_with_what_an_app_is(folder):
    command = [sys.executable, "-m", "modelapp", "run", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 1
    assert "An app is a .py file" in done.stderr
