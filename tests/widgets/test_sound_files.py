"""Uploads of an `audio_input`: every format and its odd members, what is dropped, and what is refused."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.widgets import _sound_files
from modelapp.widgets.audio_input import AudioInput
from sound_uploads import parsed, raw_of, uploaded
from sounds import CHANNELS, KINDS, TONES, pitch, sound_file, tones, wav

UNKNOWN = "0" * 64


@pytest.mark.parametrize("name", KINDS)
def test_every_format_arrives_with_its_rate_length_and_tones(blobs, tmp_path, name):
    kind = KINDS[name]
    content = sound_file(kind)
    if "variable" in name:
        assert b"Xing" in content[:2000]
    if "index" in name:
        assert (content.find(b"moov") > content.find(b"mdat")) is ("end" in name)
    upload = uploaded(blobs, content, "sound" + kind.suffix, tmp_path)
    channels = CHANNELS[kind.layout]
    assert (upload.rate, upload.channels) == (kind.rate, channels)
    # A decoder that is not told where the encoder's padding ends keeps up to two packets of it.
    assert upload.seconds == pytest.approx(1, abs=2 * 1024 / kind.rate + 0.002 if kind.tolerance else 1e-9)
    widget = AudioInput("Sound", mono=False)
    sound = widget.parse(widget.accept(raw_of(upload), blobs), blobs)
    assert sound.samples.shape == (round(upload.seconds * kind.rate), channels)
    assert sound.samples.dtype == np.float32
    middle = sound.samples[len(sound.samples) // 4 : -len(sound.samples) // 4]
    for channel in range(channels):
        assert pitch(middle[:, channel], kind.rate) == pytest.approx(TONES[channel], abs=3), channel
    if not kind.tolerance or kind.codec == "pcm_u8":
        deep = kind.codec in ("pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le") or kind.sample_format == "s32"
        assert np.abs(sound.samples - tones(kind.rate, channels)).max() <= (kind.tolerance or (2e-7 if deep else 2e-5))
    else:
        assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), abs=kind.tolerance)


@pytest.mark.parametrize("name", ["wav 16 bit", "wav float", "mp3", "wav of a slow sensor"])
def test_kept_file_is_one_that_browsers_play(blobs, tmp_path, name):
    upload = uploaded(blobs, sound_file(KINDS[name]), "sound", tmp_path)
    assert blobs.path(upload.blob).read_bytes()[:4] in (b"fLaC", b"RIFF")
    assert (upload.preview is not None) is (name == "wav of a slow sensor")
    if upload.preview:
        assert _sound_files.samples_of(blobs.path(upload.preview), "preview")[0] == 8000


def test_tags_and_cover_pictures_are_gone(blobs, tmp_path):
    tags = {"title": "SecretTitle", "artist": "SecretArtist", "comment": "SecretPlace +48.2082+016.3738/"}
    for name in ("mp3", "flac", "opus", "m4a with its index at the end", "wav 16 bit", "wav float"):
        content = sound_file(KINDS[name], tags=tags)
        assert b"SecretTitle" in content, name
        content = with_cover(content) if name == "flac" else with_id3(content) if name == "mp3" else content
        upload = uploaded(blobs, content + b"trailing secret", "sound", tmp_path)
        kept = blobs.path(upload.blob).read_bytes()
        for secret in (b"Secret", b"trailing secret", b"SecretCover", b"Lavf", b"Lavc"):
            assert secret not in kept, (name, secret)


def with_id3(mp3):
    """Put an ID3 tag with a picture in front of an MP3 file."""
    picture = b"\0image/png\0\x03\0SecretCover" + bytes(200)
    frame = b"APIC" + struct.pack(">I", len(picture)) + b"\0\0" + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame + mp3


def with_cover(flac):
    """Put a picture into a FLAC file, as its second block."""
    picture = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIIII", 0, 8, 8, 24, 0, 11) + b"SecretCover"
    block = bytes([6]) + len(picture).to_bytes(3, "big") + picture
    return flac[:42] + block + flac[42:]


def test_same_samples_give_the_same_file(blobs, tmp_path):
    kept = {uploaded(blobs, sound_file(KINDS[name]), "a", tmp_path).blob for name in ("wav 16 bit", "flac", "aiff")}
    assert len(kept) == 1


def test_wav_with_a_wrong_length_in_its_header_is_taken_for_what_is_there(blobs, tmp_path):
    content = bytearray(wav())
    for claimed in (0, 10**9, 0xFFFFFFFF):
        place = content.index(b"data") + 4
        content[place : place + 4] = struct.pack("<I", claimed)
        content[4:8] = struct.pack("<I", min(claimed + 36, 0xFFFFFFFF))
        upload = uploaded(blobs, bytes(content), "a.wav", tmp_path)
        assert upload.seconds == 1, claimed


def test_file_that_was_cut_off_is_taken_as_far_as_it_goes(blobs, tmp_path):
    for name in ("wav 16 bit", "mp3", "flac", "opus"):
        kind = KINDS[name]
        content = sound_file(kind, tones(kind.rate, 2, 6))
        upload = uploaded(blobs, content[: len(content) // 2], "a", tmp_path)
        assert 2 < upload.seconds < 3.1, name


def film(format_name="matroska", codec="ffv1", sound=False):
    """Return a film of three black pictures, with half a second of sound or without."""
    data = io.BytesIO()
    with av.open(data, "w", format=format_name) as container:
        stream = container.add_stream(codec, rate=5)
        stream.width = stream.height = 16
        voice = container.add_stream("libopus", rate=48000, layout="mono") if sound else None
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))))
        container.mux(stream.encode(None))
        if voice is not None:
            frame = av.AudioFrame.from_ndarray(tones(48000, 1, 0.5).T.copy(), format="flt", layout="mono")
            frame.sample_rate, frame.pts = 48000, 0
            container.mux(voice.encode(frame))
            container.mux(voice.encode(None))
    return data.getvalue()


@pytest.mark.parametrize(("format_name", "codec"), [("mp4", "mpeg4"), ("webm", "libvpx")])
def test_sound_of_a_film_is_taken(blobs, tmp_path, format_name, codec):
    sound = parsed(blobs, film(format_name, codec, sound=True), tmp_path, name="film." + format_name)
    assert sound.seconds == pytest.approx(0.5, abs=0.03)
    assert pitch(sound.samples[4000:], 48000) == pytest.approx(440, abs=5)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.wav", "“empty.wav” is empty (0 bytes)."),
        (b"only words, no sound at all" * 50, "words.mp3", "“words.mp3” is not a sound that can be read. WAV"),
        (PLAYLIST, "list.m3u8", "“list.m3u8” is not a sound that can be read."),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a.wav", "is not a sound that can be read"),
        (film(), "film.mkv", "“film.mkv” has no sound in it."),
        (wav()[:78], "none.wav", "“none.wav” has no sound in it: its length is zero."),
        (
            sound_file(KINDS["m4a with its index at the end"])[:9000],
            "cut.m4a",
            "“cut.m4a” cannot be read: it is damaged.",
        ),
        (b"fLaC" + bytes(100), "bad.flac", "“bad.flac” cannot be read: it is damaged."),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)
def test_bad_upload_is_refused_with_a_sentence_that_names_the_file(blobs, tmp_path, content, name, sentence):
    with pytest.raises(InvalidValue) as caught:
        uploaded(blobs, content, name, tmp_path)
    assert sentence in caught.value.message
    assert not blobs.seen


def test_sound_above_a_limit_is_refused_while_it_is_decoded(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(_sound_files, "SECONDS_LIMIT", 60)
    long = sound_file(KINDS["flac"], np.zeros((44100 * 61, 2), "f4"))
    assert len(long) < 200_000  # silence is small, and large once it is decoded
    with pytest.raises(InvalidValue, match="longer than 1 minutes, which is the most that is taken"):
        uploaded(blobs, long, "a.flac", tmp_path)
    monkeypatch.setattr(_sound_files, "SECONDS_LIMIT", 3600)
    monkeypatch.setattr(_sound_files, "SAMPLE_LIMIT", 100_000)
    with pytest.raises(InvalidValue, match="too many samples"):
        uploaded(blobs, long, "a.flac", tmp_path)
    assert not blobs.seen


@given(
    noise=st.binary(max_size=80),
    cut=st.integers(0, 900),
    place=st.integers(0, 4000),
    name=st.sampled_from(["mp3", "flac", "opus", "wav mono", "m4a lossless"]),
)
def test_damaged_sounds_are_read_or_refused_in_words(tmp_path_factory, noise, cut, place, name):
    content = SMALL[name]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "a").write_bytes(content[:place] + noise + content[place + cut :])
    try:
        facts = _sound_files.rewrite(folder / "a", folder / "b", "a")
    except InvalidValue:
        return
    assert _sound_files.samples_of(folder / "b", "b")[1].shape == (facts.frames, facts.channels)


SMALL = {
    name: sound_file(KINDS[name], tones(KINDS[name].rate, CHANNELS[KINDS[name].layout], 0.1))
    for name in ("mp3", "flac", "opus", "wav mono", "m4a lossless")
}


def test_nothing_is_left_in_the_temporary_folder(blobs, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    uploaded(blobs, wav(), "a.wav", tmp_path)
    AudioInput("Sound").encode(wav(), blobs)
    with pytest.raises(InvalidValue):
        AudioInput("Sound").encode(b"words", blobs)
    assert not list(folder.iterdir())


def test_full_disk_is_not_the_files_fault(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav())
    with pytest.raises(EnvironmentFault, match="No space left on device"):
        _sound_files.rewrite(tmp_path / "a.wav", Path("/dev/full"), "a.wav")
