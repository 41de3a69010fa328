"""What a replica makes and keeps of sessions: what the host cannot read costs no run, and old sessions make room."""

import pickle

import pytest
from modelapp.core.context import RunContext
from modelapp.core.declared import MISSING, Given
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Element
from modelapp.model.live.keeping import KeptSession, KeptSessions
from modelapp.model.live.parts import News, Packing, apply
from modelapp.model.live.telling import Telling
from modelapp.script.interrupt import Interrupter
from modelapp.session.blobs import FileBlobs, SessionBlobs
from modelapp.widgets.number_output import NumberOutput
from modelapp.widgets.text_output import TextOutput

OF_NO_PACKAGE = b"cno_such_package\nFigure\n."


@pytest.fixture
def run(tmp_path):
    return RunContext(Given(), SessionBlobs(FileBlobs(tmp_path), set()), {}, lambda frame: None)


def news(**outputs):
    return News((), {}, {}, {}, outputs, (), {}, (), None)


def test_output_of_a_package_that_is_missing_here_stands_beside_the_others(run):
    told = {
        "good": (pickle.dumps(NumberOutput(3, "Good")), "number_output", "Good", None),
        "plot": (OF_NO_PACKAGE, "plot_output", "Plot", "plot"),
    }
    apply(news(**told), run, {})
    assert run.outputs["good"].result() == 3
    plot = run.outputs["plot"]
    assert (plot.kind, plot.label, plot.key) == ("plot_output", "Plot", "plot")
    assert plot.portable(lambda name, content: None) == {
        "unreadable": "ModuleNotFoundError: No module named 'no_such_package'"
    }
    with pytest.raises(InvalidValue, match="cannot be asked"):
        plot.query({})


def test_what_is_new_takes_the_place_of_what_was_told_before(run):
    for text in ("one", "two"):
        apply(news(text=(pickle.dumps(TextOutput(text, None)), "text_output", None, None)), run, {})
    assert run.outputs["text"].result() == "two"


def test_file_that_is_there_before_what_names_it_is_told(run, tmp_path):
    session = KeptSession(FileBlobs(tmp_path / "replica"))
    blobs = session.blobs.noting()
    telling = Telling((), run, blobs, session, Packing(tmp_path), Interrupter(run), "demo.py")
    assert telling.news() is not None  # that there is nothing yet
    assert telling.news() is None
    digest = blobs.put(b"picture")
    assert telling.news().contents == {digest: b"picture"}
    run.elements["output.text"] = Element("output.text", "", TextOutput(digest, None).props(blobs))
    assert telling.news().order == ("output.text",)
    last = telling.last()
    assert (last.contents, last.noted, last.elements) == ({}, (digest,), {})


def test_what_stands_for_a_missing_value_is_the_same_one_elsewhere():
    assert pickle.loads(pickle.dumps([MISSING]))[0] is MISSING


def test_sessions_that_were_here_longest_ago_make_room_with_their_files():
    sessions = KeptSessions()
    digests = []
    for number in range(205):
        digests.append(sessions.of(f"session {number}").blobs.put(b"%d" % number))
        sessions.of("always").blobs.put(b"always")
        sessions.tidy()
    here = [digest for digest in digests if sessions.files.path(digest) is not None]
    assert here == digests[-199:]  # and the one that was always here
    assert sessions.of("always").blobs.visible
