"""The robustness sweep of a page's values: rows as they come, opened as edits; live visitors go first."""

import io

import pytest
from PIL import Image

LEFT = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input()
    lit = float((np.asarray(scan.convert("L")) / 255)[:, : scan.width // 2].mean())
    ma.label_output({"lit": lit, "dark": 1 - lit})
    ma.text_output(f"lit {lit:.2f}")
"""


def half_white():
    picture = Image.new("RGB", (64, 40))
    picture.paste("white", (0, 0, 32, 40))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def ask(page, **query):
    page.asked = getattr(page, "asked", 0) + 1
    page.send({"type": "ask", "id": page.asked, "element": "sweep", "query": query})
    answer = page.receive("answer", id=page.asked)
    return answer["error"] or answer["reply"]


def sweep(page):
    """Run a sweep to its end; return the last state."""
    page.send({"type": "sweep_start"})
    while (state := page.receive("sweep"))["phase"] == "running":
        pass
    return state


@pytest.fixture
def page(serve, connect):
    page = connect(serve(LEFT))
    page.hello()
    page.receive("run", phase="waiting")
    _, uploaded = page.upload("scan", half_white())
    page.raw = {name: uploaded[name] for name in ("blob", "name", "width", "height", "preview", "frames")}
    page.set(scan={**page.raw, "edits": []})
    page.sees("lit 1.00")
    return page


def test_worst_variation_comes_first_with_its_picture_and_opens_as_an_edit(page):
    state = sweep(page)
    assert (state["phase"], state["before"], len(state["rows"])) == ("done", "lit", state["total"])
    first = state["rows"][0]
    assert first["variation"] == "flipped left to right"
    assert (first["distance"], first["now"], first["change"]) == (1, "dark", "lit 1.00 → 0.00")
    status, headers, body = page.served.request(f"media/{page.welcome['grant']}/{first['picture']}")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    small = Image.open(io.BytesIO(body)).convert("L")
    assert small.getpixel((2, 20)) < 10 and small.getpixel((small.width - 3, 20)) > 245
    opened = ask(page, open=first["number"])["values"]
    assert opened["scan"]["edits"] == [{"op": "flip", "axis": "horizontal"}]
    page.set(**opened)
    page.sees("lit 0.00")
    assert "no such variation" in ask(page, open=999)


def test_sweep_is_about_the_values_that_the_page_has_when_it_begins(page):
    page.set(scan={**page.raw, "edits": [{"op": "flip", "axis": "horizontal"}]})
    page.sees("lit 0.00")
    state = sweep(page)
    assert state["before"] == "dark"
    assert state["values"]["scan"]["edits"] == [{"op": "flip", "axis": "horizontal"}]


def test_without_an_answer_a_sentence_says_why(serve, connect):
    page = connect(serve(LEFT))
    page.hello()
    page.receive("run", phase="waiting")
    state = sweep(page)
    assert (state["phase"], state["problem"]) == ("failed", "There is no answer yet: Scan is empty.")


def test_page_that_wants_none_does_none(serve, connect):
    page = connect(serve("import modelapp as ma\nma.app('One', sweep=False)\nma.number_output(ma.number_input())\n"))
    page.hello()
    page.sees("0")
    page.send({"type": "sweep_start"})
    assert page.receive("problem")["text"] == "This page does not test its answers."


SLOW = """
    from pathlib import Path
    import modelapp as ma
    a = ma.number_input(value=1)
    if ma.context.mode == "explain" and a != 1:
        Path(__file__).with_name("held").read_text()
    ma.text_output(f"answer {a}")
"""


def test_live_visitor_is_answered_meanwhile_and_a_sweep_can_be_stopped(serve, connect, gate):
    gate("held")
    served = serve(SLOW, "--concurrency", "2")
    page, visitor = connect(served), connect(served)
    page.hello()
    page.sees("answer 1")
    page.send({"type": "sweep_start"})
    page.receive("sweep", phase="running")
    visitor.hello()
    visitor.sees("answer 1")
    visitor.set(a=7)
    visitor.sees("answer 7")
    page.send({"type": "sweep_stop"})
    state = page.receive("sweep", phase="stopped")
    assert state["rows"] == []
    page.set(a=3)
    page.sees("answer 3")


def test_second_page_of_the_session_sees_it_and_other_sessions_do_not(page, connect):
    rows = sweep(page)["rows"]
    again, other = connect(page.served), connect(page.served)
    again.hello(session=page.welcome["session"])
    assert again.receive("sweep", phase="done")["rows"] == rows
    other.hello()
    other.receive("run", phase="waiting")
    assert "no such variation" in ask(other, open=1)
    assert [message for message in other.messages if message["type"] == "sweep"] == []
    status, _, _ = page.served.request(f"media/{other.welcome['grant']}/{rows[0]['picture']}")
    assert status == 404


def test_visitor_is_not_told_the_scripts_lines(serve, connect):
    served = serve("import modelapp as ma\na = ma.number_input(value=1)\nma.number_output(1 / a)\n")
    told = {"visitor": "The author of this page can see why", "author": "ZeroDivisionError: division by zero"}
    for page, who in ((connect(served), "visitor"), (connect(served, presenter=True), "author")):
        page.hello()
        page.sees("1")
        worst = sweep(page)["rows"][0]
        assert (worst["variation"], worst["change"]) == ("one step down to 0", "failed")
        assert told[who] in worst["fault"]


def test_watcher_is_told_nothing_of_it_and_can_begin_none(serve, connect):
    served = serve(SLOW.replace("a != 1", "False"), "--watch")
    presenter = connect(served, presenter=True)
    presenter.hello()
    presenter.sees("answer 1")
    watcher = connect(served, watcher=True)
    watcher.hello()
    watcher.receive("frame", reset=True)
    watcher.send({"type": "sweep_start"})
    assert sweep(presenter)["phase"] == "done"
    presenter.set(a=5)
    kinds = []
    while (message := watcher.next())["type"] != "frame" or not message["elements"]:
        kinds.append(message["type"])
    assert "sweep" not in kinds
