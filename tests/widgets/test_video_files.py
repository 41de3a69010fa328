"""What is kept of an uploaded video, in every format, and what is refused."""

import av
import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.widgets import _video_facts, _video_files, _video_intake
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets.video_input import VideoInput
from video_uploads import numbers, opened, raw_of, uploaded
from videos import KINDS, real, video_file


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
