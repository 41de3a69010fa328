"""What the answer rests on, for a page: maps as they come, about the values it has; live visitors go first."""

import io

import numpy as np
import pytest
from PIL import Image

CORNER = """
    import modelapp as ma
    import numpy as np
    ma.app("Corner")
    scan = ma.image_input()
    lit = float((np.asarray(scan.convert("L")) / 255)[:20, :20].mean())
    ma.label_output({"lit": lit, "dark": 1 - lit})
    ma.text_output(f"lit {lit:.2f} of {scan.width}")
"""


def lit_corner():
    pixels = np.zeros((112, 112, 3), np.uint8)
    pixels[:20, :20] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def explained(page):
    """Ask, and return all states to the end."""
    page.send({"type": "explain_start"})
    states = [page.receive("explain")]
    while states[-1]["phase"] == "running":
        states.append(page.receive("explain"))
    return states


@pytest.fixture
def page(serve, connect):
    page = connect(serve(CORNER))
    page.hello()
    page.receive("run", phase="waiting")
    _, uploaded = page.upload("scan", lit_corner())
    page.raw = {name: uploaded[name] for name in ("blob", "name", "width", "height", "preview", "frames")}
    page.set(scan={**page.raw, "edits": []})
    page.sees("lit 1.00 of 112")
    return page


def test_map_comes_while_it_is_made_and_is_tested_at_the_end(page):
    states = explained(page)
    last = states[-1]
    assert last["phase"] == "done"
    (found,) = last["maps"]
    assert (found["kind"], found["inputs"], found["decision"]) == ("picture", ["scan"], "lit")
    assert found["peak"][0] < 20 / 112 and found["peak"][1] < 20 / 112
    assert found["faithfulness"]["score"] > 0.9
    assert last["values"]["scan"]["edits"] == []
    runs = [state["maps"][0]["runs"] for state in states if state["maps"]]
    assert runs == sorted(runs) and runs[0] < runs[-1]


def test_map_is_about_the_edits_that_the_picture_has_when_it_begins(page):
    page.set(scan={**page.raw, "edits": [{"op": "crop", "box": [0, 0, 0.5, 0.5]}]})
    page.sees("lit 1.00 of 56")
    (found,) = explained(page)[-1]["maps"]
    assert found["peak"][0] < 20 / 56  # in fractions of what was left


def test_without_an_answer_a_sentence_says_why(serve, connect):
    page = connect(serve(CORNER))
    page.hello()
    page.receive("run", phase="waiting")
    last = explained(page)[-1]
    assert (last["phase"], last["problem"]) == ("failed", "There is no answer yet: Scan is empty.")


def test_page_that_wants_none_makes_none(serve, connect):
    page = connect(serve("import modelapp as ma\nma.app('One', explain=False)\nma.number_output(ma.number_input())\n"))
    page.hello()
    page.sees("0")
    page.send({"type": "explain_start"})
    assert page.receive("problem")["text"] == "This page does not explain its answers."


SLOW = """
    from pathlib import Path
    import modelapp as ma
    a = ma.number_input(value=1)
    if ma.context.mode == "explain" and a == 0:
        Path(__file__).with_name("held").read_text()
    ma.text_output(f"answer {a}")
"""


def test_live_visitor_is_answered_meanwhile_and_it_can_be_stopped(serve, connect, gate):
    gate("held")
    served = serve(SLOW, "--concurrency", "2")
    page, visitor = connect(served), connect(served)
    page.hello()
    page.sees("answer 1")
    page.send({"type": "explain_start"})
    page.receive("explain", phase="running")
    visitor.hello()
    visitor.sees("answer 1")
    visitor.set(a=7)
    visitor.sees("answer 7")
    page.send({"type": "explain_stop"})
    assert page.receive("explain", phase="stopped")["maps"] == []
    page.set(a=3)
    page.sees("answer 3")


def test_saving_the_script_ends_it(serve, connect, gate):
    held = gate("held")
    served = serve(SLOW, "--concurrency", "2")
    page = connect(served)
    page.hello()
    page.sees("answer 1")
    page.send({"type": "explain_start"})
    page.receive("explain", phase="running")
    served.path.write_text(served.path.read_text().replace("answer", "result"))
    page.sees("result 1")
    held.open()
    assert page.receive("explain", phase="stopped")["problem"] == "The script was saved meanwhile."


def test_map_that_is_there_is_marked_when_the_script_is_saved(serve, connect):
    served = serve("import modelapp as ma\nma.text_output(f'answer {ma.number_input(value=4)}')\n")
    page = connect(served)
    page.hello()
    page.sees("answer 4")
    maps = explained(page)[-1]["maps"]
    served.path.write_text(served.path.read_text().replace("answer", "result"))
    state = page.receive("explain")
    assert (state["phase"], state["maps"]) == ("done", maps)
    assert state["problem"] == "The script was saved since this was found."


def test_second_page_of_the_session_sees_it_and_watchers_and_others_do_not(serve, connect):
    served = serve("import modelapp as ma\nma.text_output(f'answer {ma.number_input(value=4)}')\n", "--watch")
    presenter = connect(served, presenter=True)
    presenter.hello()
    presenter.sees("answer 4")
    watcher = connect(served, watcher=True)
    watcher.hello()
    watcher.receive("frame", reset=True)
    watcher.send({"type": "explain_start"})
    maps = explained(presenter)[-1]["maps"]
    assert maps[0]["kind"] == "columns"
    again, other = connect(served, presenter=True), connect(served)
    again.hello(session=presenter.welcome["session"])
    assert again.receive("explain", phase="done")["maps"] == maps
    other.hello()
    other.sees("answer 4")
    presenter.set(number=5)
    kinds = []
    while (message := watcher.next())["type"] != "frame" or not message["elements"]:
        kinds.append(message["type"])
    assert "explain" not in kinds
    assert [message for message in other.messages if message["type"] == "explain"] == []


LINEAR = """
    import keras
    import modelapp as ma

    @ma.cache
    def load():
        keras.utils.set_random_seed(0)
        return keras.Sequential([keras.Input((14, 14, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])

    scan = ma.image_input(mode="L", size=(14, 14))
    answer = ma.predict(load(), scan, labels=["a", "b"])
    ma.label_output(answer)
    ma.text_output("answered")
"""


def test_gradients_are_offered_where_they_are_possible(serve, connect, page):
    assert explained(page)[-1]["methods"] == ["occlusion"]
    page.send({"type": "explain_start", "method": "gradients"})
    while (state := page.receive("explain"))["phase"] == "running":
        pass
    assert state["phase"] == "failed" and "ma.predict" in state["problem"]
    other = connect(serve(LINEAR))
    other.hello()
    other.receive("run", phase="waiting")
    _, uploaded = other.upload("scan", lit_corner())
    raw = {name: uploaded[name] for name in ("blob", "name", "width", "height", "preview", "frames")}
    other.set(scan={**raw, "edits": []})
    other.sees("answered")
    other.send({"type": "explain_start", "method": "gradients"})
    while (state := other.receive("explain"))["phase"] == "running":
        pass
    assert (state["phase"], state["method"], state["methods"]) == ("done", "gradients", ["occlusion", "gradients"])
    assert "TensorFlow" in state["maps"][0]["method"]
    assert state["maps"][0]["faithfulness"] is not None
