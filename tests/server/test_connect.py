"""A script that is served elsewhere, called like one in this process."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.core.errors import EnvironmentFault, MissingInput, UnknownInput, WrongInput
from PIL import Image

SCRIPT = """
    import modelapp as ma
    import numpy as np
    n = ma.number_input(value=None, min=0, max=9, step=1)
    picture = ma.image_input(required=False)
    sound = ma.audio_input(required=False)
    table = ma.table_input(required=False)
    notes = ma.file_input(required=False, multiple=True)
    view = ma.choice_input(options={"Front": 1, "Side": 2})
    row = ma.row_input({"age": (0, 120), "sex": ["f", "m"]})
    if n == 9:
        raise RuntimeError("nine")
    ma.label_output({"odd": n % 2, "even": 1 - n % 2})
    ma.json_output([view, row, [note.read_text() for note in notes]])
    if picture is not None:
        ma.image_output(picture.rotate(90, expand=True))
    if sound is not None:
        ma.audio_output(sound)
    if len(table):
        ma.table_output(table * 2)
    ma.file_output(b"bytes", "result.bin")
"""


@pytest.fixture
def served(serve):
    return serve(SCRIPT)


@pytest.fixture
def model(served):
    return ma.connect(served.url)


def test_python_values_go_in_and_come_out(model, tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    tone = (8000, np.linspace(-0.5, 0.5, 80, dtype=np.float32))
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, None]})
    (tmp_path / "note.txt").write_text("hello")
    result = model(
        n=3,
        picture=pixels,
        sound=tone,
        table=frame,
        notes=[tmp_path / "note.txt"],
        view="Side",
        row={"age": 7, "sex": "m"},
    )
    assert result["label"] == {"label": "odd", "confidences": {"odd": 1.0, "even": 0.0}}
    assert result["json"] == [2, {"age": 7, "sex": "m"}, ["hello"]]
    assert (np.asarray(result["image"]) == np.rot90(pixels)).all()
    assert isinstance(result["audio"], ma.Audio)
    assert result["audio"].rate == 8000
    np.testing.assert_allclose(result["audio"].samples, tone[1], atol=1e-4)
    pd.testing.assert_frame_equal(result["table"], frame * 2)
    assert result["file"] == b"bytes"
    assert result.read == ["n", "picture", "sound", "table", "notes", "view", "row"]
    assert result.seconds > 0


def test_forms_of_a_picture_are_the_same(model, tmp_path):
    picture = Image.new("RGB", (3, 2), "red")
    path = tmp_path / "p.png"
    picture.save(path)
    for given in (picture, path, str(path), path.read_bytes(), np.asarray(picture)):
        assert model(n=1, picture=given)["image"].size == (2, 3)
    edits = {"picture": [{"op": "crop", "box": [0, 0, 1, 0.5]}]}
    assert model(n=1, picture=path, edits=edits)["image"].size == (1, 3)


def test_model_describes_itself(model):
    model(n=1)
    assert list(model.inputs) == ["n", "picture", "sound", "table", "notes", "view", "row"]
    assert model.inputs["n"].required
    assert not model.inputs["n"].has_default
    assert not model.inputs["picture"].required
    assert model.outputs == ["label", "json", "file"]
    assert model.schema()["inputs"]["properties"]["n"]["maximum"] == 9


def test_errors_are_the_same_classes(model):
    with pytest.raises(WrongInput, match="n=10: “N” cannot be 10") as caught:
        model(n=10)
    assert caught.value.name == "n"
    with pytest.raises(MissingInput, match="n is missing"):
        model()
    with pytest.raises(UnknownInput, match="There is no input 'mm'"):
        model(n=1, mm=1)
    with pytest.raises(WrongInput, match=r"There is no file 'nothing\.png'"):
        model(n=1, picture="nothing.png")
    with pytest.raises(ma.RunFailed, match="author finds the reason"):
        model(n=9)
    with pytest.raises(KeyError, match="There is no output 'lable'"):
        model(n=1)["lable"]


def test_map_keeps_order_and_threads_share_a_model(model):
    assert [one["label"]["label"] for one in model.map([{"n": 1}, {"n": 2}])] == ["odd", "even"]
    assert [one["label"]["label"] for one in model.map(pd.DataFrame({"n": [2, 3]}))] == ["even", "odd"]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: model(n=n)["label"]["label"], [1, 2, 3, 4] * 5))
    assert found == ["odd", "even"] * 10


def test_connection_that_the_host_closed_is_made_anew(served, model):
    model(n=1)
    served.kill()
    with pytest.raises(EnvironmentFault, match="does not answer"):
        model(n=1)
    served.start(served.port)
    assert model(n=1)["label"]["label"] == "odd"


def test_key_is_sent(serve):
    served = serve("import modelapp as ma\nma.number_output(ma.number_input('N', 2))\n", "--api-key", "a-key")
    assert ma.connect(served.url, key="a-key")(n=3)["number"] == 3
    with pytest.raises(ma.ModelAppError, match="with a key only"):
        ma.connect(served.url)(n=3)


def test_what_is_no_address_is_refused():
    with pytest.raises(ma.InvalidValue, match="is no address of a host"):
        ma.connect("ftp://example.org")


def test_python_of_the_manual_runs(serve, capsys):
    manual = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    script, calls = re.findall(r"^```python\n(.*?)^```$", manual, re.DOTALL | re.MULTILINE)
    served = serve(script)
    exec(calls.replace("http://localhost:8501", served.url), {})
    assert capsys.readouterr().out.splitlines()[0] == "25.0"
    body = b'{"inputs": {"weight": 81, "height": 1.8}}'
    _, _, answer = served.request("api/run", method="POST", body=body, headers={"Content-Type": "application/json"})
    assert json.loads(answer)["outputs"] == {"bmi": 25.0}
