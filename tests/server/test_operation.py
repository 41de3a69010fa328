"""What supervisors see and do: health, figures, and a stop that loses nothing."""

import json
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from served import PATIENCE_SECONDS
from waits import said_in

SLOW = """
    from pathlib import Path
    import modelapp as ma
    n = ma.number_input(value=0)
    if n:
        Path("begun").touch()
        with open({bell!r}, "w") as bell:
            bell.write("x")
        Path({gate!r}).read_text()
    ma.text_output(f"twice is {{n * 2:g}}")
"""


@pytest.fixture
def held(serve, gate, bell, tmp_path):
    """A script whose runs with a number other than 0 ring a bell, and wait for a gate."""
    door, rings = gate("gate"), bell("bell")
    script = SLOW.format(gate=str(door.path), bell=str(tmp_path / "bell"))
    return lambda *options: (serve(script, *options), door, rings)


def test_health_tells_whether_the_script_can_be_run(serve):
    served = serve("import modelapp as ma\nma.text_output('fine')\n")
    status, headers, body = served.request("health")
    assert (status, json.loads(body)) == (200, {"alive": True, "ready": True})
    assert headers["Cache-Control"] == "no-store"
    assert served.request("health", headers={"Host": "app:8501"})[0] == 200
    assert served.request("health", method="HEAD")[0] == 200
    served.path.write_text("import modelapp as ma\nma.text_output(\n")
    said_in(served.log, "SyntaxError")
    status, _, body = served.request("health")
    assert (status, json.loads(body)["ready"]) == (503, False)
    assert served.request("health/alive")[0] == 200


def _figures(served):
    url = next(found[1] for line in served.process.stdout if (found := re.search(r"figures\s+(http://\S+)", line)))
    with urllib.request.urlopen(url) as answer:
        text = answer.read().decode()
    return text, {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_count_runs_pages_and_the_cache_and_name_nobody(serve, connect):
    served = serve(
        """
        import modelapp as ma

        @ma.cache
        def load():
            return 2

        name = ma.text_input(value="Ann")
        if name == "fail":
            raise ValueError(name)
        ma.text_output(f"{name} {load()}")
        """,
        "--metrics",
        "0",
    )
    page = connect(served)
    page.hello()
    page.sees("Ann 2")
    page.set(name="Miriam")
    page.sees("Miriam 2")
    page.set(name="fail")
    page.receive("run", phase="failed")
    body = json.dumps({"inputs": {"name": "Miriam"}}).encode()
    assert served.request("api/run", method="POST", body=body, headers={"Content-Type": "application/json"})[0] == 200
    text, figures = _figures(served)
    assert figures["modelapp_runs_total", "demo", "done", "live"] == 2
    assert figures["modelapp_runs_total", "demo", "failed", "live"] == 1
    assert figures["modelapp_runs_total", "api", "demo", "done"] == 1
    assert figures["modelapp_run_seconds_count", "api", "demo"] == 1
    assert figures["modelapp_open_pages", "demo"] == 1
    assert figures["modelapp_sessions", "demo"] == 1
    assert figures["modelapp_cache_calls_total", "miss"] == 1
    assert figures["modelapp_cache_calls_total", "hit"] == 2
    assert figures["modelapp_queue_length",] == 0
    assert "Miriam" not in text and page.welcome["session"] not in text
    assert served.request("metrics")[0] == 404


def test_sigterm_lets_a_run_end_and_keeps_what_was_set_meanwhile(held, connect):
    served, door, rings = held()
    page = connect(served)
    session = page.hello()["session"]
    page.sees("twice is 0")
    page.set(n=21)
    rings.rings()
    other = connect(served)
    other_session = other.hello()["session"]
    other.sees("twice is 0")
    served.process.send_signal(signal.SIGTERM)
    page.receive("restarting")
    other.receive("restarting")
    status, _, body = served.request("health")
    assert (status, json.loads(body)["reason"]) == (503, "The host restarts.")
    status, headers, _ = served.request(
        "api/run", method="POST", body=b"{}", headers={"Content-Type": "application/json"}
    )
    assert (status, headers["Retry-After"]) == (503, "5")
    second_tab = connect(served)
    second_tab.hello(session=other_session)
    other.set(n=4)
    second_tab.receive("frame", values={"n": 4})
    door.open()
    page.sees("twice is 42")
    assert served.process.wait(PATIENCE_SECONDS) == 0
    served.process.stdout.close()
    served.start(served.port)
    for known, text in ((session, "twice is 42"), (other_session, "twice is 8")):
        again = connect(served)
        assert again.hello(session=known)["resumed"]
        again.sees(text)


def test_sigterm_waits_no_longer_than_it_may(held, connect):
    served, _, rings = held("--grace", "0")
    page = connect(served)
    page.hello()
    page.set(n=1)
    rings.rings()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_SECONDS) == 0


def test_second_sigterm_ends_at_once(held, connect):
    served, _, rings = held("--grace", "3600")
    page = connect(served)
    page.hello()
    page.set(n=1)
    rings.rings()
    served.process.send_signal(signal.SIGTERM)
    page.receive("restarting")
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_SECONDS) == -signal.SIGTERM


@pytest.mark.parametrize("port", ["x", "70000", "1.2.3.4"])
def test_metrics_without_a_port_are_refused(tmp_path, port):
    (tmp_path / "demo.py").write_text("import modelapp as ma\n")
    command = [sys.executable, "-m", "modelapp", "run", str(tmp_path / "demo.py"), "--metrics", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 2
    assert "is no port" in done.stderr
