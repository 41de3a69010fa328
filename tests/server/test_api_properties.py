"""What holds for any inputs and any values: the API takes what the page takes, and answers as it describes itself."""

import json
import textwrap

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import Socket

DECLARED = """
    import datetime
    import modelapp as ma
    ma.app("Any", precompute=False)
    number = ma.number_input(value=3, min=-5, max=9)
    fraction = ma.number_input(value=0.5, required=False)
    slider = ma.slider_input(min=0, max=10)
    pair = ma.slider_input(min=0.0, max=1.0, value=(0.25, 0.75))
    text = ma.text_input(value="a", max_chars=5)
    note = ma.text_input(required=False)
    choice = ma.choice_input(options=["a", "b", 3])
    several = ma.choice_input(options=["a", "b"], multiple=True, required=False)
    box = ma.checkbox_input()
    day = ma.date_input(value="2024-01-31", min="2024-01-01")
    row = ma.row_input({"age": (0, 120), "sex": ["f", None], "smoker": False})
    ma.text_output(repr([number, fraction, slider, pair, text, note, choice, several, box, day, row]), label="All")
"""
NAMES = ["number", "fraction", "slider", "pair", "text", "note", "choice", "several", "box", "day", "row"]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-6, 11)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(-1, 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "b", "3", "f", "abcdef", "2024-02-29", "2023-01-01", "ü\n"])
)
pairs = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)
rows = st.fixed_dictionaries(
    {"age": st.integers(-1, 121), "sex": st.sampled_from(["f", None, "x"]), "smoker": st.booleans() | st.none()}
)
texts = st.fixed_dictionaries({"text": st.text(max_size=6), "original": st.text(max_size=6)})
values = scalars | pairs | rows | texts | st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)


def by_page(served, name, value):
    """Set one input of a new page; return its text, None if it waits for an input, or "refused"."""
    page = Socket(served)
    try:
        page.hello()
        text, phase = _settled(page, None, acknowledged=True)
        page.set(**{name: value})
        page.send({"type": "rerun"})  # so that a run follows even where the value is what it was
        text, phase = _settled(page, text, acknowledged=False)
        return phase if phase == "refused" else text if phase == "done" else None
    finally:
        page.close()


def _settled(page, text, *, acknowledged):
    """Wait until the page has the answer to what it sent; return its text and its phase."""
    while True:
        phase = None
        for message in json.loads(page._run(page._socket.read_message)):
            if message["type"] == "problem":
                return text, "refused"
            if message["type"] == "frame":
                acknowledged = acknowledged or message["acknowledged"] >= page.sequence
                shown = [one["props"]["text"] for one in message["elements"] if one["id"] == "output.all"]
                text = shown[-1] if shown else text
            if message["type"] == "run" and message["phase"] in ("done", "waiting"):
                phase = message["phase"]
        if acknowledged and phase:
            return text, phase


def by_api(served, name, value):
    """Call with one input; return the same."""
    body = json.dumps({"inputs": {name: value}}).encode()
    headers = {"Content-Type": "application/json"}
    status, _, answer = served.request("api/run", method="POST", body=body, headers=headers)
    decoded = json.loads(answer)
    if status == 200:
        return decoded["outputs"]["all"]
    assert status == 422, decoded
    return None if decoded["error"]["kind"] == "MissingInput" else "refused"


def test_page_and_api_take_the_same_values_and_answer_alike(serve):
    served = serve(DECLARED)

    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(NAMES), value=values)
    def compare(name, value):
        page = by_page(served, name, value)
        if name == "row" and page == "refused" and isinstance(value, dict):
            return  # a caller may leave out columns, a page never does
        assert by_api(served, name, value) == page

    compare()


@pytest.mark.parametrize("plain", [True, False], ids=["plain inputs", "files and edits"])
def test_schemathesis_finds_nothing(serve, plain):
    script = textwrap.dedent("""
        import modelapp as ma
        number = ma.number_input(value=3, min=-5, max=9)
        text = ma.text_input(max_chars=5)
        choice = ma.choice_input(options=["a", "b"])
        box = ma.checkbox_input()
        ma.label_output({"yes": 0.5, "no": 0.5})
        ma.number_output(number)
        ma.text_output(f"{text} {choice} {box}")
    """)
    if not plain:
        script += (
            "photo = ma.image_input(required=False)\ntable = ma.table_input(required=False)\nma.table_output(table)\n"
        )
    served = serve(script)
    schema = schemathesis.openapi.from_url(served.url + "api/openapi.json")
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

    @schema.parametrize()
    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def call(case):
        response = case.call(base_url=served.url.rstrip("/"))
        case.validate_response(response, checks=checks)
