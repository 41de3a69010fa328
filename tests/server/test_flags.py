"""Flags of answers: what they hold, that none is lost or doubled, and who can say and see what."""

import io
import json
import queue
import secrets
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from click.testing import CliRunner
from modelapp.cli import main
from modelapp.session.flags import Flags, KeptFlag, told
from modelapp.session.folder import folder_of
from PIL import Image
from served import PATIENCE_SECONDS, Socket
from stores import content_of, on_files, storage_at
from tornado.websocket import WebSocketClosedError
from waits import said_in

pytestmark = pytest.mark.usefixtures("each_store")

SCRIPT = """
    import modelapp as ma
    ma.app("Sum", flags=["wrong label", "bad picture"])
    a = ma.number_input(value=1)
    note = ma.text_input(value="calm")
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
    ma.text_output(f"a is {a:g}")
"""
SLOW = """
    import modelapp as ma
    from pathlib import Path
    a = ma.number_input(value=1)
    ma.text_output(f"first {a:g}", key="first")
    if a == 2:
        Path(__file__).with_name("gate").read_text()
    ma.text_output(f"second {a:g}")
"""


def opened(connect, served, **options):
    """A page with an answer on it."""
    page = connect(served, **options)
    page.hello()
    page.seen = 0
    while True:
        message = page.next()
        if message["type"] == "frame":
            page.seen = message["sequence"]
        elif message["type"] == "run" and message["phase"] == "done":
            return page


def flag(page, identity=None, **fields):
    """Flag what a page shows; return the flag's id."""
    identity = identity or secrets.token_hex(16)
    seen = fields.pop("seen", page.seen)
    page.send({"type": "flag", "id": identity, "seen": seen, "epoch": page.welcome["epoch"], **fields})
    return identity


def flags_of(served):
    found = Flags(storage_at(served.path))
    try:
        return found.all()
    finally:
        found.close()


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


PICTURE = """
    import modelapp as ma
    ma.app("Scan", history=HISTORY)
    scan = ma.image_input(required=False)
    ma.text_output(f"{scan.size if scan else 'none'}")
    if scan:
        ma.image_output(scan)
"""


def command(served, *words):
    result = CliRunner().invoke(main, ["flags", str(served.path), *words])
    assert result.exit_code == 0, result.output
    return result.output


def deleted_all(page):
    page.send({"type": "ask", "id": 1, "element": "history", "query": {"do": "delete_all"}})
    return page.receive("answer", id=1)["reply"]


@pytest.mark.parametrize("history", [True, False])
def test_deleting_a_flag_leaves_no_byte_of_a_picture_that_it_alone_named(serve, connect, history):
    served = serve(PICTURE.replace("HISTORY", str(history)))
    page = opened(connect, served)
    folder = folder_of(served.path)
    before = set(folder.glob("blobs/??/*"))
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    status, uploaded = page.upload("scan", file.getvalue(), "picture.png")
    assert status == 200
    fields = ("blob", "name", "preview", "width", "height", "frames")
    raw = {**{field: uploaded[field] for field in fields}, "edits": [{"op": "flip", "axis": "horizontal"}]}
    page.set(scan=raw)
    page.seen = page.sees("(60, 40)")["sequence"]
    page.receive("run", phase="done")
    flag(page, note="nobody's words")
    page.receive("flagged", problem=None)
    page.set(scan=None)
    page.sees("none")
    if history:
        assert deleted_all(page)["flags"] == 1
        assert "files go at its next start" in command(served, "delete", "1")
        assert set(folder.glob("blobs/??/*")) > before
        served.stop()
        served.start()
        page = opened(connect, served)
        deleted_all(page)  # of nothing: it is told when all that was asked before is done
        while page.receive("history")["going"]:
            pass
        served.stop()
    else:
        served.stop()
        assert "1 flag is deleted, 2 files are removed." in command(served, "delete", "1")
    assert set(folder.glob("blobs/??/*")) == before
    for content in [one.read_bytes() for one in folder.parent.rglob("*") if one.is_file()]:
        assert raw["blob"].encode() not in content and file.getvalue()[100:132] not in content
        assert b"picture.png" not in content and b"nobody's words" not in content


PAGES, PARTS, EACH = 20, 5, 10


def test_a_thousand_flags_from_twenty_pages_outlive_kills_and_are_there_once(serve):
    served = serve(SCRIPT)
    sessions: list[str | None] = [None] * PAGES
    acknowledged: set[str] = set()
    news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    failures: list[BaseException] = []

    def flag_all(number, parts):
        """Flag a share of a page's, and all before it again, as a page does that got no answer."""
        wanted = [f"page{number:04}part{part:04}no{index:04}" for part in parts for index in range(EACH)]
        page = Socket(served)
        try:
            welcome = page.hello(session=sessions[number])
            sessions[number] = welcome["session"]
            page.receive("run", phase="done")
            for identity in wanted:
                page.send({"type": "flag", "id": identity, "seen": 1 << 40, "epoch": welcome["epoch"]})
            for _ in wanted:
                told = page.receive("flagged")
                assert told["problem"] is None, told
                acknowledged.add(told["id"])
                news.put(told["id"])
        except (WebSocketClosedError, OSError):
            pass  # the host was killed
        except AssertionError as problem:
            if "was closed" not in str(problem):
                failures.append(problem)
        finally:
            page.close()
            news.put(None)

    for part in range(PARTS):
        last = part == PARTS - 1
        threads = [threading.Thread(target=flag_all, args=(number, range(part + 1))) for number in range(PAGES)]
        for thread in threads:
            thread.start()
        if not last:
            heard, done = 0, 0
            while heard < PAGES * (part * EACH + EACH // 4) and done < PAGES:  # in the midst of what is new
                if news.get(timeout=PATIENCE_SECONDS) is None:
                    done += 1
                else:
                    heard += 1
            served.kill()
        for thread in threads:
            thread.join()
        while not news.empty():
            news.get()
        if not last:
            kept = {one.id for one in flags_of(served)}
            assert acknowledged <= kept  # after the kill, before anybody said anything again
            served.start()
    assert not failures
    kept = [one.id for one in flags_of(served)]
    assert len(kept) == len(set(kept)) == PAGES * PARTS * EACH == 1000
    assert set(kept) == acknowledged
    if on_files():
        database = sqlite3.connect(folder_of(served.path) / "flags.sqlite3")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
