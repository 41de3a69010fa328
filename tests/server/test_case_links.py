"""Links of cases: what they open, for whom, and what is written about a case."""

import numpy as np
import pytest
from history_pages import PICTURE, SCRIPT, ask, chosen, noise, opened, rows_of, settled, tried
from modelapp.session.folder import folder_of
from waits import said_in


def shared(page):
    """Share the newest case of a page; return its link."""
    return ask(page, "share", case=rows_of(page)[0]["id"])["link"]


def test_link_opens_exactly_that_case_in_a_session_of_its_own(serve, connect):
    served = serve(PICTURE)
    page, other = opened(connect, served), opened(connect, served)
    raw = chosen(page, noise(1), edits=[{"op": "flip", "axis": "horizontal"}])
    tried(page, 1, scan=raw)
    link = shared(page)
    assert len(link) >= 22 and shared(page) == link  # 128 bits, and the same each time
    assert rows_of(page)[0]["link"] == link
    status, headers, _ = served.request(f"c/{link}")
    assert (status, headers["Location"]) == (302, f"../?case={link}")
    status, headers, body = served.request(f"?case={link}")
    assert status == 200 and headers["Content-Type"].startswith("text/html") and b"<html" in body
    visited = ask(other, "visit", link=link)
    assert visited["values"] == {"scan": raw} and visited["now"] is None
    row = visited["row"]
    assert (row["answer"], row["mine"], row["current"], row["id"], row["link"]) == ("(60, 40)", False, True, "", None)
    other.set(**visited["values"])
    other.sees("(60, 40)")
    other.receive("run", phase="done")
    assert ask(other, "visit", link=link)["now"] == "(60, 40)"
    assert served.request(f"media/{other.welcome['grant']}/{raw['blob']}")[0] == 200
    # The link opens this case; it does not make it hers.
    assert "not here" in ask(other, "share", case=row["id"])
    assert "not here" in ask(other, "delete", case=link)


def test_only_a_case_that_was_shared_has_a_link_and_a_deleted_one_has_none(serve, connect):
    served = serve(SCRIPT)
    page, other = opened(connect, served), opened(connect, served)
    tried(page, 1, a=4)
    (row,) = rows_of(page)
    for wrong in (row["id"], "x" * 22, "x", "%27", "None"):
        assert served.request(f"c/{wrong}")[0] == 404
        assert served.request(f"?case={wrong}")[0] == 404
    missing = served.request("nothing/here")
    link = shared(page)
    ask(other, "visit", link=link)
    assert served.request(f"c/{link}")[0] == 302
    ask(page, "delete", case=row["id"])
    other.receive("case_news", link=link)
    assert "not here" in ask(other, "visit", link=link)
    assert "not here" in ask(other, "remark", link=link, text="hello")
    for path in (f"c/{link}", f"?case={link}"):
        answer = served.request(path)
        assert (answer[0], answer[2]) == (missing[0], missing[2])
    settled(page)


def test_who_may_not_come_in_sees_no_case(serve, connect, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "long enough words")
    served = serve(SCRIPT, "--password")
    author = opened(connect, served, presenter=True)
    tried(author, 1, a=4)
    link = shared(author)
    for any_link in (link, "x" * 22):  # an outsider does not learn which one leads to something
        status, headers, _ = served.request(f"c/{any_link}")
        assert (status, headers["Location"]) == (302, f"../?case={any_link}")
        assert served.request(f"?case={any_link}")[0] == 401
    status, headers, _ = served.request(f"?case={link}", method="POST", body=b"password=long+enough+words")
    assert (status, headers["Location"]) == (303, f"./?case={link}")
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    assert served.request(f"?case={link}", headers=cookie)[0] == 200
    hers = served.invited("Dr. Rao")
    assert served.request(f"c/{link}", headers=cookie)[0] == 404  # only who was invited comes in now
    status, headers, _ = served.request(f"{hers}&case={link}")
    assert (status, headers["Location"]) == (302, f"./?case={link}")


def test_what_is_written_is_told_to_all_who_have_the_case_open(serve, connect):
    served = serve(SCRIPT)
    author, page = opened(connect, served, presenter=True), opened(connect, served)
    rao = opened(connect, served, headers=served.cookie(served.invited("Dr. Rao")))
    tried(rao, 1, a=4)
    link = shared(rao)
    ask(rao, "visit", link=link)
    ask(author, "visit", link=link)
    (mine,) = ask(rao, "remark", link=link, text=" Looks\r\nodd\x1b[2J\u202e ")["remarks"]
    assert (mine["mine"], mine["who"], mine["text"]) == (True, "Dr. Rao", "Looks\nodd[2J")
    author.receive("case_news", link=link)
    assert author.receive("notice")["text"] == "Dr. Rao wrote about the case “even”: Looks odd[2J"
    (theirs,) = ask(author, "visit", link=link)["remarks"]
    assert (theirs["mine"], theirs["who"]) == (False, "Dr. Rao")
    ask(author, "remark", link=link, text="Why?")
    rao.receive("case_news", link=link)
    assert [one["who"] for one in ask(rao, "visit", link=link)["remarks"]] == ["Dr. Rao", "The author"]
    log = said_in(served.log, "wrote about the case", 2)
    assert "\x1b" not in log and "Looks odd[2J\n" in log
    assert "1 to 2,000" in ask(rao, "remark", link=link, text="x" * 2001)
    assert "1 to 2,000" in ask(rao, "remark", link=link, text=" \n\x00")
    for _ in range(198):
        last = ask(rao, "remark", link=link, text="more")
    assert last["full"] and "enough for one case" in ask(rao, "remark", link=link, text="more")
    ask(rao, "delete_all")
    settled(rao)
    assert b"Looks" not in (folder_of(served.path) / "history.sqlite3").read_bytes()
    page.close()


def test_script_that_has_changed_since_is_told_with_both_answers(serve, connect):
    served = serve(SCRIPT)
    page = opened(connect, served)
    tried(page, 1, a=4)
    link = shared(page)
    served.stop()
    served.path.write_text(
        served.path.read_text().replace("a % 2 == 0", "a % 2 == 1").replace('"odd": ', '"odd": 1 - ')
    )
    served.start()
    later = opened(connect, served)
    visited = ask(later, "visit", link=link)
    assert visited["row"]["answer"] == "even" and not visited["row"]["current"]
    later.set(**visited["values"])
    later.sees("a is 4")
    later.receive("run", phase="done")
    assert ask(later, "visit", link=link)["now"] == "odd"


def test_model_whose_weights_have_changed_since_is_told(serve, connect, tmp_path):
    np.save(tmp_path / "net.npy", np.ones(2))
    served = serve("""
        import modelapp as ma
        import numpy as np
        from pathlib import Path
        net = ma.cache(lambda: np.load(Path(__file__).with_name("net.npy")))
        a = ma.number_input(value=1)
        ma.text_output(f"a is {a * net().sum():g}")
    """)
    page = opened(connect, served)
    tried(page, 1, a=4)
    link = shared(page)
    assert ask(page, "visit", link=link)["row"]["current"]
    served.stop()
    np.save(tmp_path / "net.npy", np.full(2, 3.0))
    served.start()
    later = opened(connect, served)
    visited = ask(later, "visit", link=link)
    assert visited["row"]["current"]  # as far as is known: nobody has run it
    later.set(**visited["values"])
    later.sees("a is 24")
    later.receive("run", phase="done")
    visited = ask(later, "visit", link=link)
    assert (visited["row"]["answer"], visited["now"], visited["row"]["current"]) == ("a is 8", "a is 24", False)


@pytest.mark.parametrize("path", ["c/", "c/a/b", "c/..%2f..%2fkey", "c/%00", "c/" + "a" * 65])
def test_paths_that_are_no_link_are_unknown(serve, path):
    served = serve(SCRIPT)
    assert served.request(path)[0] == 404
