import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import ScriptError
from modelapp.widgets import video_output as module
from modelapp.widgets._video_facts import facts_of
from PIL import Image
from videos import KINDS, number_of, picture, real, sound_of, video_file

PICTURES = np.stack([picture(number) for number in range(20)])


def played(page, name="video"):
    """Return the frames of what the page would play."""
    return ma.Frames(page.blobs.path(page.props(f"output.{name}").blob))


@pytest.mark.parametrize(
    "given",
    [
        PICTURES,
        list(PICTURES),
        PICTURES / 255,
        (PICTURES / 255).astype("f4"),
        PICTURES.transpose(0, 3, 1, 2),
        PICTURES[..., 0],
        PICTURES[..., :1],
        PICTURES[..., 0] > 128,
        [Image.fromarray(one) for one in PICTURES],
    ],
    ids=["array", "list", "floats", "float32", "channels first", "grey", "one channel", "masks", "PIL"],
)
def test_pictures_may_be_given_in_any_form(page, given):
    page.run(lambda: ma.video_output(given, rate=10))
    frames = played(page)
    assert [number_of(frame) for frame in frames] == list(range(20))
    props = page.props("output.video")
    assert (props.rate, props.seconds, props.frame_count, props.width, props.height) == (10, 2, 20, 64, 48)
    assert props.name == "video.mp4"
    assert page.result("video") is given
    with Image.open(page.blobs.path(props.poster)) as file:
        poster = np.asarray(file)
    assert number_of(poster) == 0 and poster.shape == (48, 64, 3)


def test_pictures_come_one_by_one_from_an_iterator(page):
    page.run(lambda: ma.video_output((picture(number) for number in range(7)), "My walk", rate=29.97))
    frames = played(page, "my_walk")
    assert [number_of(frame) for frame in frames] == list(range(7))
    assert frames.rate == pytest.approx(29.97, rel=1e-3)
    assert len(ma.Frames(page.result("my_walk"))) == 7


def test_what_is_encoded_is_what_browsers_play(page):
    page.run(lambda: ma.video_output(PICTURES[:, :47, :63], rate=25))
    facts = facts_of(page.blobs.path(page.props("output.video").blob), "video")
    assert (facts.codec, facts.pixel_format, facts.coded_size) == ("h264", "yuv420p", (64, 48))
    frame = played(page)[0].astype(int)
    assert np.abs(frame[:47, :63] - PICTURES[0, :47, :63]).mean() < 6
    assert np.abs(frame[47] - frame[46]).mean() < 12


@pytest.mark.parametrize("size", [(64, 48), (65, 49), (1280, 720)])
def test_colours_stay_what_they_are(page, size):
    colours = [(200, 30, 40), (20, 180, 60), (30, 60, 200), (240, 240, 240), (10, 10, 10)]
    pictures = [np.full((size[1], size[0], 3), colour, np.uint8) for colour in colours]
    page.run(lambda: ma.video_output(pictures, rate=5))
    for frame, colour in zip(played(page), colours, strict=True):
        assert np.abs(frame[size[1] // 2, size[0] // 2] - np.array(colour)).max() <= 4


def test_file_is_shown_as_it_is_where_browsers_play_it(page, tmp_path):
    path = tmp_path / "walk.webm"
    path.write_bytes(video_file(KINDS["webm in VP9"]))
    for given, name in ((path, "walk.webm"), (str(path), "walk.webm"), (path.read_bytes(), "video.webm")):
        page.run(lambda given=given: ma.video_output(given))
        props = page.props("output.video")
        assert (props.name, props.frame_count, props.blob) == (name, 30, props.download)
        assert page.result("video") is given


def test_file_that_browsers_do_not_play_is_encoded_for_them(page, tmp_path):
    path = tmp_path / "walk.mp4"
    path.write_bytes(video_file(KINDS["mp4 in H.265"]))
    page.run(lambda: ma.video_output(path))
    props = page.props("output.video")
    assert props.blob != props.download and props.name == "walk.mp4"
    assert facts_of(page.blobs.path(props.blob), "shown").codec == "h264"
    assert [number_of(frame) for frame in played(page)] == list(range(30))


def test_frames_are_shown_with_their_sound_and_encoded_once(page, monkeypatch):
    frames = ma.Frames(real("bigbuckbunny.mp4"))[50:75]
    page.run(lambda: ma.video_output(frames))
    assert len(played(page)) == 25
    assert sound_of(page.blobs.path(page.props("output.video").blob)).shape[1] >= 48000
    blob = page.props("output.video").blob
    monkeypatch.setattr("modelapp.widgets._video_cuts.cut", None)  # would fail
    page.run(lambda: ma.output(frames))
    assert page.props("output.video").blob == blob
    assert page.result("video") == frames


def test_frames_may_leave_some_out_and_have_another_rate(page, tmp_path):
    path = tmp_path / "walk.mp4"
    path.write_bytes(video_file(KINDS["mp4"]))
    frames = ma.Frames(path)
    page.run(lambda: ma.video_output(frames[::3]))
    assert [number_of(frame) for frame in played(page)] == list(range(0, 30, 3))
    assert played(page).rate == 10
    page.run(lambda: ma.video_output(frames, rate=5))
    assert (played(page).rate, len(played(page))) == (5, 30)


def test_output_picks_it_for_paths_and_frames(page, tmp_path):
    path = tmp_path / "walk.mov"
    path.write_bytes(video_file(KINDS["mov"]))
    page.run(lambda: (ma.output(path), ma.output(ma.Frames(path), label="Again")))
    assert page.props("output.video").frame_count == page.props("output.again").frame_count == 30


NOT_A_NUMBER = PICTURES / 255
NOT_A_NUMBER[3, 2, 2] = np.nan


@pytest.mark.parametrize(
    ("given", "rate", "sentence", "hint"),
    [
        (PICTURES, None, "does not say how many frames make a second", "video_output(frames, rate=25)"),
        (5, 25, "is no video: a path, the bytes of a file, Frames, or pictures", "rate=25"),
        (PICTURES[0], 25, "(frames, height, width, 3) is expected", "image_output"),
        (PICTURES[None], 25, "(frames, height, width, 3) is expected", "batch[0]"),
        ([], 25, "The video has no frames", "at least one"),
        (PICTURES[:0], 25, "The video has no frames", "at least one"),
        ([PICTURES[0], PICTURES[1, :40]], 25, "Frame 1 is 64 × 40 pixels, and frame 0 64 × 48.", "same size"),
        (NOT_A_NUMBER, 25, "Frame 3", "NaN"),
        (PICTURES * 2.0, 25, "Frame 0", "white is"),
        (["one.png"], 25, "Frame 0: 'one.png' is no picture", None),
        (b"words", None, "is not a video that can be read", None),
        ("nowhere.mp4", None, "nowhere.mp4", None),
        (b"words", 25, "A file has a rate of its own", "Leave out rate="),
    ],
)
def test_what_is_no_video_is_explained(page, given, rate, sentence, hint):
    with pytest.raises(ScriptError) as fault:
        page.run(lambda: ma.video_output(given, rate=rate))
    assert sentence in fault.value.message
    assert hint is None or hint in (fault.value.hint or "")


@pytest.mark.parametrize("rate", [0, -5, float("nan"), 2000, "25", True])
def test_impossible_rate_is_refused(page, rate):
    with pytest.raises(ScriptError, match="rate"):
        page.run(lambda: ma.video_output(PICTURES, rate=rate))


def test_endless_iterator_ends_at_the_limit(page, monkeypatch):
    from itertools import repeat

    monkeypatch.setattr(module, "SECONDS_LIMIT", 2)
    with pytest.raises(ScriptError, match="longer than"):
        page.run(lambda: ma.video_output(repeat(PICTURES[0]), rate=10))
