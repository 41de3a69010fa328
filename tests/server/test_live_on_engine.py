"""`modelapp run --engine ray --live-on-engine`: every run of a page is a replica's, and the host executes no script."""

import io
import json
import os
import re
import signal
import urllib.request

import modelapp as ma
import pytest
from flag_pages import flag, flags_of, opened
from modelapp.script.failure import CALM
from modelapp.script.weights import is_of_code
from PIL import Image
from waits import said_in

SCRIPT = """
    import os
    import threading
    import modelapp as ma
    import numpy as np
    import pandas as pd
    from enum import Enum
    from helper import doubled

    class Colour(Enum):
        RED = "red"
        BLUE = "blue"

    class Locked(ma.Output):
        html = "<p></p>"
        lock = None
        def __init__(self, value):
            super().__init__("Locked")
            self.lock, self.value = threading.Lock(), value
        def result(self):
            return self.value

    with open("PIDS", "a") as pids:
        pids.write(f"{os.getpid()} ")

    @ma.cache
    def load():
        if LOADING:
            open("BEGAN", "w").write("x")
            open("GATE").read()
        with open("LOADS", "a") as loads:
            loads.write("x")
        return np.arange(3.0)

    a = ma.slider_input("A", 0, 10, 3, examples=[5])
    colour = ma.choice_input("Colour", list(Colour))
    scan = ma.image_input("Scan", required=False)
    name = ma.text_input("Name", "nobody")
    ma.number_output(doubled(a) + load().sum(), label="Sum")
    ma.text_output(str(colour), label="Chosen")
    ma.text_output(f"pid {os.getpid()}", label="Process")
    ma.state.runs = ma.state.runs + 1 if "runs" in ma.state else 1
    ma.text_output(f"run {ma.state.runs}", label="Runs")
    ma.text_output(f"once {ma.once(lambda: os.urandom(4).hex())}", label="Once")
    if scan is not None:
        ma.image_output(scan, label="Out")
    ma.table_output(pd.DataFrame({"x": range(100)}), label="Rows")
    Locked(a).show()
    if ma.button("More"):
        ma.text_output("pressed", label="Pressed")
    if name == "hold":
        ma.text_output("it is held", label="Held")
        open("BEGAN", "w").write("x")
        open("GATE").read()
        ma.text_output("it goes on", label="Held")
    if name == "for ever":
        open("BEGAN", "w").write("x")
        while True:
            pass
    if name == "fail":
        raise RuntimeError("hunter2")
    ma.text_output(f"name {name}", label="End")
"""
ENGINE = ("--engine", "ray", "--live-on-engine", "--metrics", "0")


@pytest.fixture
def served(serve, gate, bell, tmp_path):
    """The script on replicas of this machine; "hold" holds a run until the gate is open."""

    def start(replicas, script=SCRIPT, loading=False):
        made_bell, made_gate = bell("began"), gate("gate")
        (tmp_path / "helper.py").write_text("def doubled(x):\n    return 2 * x\n")
        for word in ("PIDS", "LOADS", "BEGAN", "GATE"):
            script = script.replace(word, str(tmp_path / word.lower()))
        made = serve(script.replace("LOADING", str(loading)), *ENGINE, "--replicas", replicas)
        made.began, made.gate, made.folder = made_bell, made_gate, tmp_path
        made.figures = next(line for line in made.process.stdout if "figures" in line).split()[1]
        return made

    return start


def shown(page, label):
    """Return the text of an output, or None before it is there."""
    texts = [
        one["props"]["text"]
        for one in list(page.elements.values())
        if one["props"].get("label") == label and one["id"].startswith("output.")
    ]
    return texts[-1] if texts else None


def settled(page, pressed=None, **values):
    """Set values, and wait for the end of the run."""
    page.set(pressed, **values)
    while (message := page.receive("run"))["phase"] != "done":
        assert message["phase"] in ("queued", "running"), message


def process_of(page):
    return int(shown(page, "Process").split()[1])


def uploaded(page, colour):
    """Upload a picture of 40 x 20 pixels of one colour; return its raw value."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(buffer, "PNG")
    status, answer = page.upload("scan", buffer.getvalue())
    assert status == 200
    return {"blob": answer["blob"], "name": "a.png", "width": 40, "height": 20, "edits": []}


def test_page_is_as_it_would_be_and_its_runs_are_those_of_replicas(served, connect):
    served = served("1")
    page = opened(connect, served)
    replica = process_of(page)
    assert shown(page, "Sum") == "9" and shown(page, "Chosen") == "Colour.RED"
    settled(page, a=4, colour="Blue")
    assert shown(page, "Sum") == "11" and shown(page, "Chosen") == "Colour.BLUE"
    page.set(a=99)
    assert "10" in page.receive("problem")["text"]  # the host checks it by what the replica declared

    scan = uploaded(page, "red")
    left = {"op": "occlude", "path": [[0.0, 0.5], [0.25, 0.5]], "width": 1.0, "colour": "#0000ff"}
    settled(page, scan={**scan, "edits": [left]})
    out = page.elements["output.out"]["props"]
    content = served.request(f"media/{page.welcome['grant']}/{out['blob']}")[2]
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    assert picture.size == (40, 20)
    assert picture.getpixel((2, 10)) == (0, 0, 255) and picture.getpixel((38, 10)) == (255, 0, 0)

    page.send({"type": "ask", "id": 1, "element": "output.rows", "query": {"start": 98, "count": 5}})
    assert page.receive("answer", id=1)["reply"] == {"rows": [[98], [99]], "total": 100}
    settled(page, "more")
    assert shown(page, "Pressed") == "pressed"
    once, runs = shown(page, "Once"), int(shown(page, "Runs").split()[1])
    settled(page, a=5)
    assert shown(page, "Once") == once and int(shown(page, "Runs").split()[1]) == runs + 1

    page.set(a=6)
    page.seen = page.sees("15")["sequence"]  # the first frame may be one of the run before
    page.receive("run", phase="done")
    identity = flag(page)
    assert page.receive("flagged", id=identity)["problem"] is None
    (kept,) = flags_of(served)
    assert kept.inputs["a"] == 6 and kept.outputs["sum"] == 15.0 and kept.outputs["locked"] == 6
    code = ma.load(served.path)
    code(a=6)
    assert is_of_code(kept.version, code.code_digest())  # as a replay will find it
    (served.folder / "helper.py").write_text("def doubled(x):\n    return 3 * x\n")  # which the host has not imported
    while shown(page, "Sum") != "21":
        page.next() if page.messages else page._read()
    pids = {int(pid) for pid in (served.folder / "pids").read_text().split()} - {os.getpid()}
    assert served.process.pid not in pids and replica in pids and process_of(page) in pids
    assert len((served.folder / "loads").read_text()) == len(pids) + 1  # once in each replica, and once here


def test_what_a_long_run_makes_is_seen_before_its_end_and_newer_input_ends_it(served, connect):
    served = served("1")
    page = opened(connect, served)
    page.set(name="hold")
    served.began.rings()
    page.seen = page.sees("it is held")["sequence"]
    waiting = flag(page)
    served.gate.open()
    page.sees("it goes on")
    page.receive("run", phase="done")
    assert page.receive("flagged", id=waiting)["problem"] is None
    page.set(name="for ever")  # pure Python that calls nothing
    served.began.rings()
    page.set(name="short")
    page.sees("name short")
    page.receive("run", phase="done")
    page.set(name="for ever")
    served.began.rings()
    page.send({"type": "cancel"})
    page.receive("run", phase="cancelled")
    author = connect(served, presenter=True)
    author.hello()
    author.receive("run", phase="done")
    author.set(name="fail")
    failure = author.receive("run", phase="failed")["failure"]
    assert failure["title"] == "RuntimeError: hunter2" and failure["lines"][-1]["file"] == "demo.py"
    page.set(name="fail")
    assert "hunter2" not in json.dumps(page.receive("run", phase="failed"))
    figures = counted(served)
    assert figures["failed"] == 2 and figures["cancelled"] >= 2 and figures["done"] >= 4


def test_model_that_is_being_loaded_is_loaded_once_whatever_is_set_meanwhile(served, connect):
    served = served("1", loading=True)
    page = connect(served)
    page.hello()
    served.began.rings()
    page.receive("frame")  # the inputs are there while it loads
    for value in range(5):
        page.set(a=value)
    served.gate.open()
    while shown(page, "Sum") != "11":
        page._read()
    assert (served.folder / "loads").read_text() == "x"


def test_lost_replica_loses_nothing_of_a_session(served, connect):
    served = served("1:2")
    page = opened(connect, served)
    settled(page, a=4)
    once, runs, replica = shown(page, "Once"), shown(page, "Runs"), process_of(page)
    settled(page, scan=uploaded(page, "green"))
    page.set(name="hold")
    served.began.rings()
    os.kill(replica, signal.SIGKILL)
    served.began.rings()  # once more, on another
    served.gate.open()
    page.sees("it goes on")
    page.receive("run", phase="done")
    assert process_of(page) != replica
    assert shown(page, "Once") == once and int(shown(page, "Runs").split()[1]) == int(runs.split()[1]) + 2
    assert "out" in page.elements["output.out"]["id"]

    settled(page, name="nobody")
    served.path.write_text(
        served.path.read_text().replace('if name == "fail":', 'if name == "die":\n    os._exit(3)\nif name == "fail":')
    )
    page.receive("run", phase="done")
    page.set(name="die")  # twice, then it is reported
    failed = page.receive("run", phase="failed")
    assert failed["failure"]["sentence"] == CALM and failed["failure"]["title"] is None
    assert "WorkerDied" in said_in(served.log, "WorkerDied")
    settled(page, name="nobody")
    assert shown(page, "Once") == once


def counted(served):
    """Return how many runs of pages ended, by how they did."""
    with urllib.request.urlopen(served.figures) as answer:
        text = answer.read().decode()
    found = re.findall(r'^modelapp_runs_total\{app="\w+",mode="live",result="(\w+)"\} (\S+)$', text, re.MULTILINE)
    return {result: float(value) for result, value in found}
