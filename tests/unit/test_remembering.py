"""Which answers become cases: those that stayed, not the steps on the way to them."""

import pytest
from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.script.run import Script, execute
from modelapp.session.blobs import FileBlobs, SessionBlobs
from modelapp.session.case import Case, in_words
from modelapp.session.frame import Page
from modelapp.session.history import History
from modelapp.session.remembering import Remembering
from modelapp.session.storage import FolderStorage
from modelapp.session.store import Saved

SCRIPT = "import modelapp as ma\na = ma.slider_input(value=1)\nma.text_output(f'{a}')\n"


class Clock:
    """A loop whose time passes when the test says so, and a host that does its work at once."""

    def __init__(self, folder):
        self.loop = self
        self.history = History(FolderStorage(folder))
        self.waiting = []

    def call_later(self, delay, callback, *arguments):
        handle = Handle(callback)
        self.waiting.append(handle)
        return handle

    def passes(self):
        waiting, self.waiting = self.waiting, []
        for handle in waiting:
            handle.pass_by()

    def background(self, work, done):
        done(work())


class Handle:
    def __init__(self, callback):
        self.callback = callback

    def cancel(self):
        self.callback = lambda: None

    def pass_by(self):
        self.callback()


@pytest.fixture
def clock(tmp_path):
    made = Clock(tmp_path)
    yield made
    made.history.close()


@pytest.fixture
def answer(clock, tmp_path):
    """Return what runs the script on a value and tells of it, with what remembers; and the values that were kept."""
    path = tmp_path / "demo.py"
    path.write_text(SCRIPT)
    version = Script(path).version
    saved = Saved("session", "grant", "visitor", {}, {}, {}, set())
    blobs = SessionBlobs(FileBlobs(tmp_path / "blobs"), set())
    remembering = Remembering(clock, saved, Page(), blobs, lambda gone: None)

    def run(value, *, caused=True):
        if caused:
            remembering.caused()
        context = RunContext(Given({"a": value}), blobs, {}, version.variable_at)
        execute(version, context)
        remembering.ended(Case(context, "v"))

    run.remembering = remembering
    run.kept = lambda: [case.inputs["a"] for case in clock.history.cases("session", None, 100)]
    return run


def test_steps_of_a_drag_are_no_cases_but_what_it_settled_on_is(answer, clock):
    for value in (2, 3, 4):
        answer(value)
    assert answer.kept() == []
    clock.passes()
    assert answer.kept() == [4]
    clock.passes()
    answer(9)
    clock.passes()
    assert answer.kept() == [9, 4]


def test_run_that_nobody_caused_is_no_case_and_keeps_none_away(answer, clock):
    answer(5, caused=False)
    clock.passes()
    assert answer.kept() == []
    answer(6)
    answer(6, caused=False)  # the script was saved meanwhile
    clock.passes()
    assert answer.kept() == [6]


def test_who_leaves_takes_the_last_case_along_and_who_deletes_does_not(answer, clock):
    answer(7)
    answer.remembering.settle()
    assert answer.kept() == [7]
    answer(8)
    answer.remembering.forget()
    clock.passes()
    assert answer.kept() == [7]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "empty"),
        (True, "yes"),
        (4.0, "4"),
        ({"blob": "x", "name": "a.png", "edits": []}, "a.png"),
        ({"text": "calmer", "original": "calm"}, "calmer"),
        ({"age": 4, "sex": "f"}, "age 4, sex f"),
        ([1, 2.5], "1, 2.5"),
        ("two\nlines", "two lines"),
        ("x" * 500, "x" * 159 + "…"),
    ],
)
def test_value_is_said_in_words(raw, words):
    assert in_words(raw) == words
