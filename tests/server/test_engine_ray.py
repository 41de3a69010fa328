"""`modelapp run --engine ray`: calls and bulk runs of a page are done by replicas, and a save loses none of them."""

import json
import re
import threading
import urllib.request

import pytest
from api_calls import SCRIPT, Api
from test_bulk_on_the_page import TABLE, ask, run

PAGE = SCRIPT.replace('ma.number_output(a + b, label="Sum")', """import os
    ma.number_output(a + b, label="Sum")
    ma.number_output(os.getpid(), label="Process")
    if name == "wait":
        open("BEGAN", "w").write("x")
        open("GATE").read()
    ma.text_output("old", label="Version")""")  # fmt: skip


@pytest.fixture
def served(serve, gate, bell, tmp_path):
    """A page whose calls are done by one or two replicas on this machine; "wait" holds one until the gate is open."""
    bell_there, gate_there = bell("began"), gate("gate")
    script = PAGE.replace("BEGAN", str(tmp_path / "began")).replace("GATE", str(gate_there.path))
    served = serve(script, "--engine", "ray", "--replicas", "1:2", "--metrics", "0")
    served.began, served.gate = bell_there, gate_there
    line = next(line for line in served.process.stdout if "figures" in line)
    served.figures = line.split()[1]
    return served


def figures(served):
    with urllib.request.urlopen(served.figures) as answer:
        text = answer.read().decode()
    found = re.findall(r"^(modelapp_replicas_\w+|modelapp_runs_total\{.*\}) (\S+)$", text, re.MULTILINE)
    return {re.sub(r'app="\w+",', "", name): float(value) for name, value in found}


def test_calls_and_cases_are_done_by_replicas_and_survive_a_save(served, connect):
    api = Api(served)
    status, _, answer = api.run({"inputs": {"a": 4}})
    assert (status, answer["outputs"]["sum"], answer["outputs"]["mode"]) == (200, 6, "api None")
    assert answer["outputs"]["process"] != served.process.pid
    events = api.events({"inputs": {"name": "Bo"}})
    assert ("text", {"name": "text", "more": "Bo "}) in events
    assert events[-1][1]["outputs"]["text"] == "Hello Bo "
    status, _, answer = api.run({"inputs": {"a": 99}})
    assert (status, answer["error"]["input"]) == (422, "a")
    status, _, answer = api.run({"inputs": {"name": "fail"}})
    assert (status, "hunter2" in json.dumps(answer)) == (500, False)

    page = connect(served)
    page.hello()
    page.sees("old")
    held: list[dict] = []
    call = threading.Thread(target=lambda: held.append(api.run({"inputs": {"name": "wait"}})[2]))
    call.start()
    served.began.rings()
    found = figures(served)
    assert found["modelapp_replicas_busy"] >= 1
    assert found["modelapp_replicas_alive"] <= found["modelapp_replicas_wanted"] <= 2
    served.path.write_text(served.path.read_text().replace('"old"', '"new"'))
    page.sees("new")
    assert api.run({"inputs": {}})[2]["outputs"]["version"] == "new"  # while the old one goes on
    served.gate.open()
    call.join()
    assert held[0]["outputs"]["version"] == "old"

    state = run(page, content=TABLE.replace("note", "name"))
    assert (state["phase"], state["done"], state["failed"]) == ("done", 21, 18)  # a is at most 10
    found = figures(served)
    assert found['modelapp_runs_total{mode="api",result="done"}'] == 4
    assert found['modelapp_runs_total{mode="api",result="failed"}'] == 2
    assert found['modelapp_runs_total{mode="bulk",result="done"}'] == 3
    assert found['modelapp_runs_total{mode="bulk",result="failed"}'] == 18
    assert ask(page, start=0, count=2)["rows"][0]
    assert ask(page, open=2)["values"] == {"a": 5, "name": "n5"}
    assert "from 0 to 10" in ask(page, open=21)
