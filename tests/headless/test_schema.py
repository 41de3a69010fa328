"""What a script takes and gives as JSON Schema, judged by the jsonschema package."""

import base64
import datetime
import io
import textwrap

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from modelapp.core.blobs import NO_BLOBS
from modelapp.core.errors import InvalidValue
from modelapp.widgets.audio_input import AudioInput
from modelapp.widgets.button import Button
from modelapp.widgets.checkbox_input import CheckboxInput
from modelapp.widgets.choice_input import ChoiceInput
from modelapp.widgets.date_input import DateInput
from modelapp.widgets.file_input import FileInput
from modelapp.widgets.image_input import ImageInput
from modelapp.widgets.number_input import NumberInput
from modelapp.widgets.row_input import RowInput
from modelapp.widgets.slider_input import SliderInput
from modelapp.widgets.table_input import TableInput
from modelapp.widgets.text_input import TextInput
from modelapp.widgets.video_input import VideoInput
from PIL import Image

FRAME = pd.DataFrame({"age": np.array([1, 200], np.uint8), "sex": ["f", "m"], "dose": [0.5, None]})
ROW = {"age": (0, 120), "sex": ["f", None, "m"], "smoker": False, "note": "a", "day": datetime.date(2024, 1, 1)}
PLAIN = {
    "number": NumberInput("N", 3, min=0, max=9),
    "whole number": NumberInput("N", 3, required=False),
    "fraction": NumberInput("N", 0.5, min=0),
    "slider": SliderInput("N", 0, 10),
    "fine slider": SliderInput("N", 0.0, 1.0, help="How much?"),
    "pair": SliderInput("N", 0, 10, (2, 8)),
    "text": TextInput("N", max_chars=5, examples=["one", "two"]),
    "optional text": TextInput("N", required=False),
    "choice": ChoiceInput("N", ["a", "b", 3]),
    "optional choice": ChoiceInput("N", ["a", "b"], required=False),
    "several": ChoiceInput("N", ["a", "b"], multiple=True),
    "checkbox": CheckboxInput("N"),
    "day": DateInput("N"),
    "row": RowInput(ROW, "N"),
    "row of a frame": RowInput(FRAME, "N"),
}
FILES = {
    "picture": ImageInput("N"),
    "sound": AudioInput("N", required=False),
    "video": VideoInput("N"),
    "table": TableInput("N", columns=["a"]),
    "file": FileInput("N", types=[".txt"]),
    "files": FileInput("N", multiple=True),
}
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 15)
    | st.integers()
    | st.floats(-1, 11)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "b", "c", "f", "3", "", "abcdef", "2024-01-31", "2024-02-30"])
)
values = (
    scalars
    | st.lists(scalars, max_size=3)
    | st.dictionaries(
        st.sampled_from(["age", "sex", "smoker", "note", "day", "dose", "text", "original", "other"]),
        scalars,
        max_size=5,
    )
)


def takes(widget, raw):
    """Return whether a caller may pass this: as the HTTP API decides."""
    if raw is None:
        return widget.takes_null
    try:
        accepted = widget.from_json(raw, NO_BLOBS)
    except InvalidValue:
        return False
    return not (widget.required and widget.is_empty(accepted))


@pytest.mark.parametrize("widget", PLAIN.values(), ids=PLAIN)
@given(raw=values)
@settings(max_examples=300, deadline=None)
def test_schema_takes_what_the_input_takes(widget, raw):
    widget.name = widget.label
    schema = widget.schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    ordered = not (isinstance(widget, SliderInput) and widget.pair)  # JSON Schema cannot say which end is lower
    if takes(widget, raw):
        assert validator.is_valid(raw)
    elif ordered:
        assert not validator.is_valid(raw)


@pytest.mark.parametrize("widget", [*PLAIN.values(), *FILES.values(), Button("N")])
def test_default_and_examples_are_valid_themselves(widget):
    schema = widget.schema()
    Draft202012Validator.check_schema(schema)
    for value in [*schema.get("examples", []), *([schema["default"]] if schema.get("default") else [])]:
        Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize("widget", FILES.values(), ids=FILES)
@pytest.mark.parametrize("raw", ["/etc/passwd", "http://localhost/", "@/etc/passwd", 3, {}, {"path": "/etc/passwd"}])
def test_path_or_address_is_no_file(widget, raw):
    with pytest.raises(InvalidValue):
        widget.from_json(raw, NO_BLOBS)
    with pytest.raises(InvalidValue):
        widget.from_json([raw], NO_BLOBS)
    assert not Draft202012Validator(widget.schema()).is_valid(raw)
    words = widget.from_words(raw) if isinstance(raw, str) else raw
    with pytest.raises(InvalidValue):
        widget.from_json(words, NO_BLOBS)


def test_files_come_as_base64(blobs):
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(buffer, "PNG")
    sent = {"base64": base64.b64encode(buffer.getvalue()).decode(), "name": "red.png"}
    picture = FILES["picture"]
    assert Draft202012Validator(picture.schema()).is_valid(sent)
    raw = picture.from_json(sent, blobs)
    assert (raw["name"], raw["width"], raw["height"], raw["edits"]) == ("red.png", 3, 2, [])
    text = {"base64": base64.b64encode(b"hello").decode(), "name": "../../a.txt"}
    assert FILES["file"].from_json(text, blobs)["name"] == "_.._a.txt"
    assert len(FILES["files"].from_json([text, sent], blobs)) == 2
    csv = {"base64": base64.b64encode(b"a,b\n1,2\n").decode(), "name": "a.csv"}
    assert FILES["table"].from_json(csv, blobs)["rows"] == 1
    assert FILES["table"].from_json([{"a": 1}, {"a": 2, "b": 3}], blobs)["rows"] == 2


def test_examples_of_files_are_named(blobs):
    picture = ImageInput("N", examples={"red": Image.new("RGB", (3, 2), "red")})
    assert picture.schema()["examples"] == [{"example": "red"}]
    assert picture.from_json({"example": "red"}, blobs)["width"] == 3
    with pytest.raises(InvalidValue, match="has no example 'rad'"):
        picture.from_json({"example": "rad"}, blobs)


def test_model_describes_what_goes_in_and_what_comes_out(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text(
        textwrap.dedent("""
            import modelapp as ma
            age = ma.number_input(value=None, min=0, max=120, step=1, help="In years.")
            more = ma.checkbox_input()
            if more:
                dose = ma.slider_input(0, 5)
            fixed = ma.text_input(value="a", disabled=True)
            ma.label_output({"old": age / 120, "young": 1 - age / 120})
            ma.number_output(age)
        """)
    )
    model = ma.load(path)
    schema = model.schema()
    assert schema["inputs"]["required"] == ["age"]
    assert model.outputs == ["label", "number"]  # found with a sample of what it waits for
    assert schema["inputs"]["properties"]["age"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 120,
        "title": "Age",
        "description": "In years.",
        "x-modelapp-kind": "number_input",
        "x-modelapp-required": True,
    }
    assert list(schema["inputs"]["properties"]) == ["age", "more"]
    assert schema["inputs"]["additionalProperties"] is False
    Draft202012Validator(schema["outputs"]).validate(model(age=3).portable(lambda name, content: None))
    model(age=3, more=True)
    assert list(model.schema()["inputs"]["properties"]) == ["age", "more", "dose"]
