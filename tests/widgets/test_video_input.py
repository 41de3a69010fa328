import av
import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets import _video_cuts, _video_facts, _video_files, _video_intake
from modelapp.widgets._video_edits import Kept, VideoFrame, VideoTrim, kept
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets.video_input import VideoInput
from PIL import Image
from videos import KINDS, beep, number_of, real, sound_of, video_file
from wire import accepts_or_refuses, any_json

UNKNOWN = "0" * 64
NAMES = ("blob", "name", "seconds", "frame_count", "rate", "width", "height", "preview", "poster", "strip")


def uploaded(blobs, content, name, tmp_path, widget=None):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    return (widget or VideoInput("Clip")).receive(upload, name, blobs)


def raw_of(upload, edits=()):
    return {name: getattr(upload, name) for name in NAMES} | {"edits": list(edits)}


def parsed(blobs, content, tmp_path, edits=(), name="clip.mp4", **options):
    widget = VideoInput("Clip", **options)
    raw = raw_of(uploaded(blobs, content, name, tmp_path, widget), edits)
    return widget.parse(widget.accept(raw, blobs), blobs)


def opened(blobs, digest):
    """Return the picture in a blob."""
    with Image.open(blobs.path(digest)) as found:
        return found.copy()


def numbers(frames):
    return [number_of(frame) for frame in frames]


def trim(start, end):
    return {"op": "trim", "start": start, "end": end}


# ---------------------------------------------------------------- uploads


@pytest.mark.parametrize("name", KINDS)
def test_every_format_arrives_with_all_its_frames_in_order_and_upright(blobs, tmp_path, name):
    kind = KINDS[name]
    upload = uploaded(blobs, video_file(kind), "clip" + kind.suffix, tmp_path)
    size = kind.size[::-1] if kind.turn % 180 else kind.size
    assert (upload.width, upload.height, upload.frame_count) == (*size, 30)
    rate = 1000 * len(kind.distances) / sum(kind.distances) if kind.distances else kind.rate
    assert upload.rate == pytest.approx(rate, rel=0.02)
    assert upload.seconds == pytest.approx(30 / rate, abs=0.03)
    widget = VideoInput("Clip", type="frames")
    frames = widget.parse(widget.accept(raw_of(upload), blobs), blobs)
    pictures = list(frames)
    assert numbers(pictures) == list(range(30))
    assert {picture.shape for picture in pictures} == {(size[1], size[0], 3)}
    assert pictures[0].dtype == np.uint8 and pictures[0].flags.writeable and pictures[0].flags.c_contiguous


@pytest.mark.parametrize("name", KINDS)
def test_what_is_shown_is_something_that_browsers_play(blobs, tmp_path, name):
    kind = KINDS[name]
    upload = uploaded(blobs, video_file(kind), "clip" + kind.suffix, tmp_path)
    facts = facts_of(blobs.path(upload.preview or upload.blob), "shown")
    assert facts.codec in ("h264", "vp8", "vp9", "av1")
    assert facts.codec != "h264" or facts.pixel_format in ("yuv420p", "yuvj420p")
    assert len(facts.ticks) == 30
    needs_one = ("H.265", "MPEG-4", "ProRes", "loss", "pictures", "odd")
    assert (upload.preview is not None) is any(word in name for word in needs_one)


def test_real_films_are_kept_frame_by_frame(blobs, tmp_path):
    for name, count, size in (("bikes.mp4", 250, (640, 272)), ("bigbuckbunny.mp4", 132, (1280, 720))):
        upload = uploaded(blobs, real(name).read_bytes(), name, tmp_path)
        assert (upload.frame_count, upload.rate, upload.width, upload.height) == (count, 25, *size)
        assert upload.seconds == count / 25
        with av.open(str(real(name))) as before, av.open(str(blobs.path(upload.blob))) as after:
            assert len(before.streams) == len(after.streams)
            packets = [[bytes(packet) for packet in file.demux() if packet.size] for file in (before, after)]
        assert sorted(packets[0]) == sorted(packets[1])


def test_places_times_and_titles_are_gone(blobs, tmp_path):
    tags = {"title": "SecretTitle", "location": "+48.2082+016.3738/", "comment": "SecretComment"}
    for name in ("mp4 with sound", "mp4 from a phone held upright", "mov", "webm in VP8", "mkv", "avi"):
        content = video_file(KINDS[name], tags=tags)
        assert b"SecretTitle" in content, name
        upload = uploaded(blobs, content, "clip", tmp_path)
        left = blobs.path(upload.blob).read_bytes()
        for secret in (b"Secret", b"+48.20", b"Lavf6"):
            assert secret not in left, (name, secret)


def test_same_video_is_kept_once(blobs, tmp_path):
    content = video_file(KINDS["mp4 with sound"])
    assert uploaded(blobs, content, "a.mp4", tmp_path).blob == uploaded(blobs, content, "b.mp4", tmp_path).blob


def test_recording_without_a_length_gets_one(blobs, tmp_path):
    content = video_file(KINDS["webm as a browser records"])
    path = tmp_path / "live.webm"
    path.write_bytes(content)
    with av.open(str(path)) as container:
        assert container.duration is None
    upload = uploaded(blobs, content, "recording.webm", tmp_path)
    assert upload.seconds == pytest.approx(30 * 0.1270 / 3, abs=0.03)
    with av.open(str(blobs.path(upload.blob))) as container:
        assert container.duration is not None


def test_poster_and_strip_show_the_video(blobs, tmp_path):
    upload = uploaded(blobs, real("bikes.mp4").read_bytes(), "bikes.mp4", tmp_path)
    assert opened(blobs, upload.poster).size == (640, 272)
    strip = opened(blobs, upload.strip)
    assert strip.size == (144, 810)
    cells = [np.asarray(strip.crop((0, 81 * place, 144, 81 * place + 81))).astype(float) for place in range(10)]
    assert all(np.abs(cells[place] - cells[place + 1]).mean() > 2 for place in range(9))


def test_long_video_is_sampled_at_its_keyframes(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(_video_intake, "_CHECKED_PIXELS", 640 * 272 * 10)
    upload = uploaded(blobs, real("bikes.mp4").read_bytes(), "bikes.mp4", tmp_path)
    assert opened(blobs, upload.strip).size == (144, 810)
    assert upload.frame_count == 250


def test_file_that_was_cut_off_is_taken_as_far_as_it_goes(blobs, tmp_path):
    for name in ("webm in VP8", "mkv without loss", "avi of pictures"):
        content = video_file(KINDS[name], 60)
        upload = uploaded(blobs, content[: len(content) // 2], "clip", tmp_path)
        frames = list(ma.Frames(blobs.path(upload.blob)))
        assert 10 < upload.frame_count < 50
        assert len(frames) == upload.frame_count
        assert numbers(frames)[:10] == list(range(10)), name


BAD = {
    "nothing": (b"", "“clip.mp4” is empty (0 bytes)."),
    "words": (
        b"only words" * 99,
        "“clip.mp4” is not a video that can be read. MP4, MOV, WebM, MKV, AVI and GIF can be",
    ),
    "a play list": (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "is not a video that can be read"),
    "an mp4's beginning": (video_file(KINDS["mp4"])[:600], "“clip.mp4” cannot be read: it is damaged."),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(90), "is not a video that can be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_file_that_is_no_video_is_refused_in_one_sentence(blobs, tmp_path, name):
    content, sentence = BAD[name]
    with pytest.raises(InvalidValue) as refusal:
        uploaded(blobs, content, "clip.mp4", tmp_path)
    assert sentence in refusal.value.message
    assert not blobs.seen


def test_sound_without_pictures_is_refused(blobs, tmp_path):
    from sounds import KINDS as SOUNDS
    from sounds import sound_file

    with pytest.raises(InvalidValue, match="has no video in it"):
        uploaded(blobs, sound_file(SOUNDS["m4a with its index in front"]), "talk.mp4", tmp_path)


def test_film_without_frames_is_refused(blobs, tmp_path):
    with pytest.raises(InvalidValue, match=r"no frames in it|damaged"):
        content = video_file(KINDS["webm as a browser records"])
        uploaded(blobs, content[: content.index(b"\x1f\x43\xb6\x75")], "a.webm", tmp_path)


def test_damaged_pictures_are_refused(blobs, tmp_path):
    content = bytearray(real("bikes.mp4").read_bytes())
    pictures = content.index(b"mdat") + 4
    for place in range(pictures + 2000, len(content) - 60_000, 400):
        content[place : place + 40] = bytes(40)
    with pytest.raises(InvalidValue, match=r"“clip\.mp4” cannot be read: it is damaged\. Save or"):
        uploaded(blobs, bytes(content), "clip.mp4", tmp_path)


def test_random_damage_never_raises_anything_else(blobs, tmp_path):
    draw = np.random.default_rng(5)
    for name in ("mp4 with sound", "webm in VP8", "avi", "gif", "mkv"):
        good = video_file(KINDS[name], 8)
        for _ in range(6):
            content = np.frombuffer(good, np.uint8).copy()
            places = draw.integers(0, len(content), 12)
            content[places] = draw.integers(0, 256, 12)
            try:
                upload = uploaded(blobs, content.tobytes(), "clip", tmp_path)
            except InvalidValue:
                continue
            assert len(list(ma.Frames(blobs.path(upload.blob)))) == upload.frame_count


def test_video_that_is_too_long_or_too_large_is_refused(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(_video_facts, "SECONDS_LIMIT", 1)
    monkeypatch.setattr(_video_files, "FRAME_PIXEL_LIMIT", 64 * 48)
    with pytest.raises(InvalidValue, match=r"“a\.mp4” is longer than 0 minutes, which is the most that is taken\. Cut"):
        uploaded(blobs, video_file(KINDS["mp4"], 31), "a.mp4", tmp_path)
    with pytest.raises(InvalidValue, match=r"The frames of “a\.mp4” are 66 × 48 pixels: at most"):
        uploaded(blobs, video_file(KINDS["mp4"]._replace(size=(66, 48))), "a.mp4", tmp_path)
    assert uploaded(blobs, video_file(KINDS["mp4"]), "a.mp4", tmp_path).seconds == 1


# ---------------------------------------------------------------- Frames


@pytest.fixture
def frames(blobs, tmp_path):
    return parsed(blobs, video_file(KINDS["mp4"], 90), tmp_path, type="frames")


def test_frames_are_looped_over_again_and_again(frames):
    assert numbers(frames) == numbers(frames) == list(range(90))
    assert isinstance(frames, ma.Frames)
    assert (len(frames), frames.rate, frames.width, frames.height, frames.seconds) == (90, 30, 64, 48, 3)
    one, other = iter(frames), iter(frames)
    assert [number_of(next(one)) for _ in range(3)] == [0, 1, 2]
    assert number_of(next(other)) == 0


def test_frames_are_found_by_number(frames):
    for number in (7, 0, 88, 89, 3, 4, 5, 40, -1, -90):
        assert number_of(frames[number]) == number % 90, number
    for number in (90, -91):
        with pytest.raises(IndexError, match=f"There is no frame {number}: the video has 90 frames"):
            frames[number]


def test_slices_are_frames_too(frames):
    part = frames[10:20]
    assert (len(part), part.rate, part.seconds) == (10, 30, pytest.approx(1 / 3))
    assert numbers(part) == list(range(10, 20)) and number_of(part[-1]) == 19
    assert numbers(frames[::10]) == list(range(0, 90, 10)) and frames[::10].rate == 3
    assert numbers(part[::-3]) == [19, 16, 13, 10]
    assert len(frames[50:50]) == 0 and list(frames[50:50]) == []
    assert numbers(frames[5:80][::2][3:5]) == [11, 13]


def test_script_may_change_a_frame(frames):
    frames[3][:] = 0
    assert number_of(frames[3]) == 3


def test_equal_frames_are_equal_and_can_be_keys(frames):
    assert frames[10:20] == frames[10:20] != frames[10:21]
    assert len({frames[10:20], frames[10:20], frames}) == 2
    assert frames != "frames"


def test_several_threads_may_read_at_once(frames):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        asked = [number * 37 % 90 for number in range(40)]
        assert [number_of(found) for found in pool.map(frames.__getitem__, asked)] == asked


# ---------------------------------------------------------------- edits


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


# ---------------------------------------------------------------- what the page sends


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


# ---------------------------------------------------------------- options


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
