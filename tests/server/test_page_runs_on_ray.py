"""With `--engine ray` replicas do what a page asks besides its live runs, and it comes to the same as in the host."""

import io
import os
import signal

import pytest
from PIL import Image
from test_explanation_on_the_page import explained
from test_sweep_on_the_page import ask, half_white, sweep
from waits import said_in

SCRIPT = """
    import os
    import modelapp as ma
    import numpy as np

    def darker(picture):
        return picture.point(lambda value: value // 2)

    ma.app("Lit", sweep={"scan": {"half as bright": darker}})
    scan = ma.image_input(size=(64, 40))
    limit = ma.number_input(value=0.5, min=0, max=1)
    pixels = np.asarray(scan.convert("L"), dtype=float) / 255
    lit = float(pixels[:, :32].mean() > limit)
    if ma.context.mode != "live":
        with open("PIDS", "a") as pids:
            pids.write(f"{ma.context.mode}:{os.getpid()} ")
    if ma.context.mode == "explain" and "HOLD":
        open("BEGAN", "w").write("x")
        open("GATE").read()
    ma.label_output({"lit": lit, "dark": 1 - lit})
    ma.number_output(float(pixels[:, :32].mean()), label="Mean")
"""


@pytest.fixture
def opened(serve, connect, tmp_path, gate, bell):
    """A page of the script with a picture; `held` holds the runs around its values until the gate is open."""

    def start(*options, held=False, **settings):
        script = SCRIPT.replace('"HOLD"', str(held))
        for word in ("PIDS", "BEGAN", "GATE"):
            script = script.replace(word, str(tmp_path / word.lower()))
        page = connect(serve(script, *options, **settings), presenter=True)
        if held:
            page.began, page.gate = bell("began"), gate("gate")
        page.hello()
        page.receive("run", phase="waiting")
        _, uploaded = page.upload("scan", half_white())
        page.raw = {name: uploaded[name] for name in ("blob", "name", "width", "height", "preview", "frames")}
        page.set(scan={**page.raw, "edits": []})
        page.receive("run", phase="done")
        return page

    return start


def without(states, *names):
    return {name: value for name, value in states.items() if name not in ("seconds", *names)}


def test_sweep_and_map_are_as_in_the_host_and_done_by_replicas(opened, tmp_path):
    here = opened()
    rows, maps = sweep(here), explained(here)[-1]
    here.served.stop()
    (tmp_path / "pids").unlink()

    there = opened("--engine", "ray", "--replicas", "2:2", checked=True)
    rows_there = sweep(there)
    assert without(rows_there, "rows") == without(rows, "rows")
    for one, other in zip(rows_there["rows"], rows["rows"], strict=True):
        assert {**one, "picture": None} == {**other, "picture": None} and bool(one["picture"]) == bool(other["picture"])
    assert without(explained(there)[-1], "maps") == without(maps, "maps")
    done = {kind: set() for kind in ("explain", "check")}
    said_in(there.served.log, "runs in")  # the check at the start has ended
    for kind, pid in (word.split(":") for word in (tmp_path / "pids").read_text().split()):
        done[kind].add(int(pid))
    assert done["explain"] and done["check"] and there.served.process.pid not in done["explain"] | done["check"]

    made = next(row for row in rows_there["rows"] if row["variation"] == "half as bright")
    values = ask(there, open=made["number"])["values"]
    assert values["scan"]["blob"] != there.raw["blob"]
    status, _, body = there.served.request(f"media/{there.welcome['grant']}/{values['scan']['blob']}")
    assert status == 200 and Image.open(io.BytesIO(body)).convert("L").getpixel((2, 2)) == 127
    there.set(**values)
    while "0.49" not in str(there.elements["output.mean"]["props"]):
        there._read()
    small = there.served.request(f"media/{there.welcome['grant']}/{made['picture']}")[2]
    assert Image.open(io.BytesIO(small)).size == Image.open(io.BytesIO(half_white())).size

    pids = {int(word.split(":")[1]) for word in (tmp_path / "pids").read_text().split()}
    assert there.served.process.pid not in pids


def test_sweep_can_be_stopped_and_survives_a_lost_replica_once(opened, tmp_path):
    page = opened("--engine", "ray", "--replicas", "1", held=True)
    page.send({"type": "sweep_start"})
    page.began.rings()
    page.send({"type": "sweep_stop"})
    assert page.receive("sweep", phase="stopped")["rows"] == []
    page.send({"type": "sweep_start"})
    page.began.rings()
    (*_, replica) = (int(word.split(":")[1]) for word in (tmp_path / "pids").read_text().split())
    os.kill(replica, signal.SIGKILL)
    page.began.rings()  # on another
    page.gate.open()
    state = page.receive("sweep", phase="done")
    assert len(state["rows"]) == state["total"] > 5

    text = page.served.path.read_text()
    page.served.path.write_text(
        text.replace('if ma.context.mode == "explain"', "if ma.context.mode != 'live': os._exit(3)\nif 0")
    )
    page.receive("run", phase="done")
    page.send({"type": "sweep_start"})
    failed = page.receive("sweep", phase="failed")
    assert "second try" in failed["problem"] and "WorkerDied" in said_in(page.served.log, "WorkerDied")
