import io
import os
import struct
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import EnvironmentFault, InvalidValue, ScriptError
from modelapp.widgets import _sound, _sound_files
from modelapp.widgets.audio_input import AudioInput
from PIL import Image
from sounds import CHANNELS, KINDS, TONES, Kind, pitch, sound_file, tones, wav
from wire import accepts_or_refuses, any_json

UNKNOWN = "0" * 64
NAMES = ("blob", "name", "seconds", "rate", "channels", "preview")


def uploaded(blobs, content, name, tmp_path, widget=None):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    return (widget or AudioInput("Sound")).receive(upload, name, blobs)


def raw_of(upload, edits=()):
    return {name: getattr(upload, name) for name in NAMES} | {"edits": list(edits)}


def parsed(blobs, content, tmp_path, edits=(), name="sound.wav", **options):
    widget = AudioInput("Sound", **options)
    raw = raw_of(uploaded(blobs, content, name, tmp_path, widget), edits)
    return widget.parse(widget.accept(raw, blobs), blobs)


# ---------------------------------------------------------------- uploads


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


# ---------------------------------------------------------------- what the script gets


def test_channels_are_averaged_or_kept(blobs, tmp_path):
    left, right = tones(16000, 2).T
    content = sound_file(Kind(".wav", "wav", "pcm_s16le", 16000))
    mono = parsed(blobs, content, tmp_path)
    assert (mono.rate, mono.samples.shape) == (16000, (16000,))
    assert np.abs(mono.samples - (left + right) / 2).max() < 2e-5
    assert parsed(blobs, content, tmp_path, mono=False).samples.shape == (16000, 2)
    rate, samples = mono
    assert (rate, len(samples), mono.seconds) == (16000, 16000, 1.0)


def test_mono_samples_belong_to_the_script(page):
    script = lambda: ma.audio_input("Sound", value=(16000, tones(16000, 1)[:, 0]))  # noqa: E731
    page.run(script).samples[:] = 0
    assert np.abs(page.run(script).samples).max() > 0.4


@pytest.mark.parametrize(
    ("rate", "wanted"), [(44100, 16000), (48000, 16000), (8000, 16000), (44100, 48000), (16000, 44100)]
)
def test_resampling_keeps_what_fits_and_lets_nothing_fold_back(rate, wanted):
    nyquist = min(rate, wanted) / 2
    time = np.arange(rate) / rate
    for share in (0.01, 0.1, 0.5, 0.9, 1.1, 1.3, 1.9):
        frequency = nyquist * share
        if frequency >= rate / 2:
            continue
        tone = np.sin(2 * np.pi * frequency * time).astype("f4")[:, None]
        result = _sound.resampled(tone, rate, wanted)[:, 0]
        assert len(result) == wanted
        inside = slice(wanted // 10, -wanted // 10)
        if share < 1:
            exact = np.sin(2 * np.pi * frequency * np.arange(wanted) / wanted)
            assert np.abs(result - exact)[inside].max() < 0.0115, share  # .1 dB, and in phase
        else:
            assert np.abs(result[inside]).max() < 1e-4, share  # -80 dB


def test_resampling_agrees_with_an_independent_resampler():
    from scipy.signal import chirp, resample_poly

    sweep = chirp(np.arange(44100) / 44100, 20, 1, 6000).astype("f4")
    ours = _sound.resampled(sweep[:, None], 44100, 16000)[:, 0]
    theirs = resample_poly(sweep, 160, 441, window=("kaiser", 10))
    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs)[200:-200].max() < 0.01


def test_rate_option_gives_the_models_rate(blobs, tmp_path):
    sound = parsed(blobs, wav(tones(44100, 1), 44100), tmp_path, rate=16000)
    assert (sound.rate, sound.samples.shape) == (16000, (16000,))
    assert pitch(sound.samples, 16000) == pytest.approx(440, abs=1)


def test_path_type_gives_a_wav_of_the_edited_sound(blobs, tmp_path):
    content = sound_file(KINDS["mp3"])
    path = parsed(
        blobs, content, tmp_path, [{"op": "trim", "start": 0.25, "end": 0.5}], "my voice.mp3", type="path", rate=8000
    )
    assert path.name == "my voice.wav"
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (8000, 1, 2, 2000)


# ---------------------------------------------------------------- edits


def test_edits_apply_before_mixing_and_resampling(blobs, tmp_path):
    content = sound_file(Kind(".wav", "wav", "pcm_s16le", 16000))
    edits = [{"op": "trim", "start": 0.2, "end": 0.7}, {"op": "speed", "factor": 2.0}, {"op": "gain", "decibels": -20}]
    sound = parsed(blobs, content, tmp_path, edits, rate=8000)
    assert (sound.rate, len(sound.samples)) == (8000, 2000)
    assert np.abs(sound.samples).max() < 0.06
    assert pitch(sound.samples, 8000) in (pytest.approx(880, abs=5), pytest.approx(1100, abs=5))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"op": "trim", "start": 0.5, "end": 0.4}, "must not end before it starts"),
        ({"op": "trim", "start": -1, "end": 0.5}, "(trim) cannot be made"),
        ({"op": "speed", "factor": 9}, "(speed) cannot be made"),
        ({"op": "gain", "decibels": "loud"}, "(gain) cannot be made"),
        ({"op": "crop", "box": [0, 0, 1, 1]}, "is none that can be made"),
        ({"op": "reverse"}, "is a reverse, which the script does not offer"),
    ],
)
def test_edit_that_cannot_be_made_is_refused(blobs, edit, sentence):
    widget = AudioInput("Sound", tools=["trim", "gain", "speed"])
    raw = widget.encode(wav(), blobs)
    with pytest.raises(InvalidValue) as caught:
        widget.accept(raw | {"edits": [edit]}, blobs)
    assert sentence in caught.value.message


def test_edits_of_a_tool_that_is_no_longer_offered_are_left_out_with_a_note(page):
    edits = [{"op": "trim", "start": 0.0, "end": 0.5}, {"op": "gain", "decibels": 6.0}]
    page.run(lambda: ma.audio_input("Sound", value=wav()))
    page.values["sound"] = AudioInput("Sound").encode(wav(), page.blobs) | {"edits": edits}
    assert len(page.run(lambda: ma.audio_input("Sound")).samples) == 8000
    assert len(page.run(lambda: ma.audio_input("Sound", tools=["gain"])).samples) == 16000
    assert page.props("sound").note == "Edits that are no longer offered were left out: trim."
    assert page.props("sound").tools == ("gain",)


def test_default_tools_are_all_and_an_empty_tuple_is_none(page):
    page.run(lambda: ma.audio_input("Sound"))
    assert page.props("sound").tools == ("trim", "gain", "noise", "reverse", "speed")
    page.run(lambda: ma.audio_input("Sound", tools=()))
    assert page.props("sound").tools == ()


# ---------------------------------------------------------------- values from the wire


@pytest.fixture
def raw(blobs):
    return AudioInput("Sound").encode(wav(), blobs)


def test_accept_keeps_a_sound_of_this_session_and_corrects_what_is_said_of_it(blobs, raw):
    widget = AudioInput("Sound")
    assert widget.accept(raw, blobs) == raw
    assert widget.accept(raw | {"seconds": 99, "rate": -1, "channels": "many"}, blobs) == raw
    assert widget.accept({"blob": raw["blob"], "name": "sound"}, blobs) == raw


@pytest.mark.parametrize(
    "change",
    [
        {"blob": UNKNOWN},
        {"blob": "../../etc/passwd"},
        {"blob": None},
        {"preview": UNKNOWN},
        {"preview": 5},
        {"name": 5},
        {"edits": None},
        {"edits": [{"op": "crop"}]},
        {"extra": 1},
    ],
)
def test_accept_refuses_what_is_no_sound_of_this_session(blobs, raw, change):
    with pytest.raises(InvalidValue, match="“Sound”"):
        AudioInput("Sound").accept(raw | change, blobs)


def test_accept_refuses_a_blob_that_is_no_kept_sound(blobs, raw):
    for content in (b"name,age\n", sound_file(KINDS["mp3"])):
        with pytest.raises(InvalidValue):
            AudioInput("Sound").accept(raw | {"blob": blobs.put(content)}, blobs)


@given(raw=any_json)
def test_audio_input_refuses_or_keeps_any_json(raw):
    assert accepts_or_refuses(AudioInput("Sound"), raw, None) is None


def test_sound_that_is_gone_falls_back_to_the_default_with_a_note(page, raw):
    page.values["sound"] = raw | {"blob": UNKNOWN}
    page.run(lambda: ma.audio_input("Sound"))
    assert page.waiting_for == ("sound",)
    assert "no longer here" in page.props("sound").note


# ---------------------------------------------------------------- what the author gives


@pytest.mark.parametrize(
    "given_value",
    [
        wav(),
        (16000, tones(16000, 1)[:, 0]),
        ma.Audio(16000, tones(16000, 1)[:, 0]),
        (np.int64(16000), tones(16000, 1)),
        (16000, (tones(16000, 1)[:, 0] * 32768).astype(np.int16)),
        (16000, (tones(16000, 1).T.astype(float) * 2**31).astype(np.int32)),
        (16000.0, tones(16000, 1).astype(np.float64)),
    ],
    ids=["bytes", "pair", "Audio", "column", "int16", "int32 channels first", "float64"],
)
def test_value_may_be_given_in_any_form(page, given_value):
    sound = page.run(lambda: ma.audio_input("Sound", value=given_value))
    assert sound.rate == 16000
    assert np.abs(sound.samples - tones(16000, 1)[:, 0]).max() < 4e-5


def test_float_values_are_kept_exactly(page):
    given_value = (16000, tones(16000, 2))
    sound = page.run(lambda: ma.audio_input("Sound", value=given_value, mono=False))
    assert np.array_equal(sound.samples, given_value[1])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (tones(16000, 1), "Pass the rate with it: (16000, samples)."),
        ((tones(16000, 1), 16000), "a path, (rate, samples)"),
        ((16000, tones(16000, 1) * 30000), "samples / 32768"),
        ((16000, np.full(9, np.nan)), "nan_to_num"),
        ((16000, np.zeros((0,), "f4")), "no frames"),
        ((16000, np.zeros((20, 20, 20), "f4")), "batch[0]"),
        ((16000, np.zeros(9, np.int64)), "astype('int16')"),
        ((0, np.zeros(9, "f4")), "the rate first"),
        ((44.1, np.zeros(9, "f4")), "the rate first"),
        (5, "a path, (rate, samples)"),
        ("nowhere.wav", "There is no file 'nowhere.wav'"),
    ],
)
def test_value_that_is_no_sound_is_the_scripts_fault(page, value, text):
    with pytest.raises(ScriptError, match="audio_input") as caught:
        page.run(lambda: ma.audio_input("Sound", value=value))
    assert text in str(caught.value)


def test_first_example_of_a_folder_is_the_sound_before_anybody_chooses(page, tmp_path):
    (tmp_path / "b.wav").write_bytes(wav(tones(8000, 1), 8000))
    (tmp_path / "a.mp3").write_bytes(sound_file(KINDS["mp3"]))
    (tmp_path / "notes.txt").write_text("no sound")
    assert page.run(lambda: ma.audio_input("Sound", examples=tmp_path)).rate == 44100
    examples = page.props("sound").examples
    assert [example.label for example in examples] == ["a", "b"]
    with Image.open(page.blobs.path(examples[0].thumbnail)) as thumbnail:
        assert thumbnail.mode == "RGBA" and thumbnail.height <= 160
        pixels = np.asarray(thumbnail)
    assert 0.05 < (pixels[..., 3] > 0).mean() < 0.6
    # Contrast of 3 to 1 against the grounds of both modes, as WCAG asks of graphics.
    ink = pixels[pixels[..., 3] == 255][0, :3]
    for ground in ((242, 240, 236), (38, 36, 33)):
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3
    assert page.blobs.path(examples[1].value["blob"]).exists()


def luminance(colour):
    linear = [
        (c / 255 / 12.92) if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in map(float, colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_examples_may_be_a_list_or_a_mapping(page):
    sound = (16000, tones(16000, 1))
    page.run(lambda: ma.audio_input("Sound", examples=[sound, wav()]))
    assert [example.label for example in page.props("sound").examples] == ["Example 1", "Example 2"]
    page.run(lambda: ma.audio_input("Tone", examples={"A tone": sound}))
    assert page.props("tone").examples[0].label == "A tone"
    for wrong in (5, tones(16000, 1), ma.Audio(16000, tones(16000, 1))):
        with pytest.raises(ScriptError, match="a list"):
            page.run(lambda examples=wrong: ma.audio_input("Other", examples=examples))


def test_empty_folder_of_examples_is_named(page, tmp_path):
    with pytest.raises(ScriptError, match="has none of the files"):
        page.run(lambda: ma.audio_input("Sound", examples=str(tmp_path)))


def test_example_files_are_read_once_for_all_sessions_until_they_change(blobs, other_blobs, tmp_path):
    path = tmp_path / "voice.wav"
    path.write_bytes(wav())
    widget = AudioInput("Sound")
    first = widget.encode(path, blobs)
    facts = path.stat()
    path.write_bytes(b"x" * facts.st_size)  # unreadable now, but nobody can tell by its time and size
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert widget.encode(path, other_blobs) == first
    assert other_blobs.path(first["blob"]).exists()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 10**9))
    with pytest.raises(InvalidValue):
        widget.encode(path, blobs)


def test_many_threads_can_encode_and_decode_at_once(blobs, tmp_path):
    path = tmp_path / "voice.mp3"
    path.write_bytes(sound_file(KINDS["mp3"]))
    widget = AudioInput("Sound", rate=16000)

    def work(number):
        return float(widget.parse(widget.encode(path, blobs), blobs).samples.sum())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(24)))) == 1


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"sources": ["upload", "microfone"]}, "Did you mean 'microphone'?"),
        ({"tools": ["trims"]}, "Did you mean 'trim'?"),
        ({"type": "sample"}, "Did you mean 'samples'?"),
        ({"rate": 16000.0}, "For example audio_input(rate=16000)."),
        ({"rate": 0}, "For example audio_input(rate=16000)."),
    ],
)
def test_audio_input_rejects_unknown_options_and_suggests_known_ones(page, options, hint):
    with pytest.raises(ScriptError, match="audio_input") as caught:
        page.run(lambda: ma.audio_input("Sound", **options))
    assert caught.value.hint == hint


def test_full_disk_is_not_the_files_fault(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav())
    with pytest.raises(EnvironmentFault, match="No space left on device"):
        _sound_files.rewrite(tmp_path / "a.wav", Path("/dev/full"), "a.wav")
