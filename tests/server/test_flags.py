"""Flags of answers: what they hold, that none is lost or doubled, and who can say and see what."""

import json
import secrets
import stat
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from flag_pages import SCRIPT, flag, flags_of, opened
from modelapp.session.flags import KeptFlag, told
from modelapp.session.folder import folder_of
from stores import content_of, on_files
from waits import said_in

pytestmark = pytest.mark.usefixtures("each_store")

SLOW = """
    import modelapp as ma
    from pathlib import Path
    a = ma.number_input(value=1)
    ma.text_output(f"first {a:g}", key="first")
    if a == 2:
        Path(__file__).with_name("gate").read_text()
    ma.text_output(f"second {a:g}")
"""


def test_flag_holds_inputs_outputs_version_and_words(serve, connect):
    served = serve(SCRIPT)
    author, page = opened(connect, served, presenter=True), opened(connect, served)
    page.set(a=4, note={"text": "calmer", "original": "calm"})
    page.seen = page.sees("a is 4")["sequence"]
    page.receive("run", phase="done")
    identity = flag(page)  # a blank message
    assert page.receive("flagged") == {"type": "flagged", "id": identity, "revision": 0, "problem": None}
    assert "A visitor flagged “even” (flag 1)." in author.receive("notice")["text"]
    (kept,) = flags_of(served)
    assert kept.id == identity and kept.visitor is None and len(kept.version) == 64
    assert kept.inputs == {"a": 4, "note": {"text": "calmer", "original": "calm"}}
    assert kept.outputs == {"label": {"label": "even", "confidences": {"even": 1, "odd": 0}}, "text": "a is 4"}
    assert not kept.words
    flag(page, identity, revision=1, note=" see\r\nline 2 ", right="odd", choice="wrong label")
    assert page.receive("flagged")["problem"] is None
    assert "wrong label; right: odd; see line 2" in author.receive("notice")["text"]
    (kept,) = flags_of(served)
    assert (kept.words.note, kept.words.right, kept.words.choice) == ("see\nline 2", "odd", "wrong label")
    # An older state of it that comes late changes nothing.
    flag(page, identity)
    assert page.receive("flagged")["problem"] is None
    assert flags_of(served) == [kept]
    if on_files():
        assert stat.S_IMODE((folder_of(served.path) / "flags.sqlite3").stat().st_mode) == 0o600
    assert "A visitor flagged “even” (flag 1)." in said_in(served.log, "flagged", 2)


def test_flag_belongs_to_the_answer_that_is_visible(serve, connect, gate):
    served = serve(SLOW)
    slow = gate("gate")
    page = opened(connect, served)
    page.set(a=2)
    before, page.seen = page.seen, page.sees("first 2")["sequence"]
    # The page had not been told of the new run when this was flagged: it shows what a = 1 gave.
    flag(page, seen=before)
    assert page.receive("flagged")["problem"] is None
    waits = flag(page)  # while the answer is being made: it is waited for
    slow.open()
    assert page.receive("flagged", id=waits)["problem"] is None
    assert [one.inputs["a"] for one in flags_of(served)] == [1, 2]
    assert [one.outputs for one in flags_of(served)] == [{"first": f"first {a}", "text": f"second {a}"} for a in (1, 2)]


def test_flag_that_waits_is_refused_once_the_inputs_change(serve, connect, gate):
    served = serve(SLOW)
    gate("gate")
    page = opened(connect, served)
    page.set(a=2)
    page.seen = page.sees("first 2")["sequence"]
    identity = flag(page)
    page.set(a=3)
    assert "were changed" in page.receive("flagged", id=identity)["problem"]
    assert flags_of(served) == []


def test_without_an_answer_there_is_nothing_to_flag(serve, connect):
    served = serve("""
        import modelapp as ma
        word = ma.text_input()
        ma.number_output(1 / (len(word) - 1))
    """)
    page = connect(served)
    page.hello()
    page.seen = page.receive("frame")["sequence"]
    page.receive("run", phase="waiting")
    flag(page)
    assert "no answer" in page.receive("flagged")["problem"]
    page.set(word="a")
    page.receive("run", phase="failed")
    flag(page)
    assert "no answer" in page.receive("flagged")["problem"]
    assert flags_of(served) == []


def test_a_script_can_switch_flags_off_and_choices_are_its_own(serve, connect):
    served = serve(SCRIPT)
    page = opened(connect, served)
    flag(page, choice="my own")
    assert "choice" in page.receive("flagged")["problem"]
    served.stop()
    served = serve('import modelapp as ma\nma.app("No", flags=False)\nma.text_output("a")\n')
    page = opened(connect, served)
    flag(page)
    assert "not flagged" in page.receive("flagged")["problem"]


@pytest.mark.parametrize("wrong", ["flags=[]", 'flags="x"', "flags=[1]", 'flags=["a", "a"]', "flags=None"])
def test_wrong_choices_are_told_to_the_author(page, wrong):
    user = page(f'import modelapp as ma\nma.app("A", {wrong})\n').settle()
    assert user.phase == "failed" and "flags" in user.failure.title


def test_hostile_flags_change_nothing(serve, connect):
    served = serve(SCRIPT)
    page, other = opened(connect, served), opened(connect, served)
    mine = flag(page, note="mine")
    page.receive("flagged", problem=None)
    # Another page that knows the id can neither change nor learn anything.
    flag(other, mine, revision=9, note="hers")
    assert "not of this page" in other.receive("flagged")["problem"]
    for fields in (
        {"identity": "../../etc/passwd"},
        {"identity": "x"},
        {"note": "x" * 5001},
        {"right": "x" * 201},
        {"revision": -1},
        {"revision": 1 << 60},
        {"seen": -5},
    ):
        flag(page, **fields)
        assert page.receive("flagged")["problem"]
    for wrong in ({"seen": "x"}, {"note": None}, {"revision": 1.5}, {"choice": ["a"]}, {"right": {}}):
        flag(page, **wrong)
        assert "not valid" in page.receive("problem")["text"]
    flag(page, seen=(1 << 62), note="\x1b[2J\u202eevil\0", epoch=page.welcome["epoch"])
    page.receive("flagged", problem=None)
    first, second = flags_of(served)
    assert first.words.note == "mine" and second.words.note == "[2Jevil"
    assert "\x1b" not in served.log.read_text()


def test_a_line_about_a_flag_stays_a_line():
    flag = KeptFlag(3, "a", 0.0, "Dr. Rao", "v", {}, {"text": "x\n\x1b[31my" * 200})
    line = told(flag, by_author=False)
    assert line.isprintable() and len(line) <= 300 and line.startswith("Dr. Rao flagged “x")


def test_name_of_an_invited_visitor_is_kept_and_no_route_gives_flags_to_others(serve, connect):
    served = serve("""
        import modelapp as ma
        import numpy as np
        a = ma.number_input(value=1)
        picture = np.full((8, 8, 3), int(a), np.uint8)
        ma.image_output(picture)
    """)
    cookie = served.cookie(served.invited("Dr. Rao"))
    page = opened(connect, served, headers=cookie)
    page.set(a=9)
    page.seen = page.receive("frame", order=None)["sequence"]
    page.receive("run", phase="done")
    identity = flag(page, note="secret words")
    page.receive("flagged", problem=None)
    (kept,) = flags_of(served)
    assert kept.visitor == "Dr. Rao"
    digest = kept.outputs["image"]["blob"]
    other_cookie = served.cookie(served.invited("Another"))
    other = connect(served, headers=other_cookie)
    grant = other.hello()["grant"]
    paths = [f"media/{grant}/{digest}", "flags", f"flags/{identity}", "flags.sqlite3", "api/flags", f"c/{identity}"]
    for path in [*paths, f"assets/../../{identity}", ".modelapp/demo/flags.sqlite3"]:
        status, _, body = served.request(path, headers=other_cookie)
        assert status in (403, 404) and b"secret words" not in body, path
    assert served.request(f"media/{page.welcome['grant']}/{digest}", headers=cookie)[0] == 200
    # Her own secret is not in the file.
    assert page.welcome["session"].encode() not in content_of(served.path, "flags")


def test_who_watches_flags_nothing_without_the_turn(serve, connect):
    served = serve(SCRIPT, "--watch")
    author, watcher = opened(connect, served, presenter=True), connect(served, watcher=True)
    watcher.hello()
    watcher.seen = watcher.receive("frame")["sequence"]
    number = author.receive("watchers")["numbers"][0]
    flag(watcher)
    author.send({"type": "hand_turn", "watcher": number})
    watcher.receive("watching", turn="yours")
    mine = flag(watcher)
    watcher.receive("flagged", id=mine, problem=None)
    assert [one.id for one in flags_of(served)] == [mine]


def test_flag_said_again_to_a_new_host_is_of_the_same_answer(serve, connect):
    served = serve(SCRIPT)
    page = opened(connect, served)
    page.set(a=6)
    page.receive("run", phase="done")
    first = flag(page, seen=1 << 40)
    page.receive("flagged", problem=None)
    served.kill()
    served.start()
    back = connect(served)
    epoch = page.welcome["epoch"]
    back.send({"type": "hello", "session": page.welcome["session"], "epoch": epoch, "seen": 5})
    second = secrets.token_hex(16)
    for identity in (first, second):  # at once, while the first run of the new host may go on
        back.send({"type": "flag", "id": identity, "seen": 5, "epoch": epoch})
    assert {back.receive("flagged", problem=None)["id"] for _ in range(2)} == {first, second}
    assert [(one.id, one.inputs["a"]) for one in flags_of(served)] == [(first, 6), (second, 6)]


WEIGHTS = """
    import modelapp as ma
    import numpy as np
    from pathlib import Path
    from rule import BIAS

    @ma.cache
    def weights(name):
        return {"w": np.load(Path(__file__).with_name(f"{name}.npy"))}

    a = ma.number_input(value=1)
    name = ma.text_input(value="one")
    ma.number_output(float(a * weights(name)["w"].sum() + BIAS.sum()))
"""

RULE = """
    import modelapp as ma
    import numpy as np
    from pathlib import Path

    @ma.cache
    def load():
        return np.load(Path(__file__).with_name("bias.npy"))

    BIAS = load()
"""


def test_version_says_whether_the_weights_that_the_run_used_are_the_same(serve, connect, tmp_path):
    (tmp_path / "rule.py").write_text(textwrap.dedent(RULE))
    for number, name in enumerate(("one", "two", "bias")):
        np.save(tmp_path / f"{name}.npy", np.full(3, float(number)))
    served = serve(WEIGHTS)
    assert served.path.parent == tmp_path
    page = opened(connect, served)
    for name in ("two", "one"):
        page.set(name=name)
        page.seen = page.receive("frame", reset=False)["sequence"]
        page.receive("run", phase="done")
        flag(page)
        page.receive("flagged", problem=None)
    served.stop()

    def same():
        told = run_elsewhere(served, "replay", "--json")
        return [one["same_version"] for one in json.loads(told)["flags"]]

    assert len({one.version for one in flags_of(served)}) == 2
    assert same() == [True, True]
    np.save(tmp_path / "two.npy", np.array([1.0, 1.0, 1.0 + 1e-9]))
    assert same() == [False, True]
    np.save(tmp_path / "bias.npy", np.ones(3))
    assert same() == [False, False]


def run_elsewhere(served, command, *words):
    done = subprocess.run(
        [sys.executable, "-m", "modelapp", command, served.path, *words], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
