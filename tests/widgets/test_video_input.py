import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets import _video_intake
from modelapp.widgets.video_input import VideoInput
from video_uploads import UNKNOWN, opened, raw_of, uploaded
from videos import KINDS, video_file
from wire import accepts_or_refuses, any_json


def test_facts_are_those_of_the_file_whatever_the_page_says(blobs, tmp_path):
    upload = uploaded(blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path)
    lies = raw_of(upload) | {"seconds": 1e9, "rate": -1, "frame_count": 0, "width": 7, "name": "../../etc/passwd"}
    raw = VideoInput("Clip").accept(lies, blobs)
    assert (raw["seconds"], raw["rate"], raw["frame_count"], raw["width"]) == (1, 30, 30, 64)
    assert raw["name"] == "_.._etc_passwd"


def test_blobs_of_others_are_refused(blobs, tmp_path):
    raw = raw_of(uploaded(blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path))
    for name in ("blob", "preview", "poster", "strip"):
        for digest in (UNKNOWN, "../secret", 5):
            with pytest.raises(InvalidValue, match="no longer here"):
                VideoInput("Clip").accept(raw | {name: digest}, blobs)
    words = blobs.put(b"words")
    with pytest.raises(InvalidValue):
        VideoInput("Clip").accept(raw | {"blob": words}, blobs)


@given(raw=any_json)
def test_video_input_refuses_or_keeps_any_json(raw):
    assert accepts_or_refuses(VideoInput("Clip"), raw, None) is None


def test_video_that_is_gone_falls_back_to_the_default_with_a_note(page, tmp_path):
    raw = raw_of(uploaded(page.blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path))
    page.values["clip"] = raw | {"blob": UNKNOWN}
    page.run(lambda: ma.video_input("Clip"))
    assert page.waiting_for == ("clip",)
    assert "no longer here" in page.props("clip").note


def test_value_and_examples_may_be_paths_bytes_and_folders(page, tmp_path):
    content = video_file(KINDS["mp4"])
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "one.mp4").write_bytes(content)
    (tmp_path / "films" / "two.webm").write_bytes(video_file(KINDS["webm in VP9"], 20))
    (tmp_path / "films" / "notes.txt").write_text("no film")
    frames = page.run(lambda: ma.video_input("Clip", type="frames", value=content))
    assert len(frames) == 30
    frames = page.run(lambda: ma.video_input("Clip", type="frames", examples=tmp_path / "films"))
    assert len(frames) == 30
    examples = page.props("clip").examples
    assert [example.value["frame_count"] for example in examples] == [30, 20]
    assert all(opened(page.blobs, example.thumbnail).height <= 160 for example in examples)
    page.run(lambda: ma.video_input("Clip", examples={"Short": tmp_path / "films" / "two.webm"}))
    assert page.props("clip").examples[0].label == "Short"


def test_example_is_worked_on_once(page, tmp_path, monkeypatch):
    path = tmp_path / "one.mp4"
    path.write_bytes(video_file(KINDS["mp4"]))
    page.run(lambda: ma.video_input("Clip", examples=[path]))
    monkeypatch.setattr(_video_intake, "_keep", None)  # would fail
    page.run(lambda: ma.video_input("Clip", examples=[str(path)], help="again"))
    assert page.props("clip").help == "again"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"type": "frame"}, "'frame' is unknown. It takes: path, frames."),
        ({"tools": ["cut"]}, "'cut' is unknown. It takes: trim, frame."),
        ({"sources": ["microphone"]}, "'microphone' is unknown. It takes: upload, webcam."),
        ({"value": 3}, "it takes a path or the bytes of a video file"),
        ({"value": "nowhere.mp4"}, "nowhere.mp4"),
        ({"examples": np.zeros((2, 2))}, "a list of paths, a folder, or a mapping of text to path is expected"),
    ],
)
def test_wrong_options_are_explained(page, options, sentence):
    with pytest.raises(ScriptError) as fault:
        page.run(lambda: ma.video_input("Clip", **options))
    assert sentence in fault.value.message


def test_empty_input_waits_or_is_none(page):
    page.run(lambda: ma.video_input("Clip"))
    assert page.waiting_for == ("clip",)
    assert page.run(lambda: ma.video_input("Clip", required=False) is None)
