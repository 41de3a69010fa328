"""The history: which cases are kept, who sees them, and that what is deleted is gone from the disk."""

import stat

import pytest
from history_pages import PICTURE, SCRIPT, ask, chosen, noise, opened, rows_of, tried
from modelapp.session.folder import folder_of, make_private
from modelapp.session.history import MOST_OF_ONE, History, KeptCase
from stores import content_of, is_kept, on_files, storage_at

pytestmark = pytest.mark.usefixtures("each_store")


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
