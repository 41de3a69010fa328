"""Interfaces that are served from inside of a program, and by the command."""

import json
import sys
import textwrap
import threading
import urllib.request

import modelapp as ma
import pytest
from served import PATIENCE_SECONDS, Served, Socket


@pytest.fixture
def launch():
    """Serve Interfaces of this process, which are closed at the end."""
    made = []

    def start(interface, **options):
        made.append(interface.launch(port=0, block=False, **{"validate": False, **options}))
        return made[-1]

    yield start
    for page in made:
        page.close()


class InProcess(Served):
    """The page of an Interface, as tests know one."""

    def __init__(self, page):
        self.url, self.presenter_url = page.url, page.presenter_url
        self.key = page.presenter_url.partition("key=")[2]


class TestLaunch:
    def test_page_answers_and_leaves_nothing(self, launch):
        threads = set(threading.enumerate())
        main, path = sys.modules["__main__"], list(sys.path)
        made = eval(  # as at the prompt: no file of its own
            compile("ma.Interface('number', 'number', model=lambda value: value * 2)", "<prompt>", "eval"),
            {"ma": ma, "__name__": "prompt"},
        )
        launched = launch(made)
        folder = launched._temporary
        assert folder.is_dir()
        page = Socket(InProcess(launched), presenter=True)
        page.hello()
        page.set(number=21)
        page.sees("42")
        page.close()
        launched.close()
        assert not folder.exists()
        assert sys.modules["__main__"] is main
        assert sys.path == path
        for thread in set(threading.enumerate()) - threads:
            thread.join(PATIENCE_SECONDS)
        assert set(threading.enumerate()) == threads
        with pytest.raises(OSError):
            urllib.request.urlopen(launched.url, timeout=PATIENCE_SECONDS)

    def test_robustness_and_explanation_on_the_page(self, launch, zoo, declare):
        made = zoo("sklearn()").made
        row = ("row", {"like": {"a": (0.0, 5.0), "b": (0.0, 5.0)}, "value": {"a": 1.0, "b": 1.0}})
        page = Socket(InProcess(launch(declare(row, "label", model=made))), presenter=True)
        page.hello()
        page.receive("run", phase="done")
        for kind in ("sweep", "explain"):
            page.send({"type": f"{kind}_start"})
            while (state := page.receive(kind))["phase"] == "running":
                pass
            assert state["phase"] == "done", state
        page.close()

    def test_bulk_on_the_page(self, launch, declare):
        launched = launch(declare(["number", "number"], "number", model=lambda one, other: one + other))
        page = Socket(InProcess(launched), presenter=True)
        page.hello()
        page.receive("run", phase="waiting")
        headers = {"X-Modelapp-Session": page.welcome["session"], "X-Modelapp-Name": "a.csv", "X-Modelapp-Last": "yes"}
        headers["X-Modelapp-Upload"] = ""
        status, _, body = page.served.request("bulk", method="POST", body=b"one,other\n1,2\n3,4\n", headers=headers)
        assert status == 200, body
        page.receive("bulk", phase="ready")
        page.send({"type": "bulk_start", "upload": json.loads(body)["upload"], "truth": None})
        done = page.receive("bulk", phase="done")
        assert (done["done"], done["failed"]) == (2, 0)
        page.close()

    def test_launched_again_it_gives_back_the_port(self, launch, declare):
        interface = declare("text", "text", model=str.upper)
        first = launch(interface)
        second = launch(interface)
        assert "closed" in repr(first)
        assert urllib.request.urlopen(second.url, timeout=PATIENCE_SECONDS).status == 200

    # Tornado leaves the socket that it could not bind to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_port_that_is_taken_is_said(self, launch, declare):
        taken = launch(declare("text", "text", model=str.upper))
        port = int(taken.url.rpartition(":")[2].strip("/"))
        with pytest.raises(ma.ModelAppError, match=f"Port {port}"):
            declare("text", "text", model=str.upper).launch(port=port, block=False, validate=False)

    def test_folder_is_beside_the_file_and_stays(self, launch, declare, tmp_path):
        launch(declare("text", "text", model=str.upper)).close()
        assert (tmp_path / ".modelapp" / "train_interface").is_dir()

    def test_server_that_cannot_start_says_so_and_leaves_nothing(self, declare, tmp_path):
        threads = set(threading.enumerate())
        (tmp_path / ".modelapp").touch()
        with pytest.raises(ma.ModelAppError, match="cannot be made"):
            declare("text", "text", model=str.upper).launch(port=0, block=False, validate=False)
        assert set(threading.enumerate()) == threads

    def test_check_is_told(self, launch, capsys, declare):
        launch(declare("number", "number", model=lambda value: 1 / value, examples=[1, 0]), validate=True)
        assert "division by zero" in capsys.readouterr().out

    def test_inline_outside_of_a_notebook_is_refused(self, declare):
        with pytest.raises(ma.ScriptError, match="inline"):
            declare("text", "text", model=str.upper).launch(inline=True)


class TestUnderModelappRun:
    SCRIPT = """
        import modelapp as ma

        def bmi(weight, height):
            return weight / height**2

        ma.Interface(["number", "number"], "number", model=bmi, title="Body", examples=[(80, 2)]).launch()
        ma.text_output("never reached")
    """

    def test_page_is_that_of_the_command(self, page):
        user = page(self.SCRIPT).settle()
        assert user.texts == ["20"]
        assert user.elements["layout.app"].props.title == "Body"
        user.set(weight=40)
        user.sees("10")

    def test_file_is_a_function_of_the_same_inputs(self, tmp_path):
        (tmp_path / "body.py").write_text(textwrap.dedent(self.SCRIPT))
        assert dict(ma.load(tmp_path / "body.py")(weight=45, height=1.5)) == {"number": 20}
