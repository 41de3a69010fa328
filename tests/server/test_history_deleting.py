"""Deleting what was tried: for good, and nothing that others need."""

import pytest
from history_pages import PICTURE, ask, chosen, files_of, noise, opened, rows_of, settled, tried
from modelapp.session.folder import folder_of

pytestmark = pytest.mark.usefixtures("each_store")


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
