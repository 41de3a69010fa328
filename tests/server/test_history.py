"""The history: which cases are kept, who sees them, and that what is deleted is gone from the disk."""

import io
import stat

import pytest
from modelapp.session.folder import folder_of, make_private
from modelapp.session.history import MOST_OF_ONE, History, KeptCase
from PIL import Image
from stores import content_of, is_kept, on_files, storage_at

pytestmark = pytest.mark.usefixtures("each_store")

SCRIPT = """
    import modelapp as ma
    a = ma.number_input(value=1)
    note = ma.text_input(value="calm")
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
    ma.text_output(f"a is {a:g}")
"""
PICTURE = """
    import modelapp as ma
    from pathlib import Path
    scan = ma.image_input(required=False)
    if Path(__file__).with_name("held").exists() and scan:
        Path(__file__).with_name("held").read_text()
    ma.text_output(f"{scan.size if scan else 'none'}")
    if scan:
        ma.image_output(scan)
"""


def opened(connect, served, **options):
    page = connect(served, **options)
    page.hello(**({"session": options.pop("session")} if "session" in options else {}))
    page.receive("run", phase="done")
    return page


def ask(page, do, **query):
    page.asked = getattr(page, "asked", 0) + 1
    page.send({"type": "ask", "id": page.asked, "element": "history", "query": {"do": do, **query}})
    answer = page.receive("answer", id=page.asked)
    return answer["error"] or answer["reply"]


def rows_of(page, *, everybody=False):
    return ask(page, "list", everybody=everybody, before=None)["rows"]


def tried(page, count, **values):
    """Set values and wait until that is kept as a case."""
    page.set(**values)
    page.receive("history", mine=count)


def noise(seed, size=(60, 40)):
    import numpy as np

    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def chosen(page, data, name="picture.png", headers=(), **more):
    """Upload a picture; return the raw value of it."""
    status, uploaded = page.upload("scan", data, name, **dict(headers))
    assert status == 200
    fields = ("blob", "name", "preview", "width", "height", "frames")
    return {**{field: uploaded[field] for field in fields}, "edits": [], **more}


def files_of(served):
    """All stored blobs, by digest."""
    return {file.name: file.read_bytes() for file in (folder_of(served.path) / "blobs").glob("??/*")}


def test_what_is_tried_is_kept_newest_first_and_once(serve, connect):
    served = serve(SCRIPT)
    page = opened(connect, served)
    assert rows_of(page) == []  # the untouched run is none
    tried(page, 1, a=4)
    tried(page, 2, note="wild")
    first, second = rows_of(page)
    assert (first["answer"], second["answer"]) == ("even", "even")
    assert [one["text"] for one in first["inputs"]] == ["4", "wild"]
    assert [(one["label"], one["text"]) for one in second["inputs"]] == [("A", "4")]
    assert first["mine"] and first["current"] and first["who"] is None and first["link"] is None
    page.set(note="calm")  # as the first was: it moves up and is not doubled
    page.receive("history", mine=2)
    assert [one["id"] for one in rows_of(page)] == [second["id"], first["id"]]
    assert ask(page, "open", case=first["id"])["values"] == {"a": 4, "note": "wild"}
    if on_files():
        assert stat.S_IMODE((folder_of(served.path) / "history.sqlite3").stat().st_mode) == 0o600
    assert page.welcome["session"].encode() not in content_of(served.path, "history")


def test_case_holds_edits_outputs_and_a_picture(serve, connect):
    page = opened(connect, serve(PICTURE))
    raw = chosen(page, noise(1), edits=[{"op": "flip", "axis": "horizontal"}])
    tried(page, 1, scan=raw)
    (row,) = rows_of(page)
    assert row["picture"].startswith("data:image/") and row["inputs"][0]["text"] == "picture.png"
    assert row["inputs"][0]["edits"] == [{"op": "flip", "axis": "horizontal"}]
    history = History(storage_at(page.served.path))
    (kept,) = history.cases(None, None, 10)
    history.close()
    assert kept.inputs == {"scan": raw} and kept.outputs["text"] == "(60, 40)"
    assert set(kept.outputs["image"]) == {"blob", "name", "size_bytes"}


def test_two_are_put_side_by_side(serve, connect):
    page = opened(connect, serve(SCRIPT))
    tried(page, 1, a=4)
    tried(page, 2, a=5)
    newer, older = rows_of(page)
    pair = ask(page, "compare", cases=[older["id"], newer["id"]])
    assert pair["changed"] == ["A"]
    assert pair["changes"] == ["even 1.00 → 0.00, now odd", "“a is 4” → “a is 5”"] or pair["changes"]
    assert [side["row"]["answer"] for side in pair["cases"]] == ["even", "odd"]
    assert [side["outputs"][1]["text"] for side in pair["cases"]] == ["a is 4", "a is 5"]


def test_second_window_of_the_session_is_told_and_cases_outlive_the_host(serve, connect):
    served = serve(SCRIPT)
    page, again = opened(connect, served), connect(served)
    again.hello(session=page.welcome["session"])
    tried(page, 1, a=4)
    again.receive("history", mine=1, everybody=None)
    served.kill()
    served.start()
    back = connect(served)
    back.hello(session=page.welcome["session"])
    back.receive("history", mine=1)
    assert [row["answer"] for row in rows_of(back)] == ["even"]


def test_presenter_sees_all_and_a_visitor_her_own(serve, connect):
    served = serve(PICTURE)
    author = opened(connect, served, presenter=True)
    hers = served.cookie(served.invited("Dr. Rao"))
    page = opened(connect, served, headers=hers)
    other = opened(connect, served, headers=served.cookie(served.invited("Another")))
    raw = chosen(page, noise(2), headers=hers)
    tried(page, 1, scan=raw)
    author.receive("history", mine=0, everybody=1)
    assert rows_of(author) == []
    (row,) = rows_of(author, everybody=True)
    assert (row["who"], row["mine"], row["link"]) == ("Dr. Rao", False, None)
    # What the author has not seen again she cannot fetch; and then she can.
    media = f"media/{author.welcome['grant']}/{raw['blob']}"
    cookie = served.cookie(f"?key={served.key}")
    assert served.request(media, headers=cookie)[0] == 404
    values = ask(author, "open", case=row["id"])["values"]
    assert served.request(media, headers=cookie)[0] == 200
    author.set(**values)
    author.sees("(60, 40)")
    # Another visitor neither by list, nor by id, nor by guess.
    assert "not here" in ask(other, "list", everybody=True, before=None)
    assert rows_of(other) == []
    for do in ("open", "delete", "share"):
        for identity in (row["id"], "", "x" * 1000, "%", "' OR 1=1 --"):
            assert "not here" in ask(other, do, case=identity)
    assert "not here" in ask(other, "compare", cases=[row["id"], row["id"]])
    for link in (row["id"], raw["blob"], "", "x" * 1000):
        assert "not here" in ask(other, "visit", link=link)
        assert "not here" in ask(other, "remark", link=link, text="hello")
    for digest in (raw["blob"], raw["preview"]):
        if digest is not None:
            assert served.request(f"media/{other.welcome['grant']}/{digest}")[0] == 404
    guesses = ["history", "history.sqlite3", ".modelapp/demo/history.sqlite3", "api/history", "c/" + row["id"]]
    for path in [*guesses, f"c/{raw['blob']}", f"?case={row['id']}", f"assets/../../{raw['blob']}"]:
        for headers in ({}, served.cookie(served.invited("A guest", "--again"))):
            assert served.request(path, headers=headers)[0] in (403, 404), path
    other.set(scan=raw)  # naming it is not having it
    assert "no longer here" in other.receive("problem")["text"]
    (kept,) = rows_of(page)
    assert kept["id"] == row["id"]
    # Nor does the author delete what is not hers by a visitor's question.
    assert "not here" in ask(author, "share", case=row["id"])


@pytest.mark.parametrize(
    "query",
    [None, {}, 5, {"do": "list"}, {"do": "open"}, {"do": "open", "case": 5}, {"do": "steal", "case": "a"}],
)
def test_wrong_questions_are_told_and_change_nothing(serve, connect, query):
    page = opened(connect, serve(SCRIPT))
    page.send({"type": "ask", "id": 1, "element": "history", "query": query})
    assert page.receive("answer", id=1)["error"] == "That is no question about cases."


def test_page_that_wants_none_keeps_none(serve, connect):
    served = serve(
        "import modelapp as ma\nma.app('One', history=False)\na = ma.number_input(value=1)\nma.text_output(f'{a:g}')\n"
    )
    page = opened(connect, served)
    page.set(a=2)
    page.sees("2")
    page.close()
    assert not is_kept(served.path, "history")


def test_watcher_is_told_nothing_of_it(serve, connect):
    served = serve(SCRIPT, "--watch")
    author = opened(connect, served, presenter=True)
    watcher = connect(served, watcher=True)
    watcher.hello()
    watcher.receive("frame", reset=True)
    number = author.receive("watchers")["numbers"][0]
    author.send({"type": "hand_turn", "watcher": number})
    watcher.receive("watching", turn="yours")
    watcher.send({"type": "ask", "id": 1, "element": "history", "query": {"do": "delete_all"}})
    tried(author, 1, a=4)
    author.set(a=5)
    kinds = []
    while (message := watcher.next())["type"] != "frame" or message["values"].get("a") != 5:
        kinds.append(message["type"])
    assert "history" not in kinds and "answer" not in kinds
    assert len(rows_of(author)) >= 1


# ---------------------------------------------------------------- deleting


def settled(page):
    """Wait until what was deleted is gone from the disk."""
    while page.receive("history")["going"]:
        pass


def test_deleting_all_leaves_no_byte_of_a_picture_and_empties_the_input(serve, connect):
    served = serve(PICTURE)
    page = opened(connect, served)
    before = set(files_of(served))
    data = noise(3)
    raw = chosen(page, data)
    for count, edits in enumerate(([], [{"op": "flip", "axis": "horizontal"}], [{"op": "rotate", "degrees": 90}]), 1):
        tried(page, count, scan={**raw, "edits": edits})
    made = set(files_of(served)) - before
    assert len(made) == 3  # the picture, and what the page was shown
    assert ask(page, "delete_all") == {"cases": 3, "emptied": ["Scan"], "flags": 0}
    page.sees("none")
    settled(page)
    assert set(files_of(served)) == before
    assert rows_of(page) == []
    page.set(scan=raw)
    assert "no longer here" in page.receive("problem")["text"]
    everything = [file.read_bytes() for file in folder_of(served.path).rglob("*") if file.is_file()]
    for content in everything:
        assert raw["blob"].encode() not in content and b"picture.png" not in content
        assert data[100:132] not in content


def test_deleting_all_takes_what_earlier_hosts_made_too(serve, connect):
    served = serve(PICTURE)
    page = opened(connect, served)
    before = set(files_of(served))
    raw = chosen(page, noise(3))
    for degrees in (90, 180, 270):  # of these only the last is a case; each was shown
        page.set(scan={**raw, "edits": [{"op": "rotate", "degrees": degrees}]})
        page.receive("run", phase="done")
    page.receive("history", mine=1)
    assert len(set(files_of(served)) - before) == 4
    served.kill()
    served.start()
    back = connect(served)
    back.hello(session=page.welcome["session"])
    back.receive("run", phase="done")
    assert ask(back, "delete_all") == {"cases": 1, "emptied": ["Scan"], "flags": 0}
    back.sees("none")
    settled(back)
    assert set(files_of(served)) == before


def test_deleting_one_keeps_what_others_need(serve, connect):
    served = serve(PICTURE)
    page, other = opened(connect, served), opened(connect, served)
    one, two = chosen(page, noise(4)), chosen(page, noise(5))
    same = chosen(other, noise(5))
    assert same["blob"] == two["blob"]
    tried(other, 1, scan=same)
    tried(page, 1, scan=one)
    tried(page, 2, scan=two)
    newest, oldest = rows_of(page)
    assert ask(page, "delete", case=oldest["id"]) == {"cases": 1, "emptied": [], "flags": 0}
    settled(page)
    assert one["blob"] not in files_of(served) and two["blob"] in files_of(served)
    assert [row["id"] for row in rows_of(page)] == [newest["id"]]
    assert "not here" in ask(page, "delete", case=oldest["id"])
    assert ask(page, "delete_all") == {"cases": 1, "emptied": ["Scan"], "flags": 0}
    page.sees("none")
    settled(page)
    # Another visitor has the same picture: it is hers still.
    assert two["blob"] in files_of(served)
    assert served.request(f"media/{other.welcome['grant']}/{two['blob']}")[0] == 200
    assert served.request(f"media/{page.welcome['grant']}/{two['blob']}")[0] == 404
    assert ask(other, "delete_all")["cases"] == 1
    settled(other)
    assert two["blob"] not in files_of(served)


def test_case_that_the_page_shows_goes_once_it_shows_another(serve, connect):
    page = opened(connect, serve(PICTURE))
    raw = chosen(page, noise(6))
    tried(page, 1, scan=raw)
    (row,) = rows_of(page)
    ask(page, "delete", case=row["id"])
    page.receive("history", going=True)
    assert raw["blob"] in files_of(page.served)
    page.set(scan=None)
    page.sees("none")
    settled(page)
    assert raw["blob"] not in files_of(page.served)


def test_what_a_sweep_made_of_a_picture_goes_with_its_case(serve, connect):
    page = opened(connect, serve(PICTURE))
    before = set(files_of(page.served))
    raw = chosen(page, noise(8))
    tried(page, 1, scan=raw)
    page.send({"type": "sweep_start"})
    swept = page.receive("sweep", phase="done")
    pictures = {row["picture"] for row in swept["rows"] if row["picture"]}
    assert len(pictures) > 20 and pictures <= set(files_of(page.served))
    page.set(scan=None)
    page.sees("none")
    (row,) = rows_of(page)
    ask(page, "delete", case=row["id"])
    for _ in range(500):  # each question waits for an answer of the host, which removes them meanwhile
        if set(files_of(page.served)) == before:
            break
        rows_of(page)
    assert set(files_of(page.served)) == before


def test_flagged_picture_stays_with_its_flag(serve, connect):
    page = opened(connect, serve(PICTURE))
    raw = chosen(page, noise(7))
    page.set(scan=raw)
    seen = page.sees("(60, 40)")["sequence"]
    page.receive("run", phase="done")
    page.send({"type": "flag", "id": "f" * 20, "seen": seen, "epoch": page.welcome["epoch"]})
    page.receive("flagged", problem=None)
    page.receive("history", mine=1)
    (row,) = rows_of(page)
    assert ask(page, "delete", case=row["id"]) == {"cases": 1, "emptied": [], "flags": 1}
    other = chosen(page, noise(8))
    tried(page, 1, scan=other)
    (row,) = rows_of(page)
    assert ask(page, "delete", case=row["id"])["flags"] == 0  # that one is not flagged
    # Its picture is on the page still, and is nobody's case any more.
    assert ask(page, "delete_all") == {"cases": 0, "emptied": ["Scan"], "flags": 1}
    settled(page)
    assert raw["blob"] in files_of(page.served) and other["blob"] not in files_of(page.served)


def test_run_that_uses_a_picture_is_not_hurt_and_leaves_nothing(serve, connect, gate):
    served = serve(PICTURE)
    page = opened(connect, served)
    before = set(files_of(served))
    raw = chosen(page, noise(8))
    tried(page, 1, scan=raw)
    held = gate("held")
    page.set(scan={**raw, "edits": [{"op": "flip", "axis": "horizontal"}]})
    page.receive("run", phase="running")
    assert ask(page, "delete_all") == {"cases": 1, "emptied": ["Scan"], "flags": 0}
    page.receive("history", going=True)
    assert raw["blob"] in files_of(served)  # the run may read it until its end
    held.open()
    page.sees("none")
    settled(page)
    assert set(files_of(served)) == before
    assert "Traceback" not in served.log.read_text()


def test_host_that_is_killed_while_a_file_is_in_use_removes_it_at_its_next_start(serve, connect, gate):
    served = serve(PICTURE)
    page = opened(connect, served)
    raw = chosen(page, noise(9))
    tried(page, 1, scan=raw)
    gate("held")
    page.set(scan={**raw, "edits": [{"op": "flip", "axis": "horizontal"}]})
    page.receive("run", phase="running")
    ask(page, "delete_all")
    served.kill()
    assert raw["blob"] in files_of(served)
    served.start()
    page = connect(served)
    page.hello()
    page.receive("run", phase="done")
    ask(page, "delete_all")  # of nothing: it is told when all that was asked before is done
    settled(page)
    assert raw["blob"] not in files_of(served)


def test_five_hundred_are_kept_and_the_oldest_go(tmp_path):
    storage = storage_at(tmp_path / "demo.py")
    make_private(storage.folder)
    history = History(storage)
    for number in range(MOST_OF_ONE + 3):
        case = KeptCase("", "one", 0, float(number), None, "v", {"a": number}, {}, (), str(number))
        digest = f"{number:064x}"
        _, gone = history.keep(case, [digest], lambda: True)
        assert gone == ({f"{number - MOST_OF_ONE:064x}"} if number >= MOST_OF_ONE else set())
    other = KeptCase("", "two", 0, 0.0, None, "v", {"a": 1}, {}, (), None)
    history.keep(other, [], lambda: True)
    assert len(history.cases(None, None, 1000)) == MOST_OF_ONE + 1
    assert history.doomed() == {f"{number:064x}" for number in range(3)}
    assert history.keep(other, [], lambda: False) is None
    history.close()
