"""`modelapp replay --history`: the cases that were tried, beside the flags, alone and against another script."""

import json
import textwrap

import pytest
from kept_flags import SCRIPT, App
from modelapp.session.history import History, KeptCase
from stores import is_kept, storage_at

pytestmark = pytest.mark.usefixtures("each_store")


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


def answer(a):
    odd = float(a % 2)
    label = {"label": "odd" if odd else "even", "confidences": {"even": 1 - odd, "odd": odd}}
    return {"label": label, "text": f"x {a}"}


def tried(app, *cases):
    history = History(storage_at(app.path))
    for a, outputs in cases:
        inputs = {"a": a, "name": "x"}
        history.keep(KeptCase("", "owner", 0, 1.7e9, None, "v" * 64, inputs, outputs, (), None), [], lambda: True)
    history.close()


def test_cases_that_were_tried_are_the_same_or_have_changed(app):
    app.flag({"a": 1, "name": "x"}, answer(2), right="odd")
    tried(app, (1, answer(1)), (2, answer(3)), (3, answer(3)))
    told = json.loads(app("replay", "--history", "--json"))
    assert [(one["number"], one["verdict"]) for one in told["flags"]] == [(1, "fixed")]
    assert [(one["number"], one["verdict"]) for one in told["history"]] == [(1, "same"), (2, "changed"), (3, "same")]
    assert (told["history"][1]["then"], told["history"][1]["now"], told["history"][1]["right"]) == ("odd", "even", "")
    assert told["counts"] == {"fixed": 1, "same": 2, "changed": 1}
    lines = app("replay", "--history").splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["Case", "1", "h1", "h2", "h3"]
    assert lines[-1] == "1 fixed, 2 same, 1 changed."
    # Without the option they are left out, as ever.
    assert json.loads(app("replay", "--json")).keys() == {"flags", "counts"}
    assert len(app("replay").splitlines()) == 4


def test_case_that_was_tried_again_is_there_once(app):
    tried(app, (1, answer(1)), (2, answer(2)), (1, answer(1)))
    told = json.loads(app("replay", "--history", "--json"))["history"]
    assert [(one["number"], one["now"]) for one in told] == [(2, "even"), (3, "odd")]


def test_two_scripts_are_compared_on_what_was_tried_without_any_flag(app):
    tried(app, (1, answer(1)), (2, answer(2)), (3, {}))
    other = app.path.parent / "other.py"
    other.write_text(textwrap.dedent(SCRIPT).replace("float(a % 2)", "0.0"))
    told = json.loads(app("replay", "--history", "--against", "other.py", "--json"))
    assert [(one["then"], one["now"], one["verdict"]) for one in told["history"]] == [
        ("even", "odd", "changed") if a % 2 else ("even", "even", "same") for a in (1, 2, 3)
    ]
    app.save(SCRIPT.replace("ma.text_output", "1 / 0 if a == 3 else 0; ma.text_output"))
    said = app("replay", "--history", "--against", "other.py", status=1)
    assert "1 fails" in said and "Case h3: ZeroDivisionError" in said and "other.py" in said.splitlines()[0]


def test_without_either_it_says_so(app):
    assert "Nothing was flagged or tried on demo.py yet" in app("replay", "--history", status=1)
    assert not is_kept(app.path, "history")
    tried(app, (1, answer(1)))
    assert "Nothing was flagged on demo.py yet" in app("replay", status=1)
