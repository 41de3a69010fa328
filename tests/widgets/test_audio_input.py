import os
import wave
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets import _sound
from modelapp.widgets.audio_input import AudioInput
from PIL import Image
from sound_uploads import parsed
from sounds import KINDS, Kind, pitch, sound_file, tones, wav
from wire import accepts_or_refuses, any_json

UNKNOWN = "0" * 64


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
