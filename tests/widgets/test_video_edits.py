"""Videos that are cut, and frames that are picked."""

import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue
from modelapp.widgets import _video_cuts
from modelapp.widgets._video_edits import Kept, VideoFrame, VideoTrim, kept
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets.video_input import VideoInput
from PIL import Image
from video_uploads import numbers, parsed, raw_of, trim, uploaded
from videos import KINDS, beep, number_of, real, sound_of, video_file


@pytest.mark.parametrize(
    ("edits", "first", "end"),
    [
        ([trim(0, 10)], 0, 250),
        ([trim(1, 2)], 25, 50),
        ([trim(1.001, 2)], 26, 50),
        ([trim(1, 2.001)], 25, 51),
        ([trim(0.04, 0.04)], 1, 2),
        ([trim(9.99, 60)], 249, 250),
        ([trim(60, 61)], 249, 250),
        ([trim(2, 8), trim(1, 2)], 75, 100),
        ([trim(2, 4), trim(0, 60)], 50, 100),
    ],
)
def test_trim_keeps_the_frames_of_that_time_and_no_other(blobs, edits, first, end):
    widget = VideoInput("Clip", type="frames")
    raw = widget.encode(real("bikes.mp4"), blobs)
    all_frames = widget.parse(raw, blobs)
    frames = widget.parse(widget.accept(raw | {"edits": edits}, blobs), blobs)
    assert len(all_frames) == 250 and len(frames) == end - first
    assert frames == all_frames[first:end]


@pytest.mark.parametrize(
    "name", ["mp4", "mp4 with sound", "mp4 from a phone held upright", "webm in VP9", "avi", "mkv"]
)
@pytest.mark.parametrize(("start", "end"), [(0, 1.0), (0.5, 1.0), (0.4, 0.72), (0.2, 0.2)])
def test_trimmed_file_holds_exactly_those_frames(blobs, tmp_path, name, start, end):
    kind = KINDS[name]
    path = parsed(blobs, video_file(kind, 60), tmp_path, [trim(start, end)])
    expected = [number for number in range(60) if start <= number / kind.rate < end] or [round(start * kind.rate)]
    assert path.name == "clip.mp4"
    frames = ma.Frames(path)
    assert numbers(frames) == expected
    assert frames.seconds == pytest.approx(len(expected) / kind.rate, abs=0.002)
    assert (frames.width, frames.height) == (kind.size[::-1] if kind.turn % 180 else kind.size)
    if kind.sound:
        assert_sound(path, expected[0] / kind.rate, len(expected) / kind.rate, INEXACT.get(name, 0))


# Samples: Matroska keeps times in ms, and an MP3 in an AVI does not say what its encoder put in front.
INEXACT = {"mkv": 48, "webm in VP9": 48, "avi": 1200}


def assert_sound(path, start, seconds, most_shift):
    """Check that a file has the beeps of a stretch of time, to the sample where the file knows it so well."""
    sound = sound_of(path)[0]
    samples = round(seconds * 48000)
    assert samples <= len(sound) < samples + 1024  # AAC ends with a whole packet
    first = round(start * 48000)
    wanted = beep(48000 * 3)[0, first : first + samples]
    if samples < 10_000:
        return
    edge = most_shift + 1500
    shifts = range(-most_shift - 60, most_shift + 61)
    inner = sound[edge : samples - edge]
    errors = [np.abs(inner - wanted[edge + shift : samples - edge + shift]).mean() for shift in shifts]
    assert abs(shifts[int(np.argmin(errors))]) <= most_shift
    assert min(errors) < 0.1


def test_sound_of_a_real_film_is_cut_with_it(blobs, tmp_path):
    path = parsed(blobs, real("bigbuckbunny.mp4").read_bytes(), tmp_path, [trim(2, 3)])
    assert len(ma.Frames(path)) == 25
    whole, cut = sound_of(real("bigbuckbunny.mp4"))[0], sound_of(path)[0]
    assert 48000 <= len(cut) < 48000 + 1024
    shifts = range(-200, 201)
    wanted = cut[10_000:30_000]
    match = [float(np.dot(whole[106_000 + shift : 126_000 + shift], wanted)) for shift in shifts]
    assert abs(shifts[int(np.argmax(match))]) <= 1


def test_uneven_times_are_kept_in_a_trimmed_file(blobs, tmp_path):
    kind = KINDS["mp4 with frames at uneven times"]
    path = parsed(blobs, video_file(kind), tmp_path, [trim(0.1, 0.5)])
    times, at = [], 0
    for number in range(30):
        times.append(at)
        at += kind.distances[number % 3]
    expected = [number for number in range(30) if 100 <= times[number] < 500]
    assert numbers(ma.Frames(path)) == expected
    facts = facts_of(path, "cut")
    shown = [round(1000 * facts.time_of(place)) for place in range(len(expected))]
    assert shown == [times[number] - times[expected[0]] for number in expected]


@given(st.data())
def test_trims_add_up(data):
    facts = facts_of(real("bikes.mp4"), "bikes.mp4")
    moments = st.integers(0, 11_000)
    a, b, c, d = (data.draw(moments) for _ in range(4))
    a, b, c, d = min(a, b), max(a, b), min(c, d), max(c, d)
    twice = kept(facts, [VideoTrim(a / 1000, b / 1000), VideoTrim(c / 1000, d / 1000)])
    start, end = a + c, min(b, a + d)
    if len([number for number in range(250) if start <= number * 40 < end]) > 0:
        assert twice == kept(facts, [VideoTrim(start / 1000, end / 1000)])
    assert twice.first < twice.end <= 250


@pytest.mark.parametrize(
    ("edits", "number"),
    [
        ([VideoFrame(0)], 0),
        ([VideoFrame(1)], 25),
        ([VideoFrame(1.039)], 25),
        ([VideoFrame(99)], 249),
        ([VideoTrim(2, 4), VideoFrame(1)], 75),
        ([VideoTrim(2, 4), VideoFrame(9)], 99),
        ([VideoTrim(2.01, 4), VideoFrame(0)], 51),
        ([VideoFrame(3), VideoTrim(0, 1)], 75),
        ([VideoFrame(3), VideoFrame(0)], 75),
    ],
)
def test_picked_frame_is_the_one_that_is_shown_at_that_time(edits, number):
    assert kept(facts_of(real("bikes.mp4"), "bikes.mp4"), edits) == Kept(number, number + 1, still=True)


def test_picked_frame_is_a_picture_file_or_the_only_frame(blobs, tmp_path):
    content, edits = video_file(KINDS["mp4"]), [{"op": "frame", "at": 0.45}]
    path = parsed(blobs, content, tmp_path, edits)
    assert path.name == "clip.png"
    assert number_of(np.asarray(Image.open(path))) == 13
    frames = parsed(blobs, content, tmp_path, edits, type="frames")
    assert numbers(frames) == [13]


def test_unedited_video_is_the_kept_file_itself(blobs, tmp_path):
    for name, suffix in (("mp4", ".mp4"), ("mov", ".mp4"), ("webm in VP8", ".webm"), ("mkv without loss", ".mkv")):
        upload = uploaded(blobs, video_file(KINDS[name]), "my clip.xyz", tmp_path)
        widget = VideoInput("Clip")
        path = widget.parse(widget.accept(raw_of(upload, [trim(0, 60)]), blobs), blobs)
        assert path.name == "my clip" + suffix
        assert path.samefile(blobs.path(upload.blob))


def test_file_is_encoded_once_for_all_runs_and_sessions(blobs, other_blobs, tmp_path, monkeypatch):
    content, encoded = video_file(KINDS["mp4"]), []
    cut = _video_cuts.cut
    monkeypatch.setattr(_video_cuts, "cut", lambda *given: (encoded.append(given), cut(*given)))
    first = parsed(blobs, content, tmp_path, [trim(0.3, 0.6)])
    again = parsed(blobs, content, tmp_path, [trim(0.3, 0.6)])
    assert first == again and len(encoded) == 1
    parsed(blobs, content, tmp_path, [trim(0.3, 0.7)])
    assert len(encoded) == 2


def test_newer_input_ends_the_encoding_and_nothing_is_left(page, blobs, tmp_path, monkeypatch):
    from modelapp.core.context import Superseded
    from modelapp.core.current import active_run

    upload = uploaded(blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path)
    page.values["clip"] = raw_of(upload, [trim(0.1, 0.9)])
    monkeypatch.setattr(_video_cuts, "_SECONDS_BEFORE_SHOWN", 0)
    monkeypatch.setattr(_video_cuts, "_SECONDS_BETWEEN_UPDATES", 0)
    shown = []

    def supersede(*_given):
        run = active_run()
        shown.extend(name for name in run.elements if "progress" in name)
        run.superseded = True

    monkeypatch.setattr("modelapp.core.context.RunContext.update", supersede)
    seen = set(blobs.seen)
    with pytest.raises(Superseded):
        page.run(lambda: ma.video_input("Clip"))
    assert shown and blobs.seen == seen


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ("trim", "The edits of “Clip” must be a list."),
        ([{"op": "crop"}], "Edit 1 of “Clip” is none that can be made: trim, frame."),
        ([trim(1, 0.5)], "it must not end before it starts"),
        ([trim(-1, 2)], "Edit 1 of “Clip” (trim) cannot be made"),
        ([{"op": "frame", "at": "now"}], "Edit 1 of “Clip” (frame) cannot be made"),
        ([{"op": "frame", "at": float("nan")}], "Edit 1 of “Clip” (frame) cannot be made"),
    ],
)
def test_impossible_edits_are_refused(blobs, tmp_path, edits, sentence):
    upload = uploaded(blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path)
    with pytest.raises(InvalidValue) as refusal:
        VideoInput("Clip").accept(raw_of(upload) | {"edits": edits}, blobs)
    assert sentence in refusal.value.message


def test_tools_that_are_not_offered_are_refused_and_left_out_when_they_go(blobs, tmp_path):
    upload = uploaded(blobs, video_file(KINDS["mp4"]), "clip.mp4", tmp_path)
    raw = VideoInput("Clip").accept(raw_of(upload, [trim(0, 0.5), {"op": "frame", "at": 0.1}]), blobs)
    only_frame = VideoInput("Clip", tools=["frame"])
    with pytest.raises(InvalidValue, match="is a trim, which the script does not offer"):
        only_frame.accept(raw, blobs)
    adapted, note = only_frame.adapt(raw, blobs)
    assert [edit["op"] for edit in adapted["edits"]] == ["frame"]
    assert note == "Edits that are no longer offered were left out: trim."
