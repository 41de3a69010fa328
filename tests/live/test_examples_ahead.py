"""Answers for examples: computed while nobody waits, shown at once when one is chosen."""

import queue
import textwrap

import pytest
from modelapp.core.protocol import Flag, Flagged
from user import PATIENCE_SECONDS, Host

SCRIPT = """
    import modelapp as ma
    from meeting import ended, may_end
    word = ma.text_input("Word", "start", examples=["one", "two"])
    suffix = ma.text_input("Suffix", "!")
    ma.text_output(word.upper() + suffix)
    may_end(word)
    ended.put(word)
"""


class Meeting:
    """Where the script's runs and the test meet."""

    def __init__(self) -> None:
        self.ended: queue.Queue[str] = queue.Queue()
        self.held: set[str] = set()
        self.held_up: queue.Queue[str] = queue.Queue()
        self.go: queue.Queue[None] = queue.Queue()

    def may_end(self, word: str) -> None:
        if word in self.held:
            self.held_up.put(word)
            self.go.get(timeout=PATIENCE_SECONDS)

    def next(self) -> str:
        return self.ended.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def meeting(monkeypatch):
    import sys
    import types

    meeting = Meeting()
    module = types.ModuleType("meeting")
    module.ended, module.may_end = meeting.ended, meeting.may_end
    monkeypatch.setitem(sys.modules, "meeting", module)
    return meeting


def opened(hosts, script=SCRIPT):
    host = hosts(script)
    host.app.ahead.idle_seconds = 0.01
    return host, host.user()


def remembered(host: Host) -> list[dict]:
    return [known.used for known in host.call(lambda: list(host.app.ahead.remembered))]


def test_examples_are_computed_once_the_page_is_idle_and_shown_before_their_run_ends(hosts, meeting):
    host, user = opened(hosts)
    user.sees("START!")
    assert [meeting.next() for _ in range(3)] == ["start", "one", "two"]
    assert remembered(host) == [{"word": "one", "suffix": "!"}, {"word": "two", "suffix": "!"}]
    meeting.held = {"two"}
    user.set(word="two")
    assert meeting.held_up.get(timeout=PATIENCE_SECONDS) == "two"
    user.sees("TWO!")
    assert user.session.busy
    meeting.go.put(None)
    user.settle()
    assert user.texts == ["TWO!"]


def test_a_flag_on_a_remembered_answer_waits_for_the_run_of_it(hosts, meeting):
    host, user = opened(hosts)
    assert [meeting.next() for _ in range(3)] == ["start", "one", "two"]
    assert remembered(host)
    meeting.held = {"two"}
    user.set(word="two")
    assert meeting.held_up.get(timeout=PATIENCE_SECONDS) == "two"
    user.sees("TWO!")
    host.call(user.session.flagging.take, user, Flag("a-flag-of-this-page", user.seen, host.app.epoch))
    meeting.go.put(None)
    user.wait(lambda: any(isinstance(message, Flagged) for message in user.messages))
    assert Flagged("a-flag-of-this-page") in user.messages
    (kept,) = host.app.flags.all()
    assert kept.inputs == {"word": "two", "suffix": "!"} and kept.outputs == {"text": "TWO!"}


def test_an_example_beside_another_value_is_not_mistaken_for_the_remembered_one(hosts, meeting):
    _, user = opened(hosts)
    assert [meeting.next() for _ in range(3)] == ["start", "one", "two"]
    user.set(suffix="?")
    user.sees("START?").settle()
    user.set(word="one")
    user.sees("ONE?").settle()
    assert "ONE!" not in [text for message in user.messages for text in texts_of(message)]


def texts_of(message) -> list[str]:
    elements = getattr(message, "elements", ())
    return [element.props.text for element in elements if isinstance(getattr(element.props, "text", None), str)]


def test_a_changed_script_forgets_the_answers_and_computes_them_again(hosts, meeting):
    host, user = opened(hosts)
    assert [meeting.next() for _ in range(3)] == ["start", "one", "two"]
    host.save(textwrap.dedent(SCRIPT).replace("upper", "title"))
    assert [meeting.next() for _ in range(3)] == ["start", "one", "two"]
    user.set(word="one")
    user.sees("One!").settle()
    assert "ONE!" not in [text for message in user.messages for text in texts_of(message)]


def test_a_live_run_goes_first_and_the_case_is_tried_again(hosts, meeting):
    script = SCRIPT.replace("may_end(word)", "may_end(word)\n    ma.status('after')")
    _, user = opened(hosts, script)
    meeting.held = {"one"}
    assert meeting.next() == "start"
    assert meeting.held_up.get(timeout=PATIENCE_SECONDS) == "one"
    user.set(suffix="?")
    user.sees("START?").settle()
    assert meeting.next() == "start"
    meeting.held = set()
    meeting.go.put(None)  # the case that was computed ends here, unfinished
    assert {meeting.next(), meeting.next()} == {"one", "two"}


@pytest.mark.parametrize(
    "line",
    [
        "ma.state.setdefault('count', 0)",
        "ma.once(lambda: 1)",
        "ma.context.visitor",
        "ma.cache(lambda: 1, scope='session')()",
    ],
)
def test_a_script_that_depends_on_the_session_is_left_alone(hosts, meeting, line):
    host, user = opened(hosts, SCRIPT.replace("may_end(word)", line))
    user.sees("START!").settle()
    assert meeting.next() == "start"
    assert not host.call(lambda: host.app.ahead._open)


def test_an_app_can_ask_not_to_be_run_ahead(hosts, meeting):
    host, user = opened(hosts, SCRIPT.replace("word =", "ma.app('Title', precompute=False)\n    word =", 1))
    user.sees("START!").settle()
    assert not host.call(lambda: host.app.ahead._open)


def test_a_failing_example_is_not_remembered_and_harms_nothing(hosts, meeting):
    host, user = opened(hosts, SCRIPT.replace("may_end(word)", "ended.put(word); word == 'one' and 1 / 0"))
    assert [meeting.next() for _ in range(5)] == ["start", "start", "one", "two", "two"]
    assert [known["word"] for known in remembered(host)] == ["two"]
    user.set(word="one")
    user.wait(lambda: user.phase == "failed")


def test_examples_of_a_group_with_a_button_are_remembered_for_its_press(hosts, meeting):
    script = """
        import modelapp as ma
        from meeting import ended, may_end
        with ma.inputs(submit=True, examples=[{"word": "one", "n": 2}, {"word": "two", "n": 3}]):
            word = ma.text_input()
            n = ma.number_input()
        ma.text_output(word * n)
        may_end(word)
        ended.put(word)
    """
    host, user = opened(hosts, script)
    assert [meeting.next(), meeting.next()] == ["one", "two"]
    assert remembered(host) == [{"word": "one", "n": 2}, {"word": "two", "n": 3}]
    meeting.held = {"two"}
    user.set(word="two", n=3)
    user.set("layout.inputs.run")
    assert meeting.held_up.get(timeout=PATIENCE_SECONDS) == "two"
    user.sees("twotwotwo")
    assert user.session.busy
    meeting.go.put(None)
    user.settle()


def test_pictures_of_a_remembered_answer_can_be_seen_by_the_session_that_gets_it(hosts, meeting, tmp_path):
    script = """
        import modelapp as ma
        import numpy as np
        from meeting import ended, may_end
        n = ma.slider_input("N", 0, 9, examples=[3, 4])
        ma.image_output(np.full((8, 8, 3), n * 20, dtype=np.uint8))
        may_end(n)
        ended.put(n)
    """
    host, user = opened(hosts, script)
    assert [meeting.next() for _ in range(3)] == [3, 3, 4]
    meeting.held = {4}
    user.set(n=4)
    assert meeting.held_up.get(timeout=PATIENCE_SECONDS) == 4
    (known,) = [known for known in host.app.ahead.remembered if known.used == {"n": 4}]
    digest = known.elements["output.image"].props.blob
    user.wait(lambda: user.elements["output.image"].props.blob == digest)
    assert user.session.blobs.path(digest).exists()
    meeting.go.put(None)
    user.settle()
