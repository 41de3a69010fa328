import io
import wave

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import ScriptError
from pydub import AudioSegment
from sounds import KINDS, sound_file, tones, wav


def played(page, name="audio"):
    """Return rate and samples [shape=(frames, channels)] of what the page would play, a wav of 16 bits."""
    with wave.open(io.BytesIO(page.blobs.path(page.props(f"output.{name}").blob).read_bytes())) as file:
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        return file.getframerate(), samples.reshape(-1, file.getnchannels())


@pytest.mark.parametrize(
    ("audio", "options"),
    [
        ((8000, tones(8000, 2)), {}),
        (ma.Audio(8000, tones(8000, 2)), {}),
        (tones(8000, 2), {"rate": 8000}),
        (tones(8000, 2).T, {"rate": 8000}),
        (tones(8000, 2).astype(np.float64), {"rate": np.int64(8000)}),
        ((8000, (tones(8000, 2) * 32768).astype(np.int16)), {}),
        ((8000, (tones(8000, 2).astype(float) * 2**31).astype(np.int32)), {}),
    ],
    ids=["pair", "Audio", "array", "channels first", "float64", "int16", "int32"],
)
def test_sound_may_be_given_in_any_form(page, audio, options):
    page.run(lambda: ma.audio_output(audio, **options))
    rate, samples = played(page)
    assert rate == 8000
    assert np.abs(samples - tones(8000, 2)).max() < 5e-5
    props = page.props("output.audio")
    assert (props.seconds, props.rate, props.channels, props.note) == (1, 8000, 2, None)
    assert len(props.peaks) == 400 and max(props.peaks) == 500
    result = page.result("audio")
    assert isinstance(result, ma.Audio) and result.samples.dtype == np.float32


def test_mono_lists_and_bytes_and_eight_bits_are_sounds_too(page):
    page.run(lambda: ma.audio_output([0.0, 0.5, -0.5], rate=8000))
    assert played(page)[1][:, 0].tolist() == [0, 0.5, -0.5]
    assert page.result("audio").samples.shape == (3,)
    page.run(lambda: ma.audio_output(np.array([128, 192, 0], np.uint8), rate=8000))
    assert played(page)[1][:, 0].tolist() == [0, 0.5, -1]


def test_path_and_bytes_keep_their_sound_and_lose_their_tags(page, tmp_path):
    content = sound_file(KINDS["mp3"], tags={"title": "SecretTitle"})
    (tmp_path / "voice.mp3").write_bytes(content)
    for given in (tmp_path / "voice.mp3", str(tmp_path / "voice.mp3"), content):
        page.run(lambda given=given: ma.audio_output(given))
        props = page.props("output.audio")
        assert (props.rate, props.channels, props.seconds) == (44100, 2, 1)
        assert props.name == ("sound.flac" if given is content else "voice.flac")
        assert b"Secret" not in page.blobs.path(props.download).read_bytes()
        assert page.result("audio") == given


def test_samples_beyond_full_scale_are_cut_and_told(page):
    page.run(lambda: ma.audio_output(np.array([0.5, 1.5, -1.25, 0.0]), rate=8000))
    assert played(page)[1][:, 0].tolist() == [0.5, 32767 / 32768, -1, 0]
    assert page.props("output.audio").note == "Cut off: 50.0% of the samples leave −1 to 1, the loudest is 1.5."


def test_rate_that_no_browser_plays_is_resampled_for_the_page_and_told(page):
    page.run(lambda: ma.audio_output(np.sin(np.arange(2000) / 20), rate=500))
    assert played(page)[0] == 8000
    props = page.props("output.audio")
    assert (props.rate, props.seconds) == (500, 4)
    assert props.note == "Played at 8,000 Hz: browsers cannot play 500 Hz."
    with wave.open(io.BytesIO(page.blobs.path(props.download).read_bytes())) as file:
        assert file.getframerate() == 500


@pytest.mark.parametrize(
    ("audio", "options", "text"),
    [
        (tones(8000, 1), {}, "audio_output(samples, rate=16000)"),
        ([], {"rate": 8000}, "[] is no sound"),
        ("nowhere.wav", {}, "There is no file 'nowhere.wav'"),
        (b"words", {}, "is not a sound that can be read"),
        (np.zeros((0,)), {"rate": 8000}, "no frames"),
        (np.array([0, np.nan]), {"rate": 8000}, "nan_to_num"),
        (np.zeros((30, 30)), {"rate": 8000}, "at most 8 channels"),
        (np.zeros((3, 30, 30)), {"rate": 8000}, "batch[0]"),
        (np.zeros(9, np.int64), {"rate": 8000}, "astype('int16')"),
        ((8000, tones(8000, 1)), {"rate": 16000}, "8000 samples a second, but rate=16000"),
        (tones(8000, 1), {"rate": 0}, "the rate first"),
        (None, {}, "None is no sound"),
        (["a", "b"], {"rate": 8000}, "is no sound"),
        ((8000, None), {}, "None is no sound"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_hint(page, audio, options, text):
    with pytest.raises(ScriptError, match="audio_output") as caught:
        page.run(lambda: ma.audio_output(audio, **options))
    assert text in str(caught.value)


def test_output_picks_it_for_a_sound(page, tmp_path):
    page.run(lambda: ma.output(ma.Audio(8000, tones(8000, 1)[:, 0]), label="Voice"))
    assert page.props("output.voice").rate == 8000
    (tmp_path / "a.wav").write_bytes(wav())
    page.run(lambda: ma.output(tmp_path / "a.wav"))
    assert page.props("output.audio").rate == 16000


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_segment_of_pydub_is_a_sound_everywhere(page, width):
    stereo = np.array([[0.5, -0.5], [0.25, 0.0]] * 100)
    whole = (stereo * 2 ** (8 * width - 1)).astype(f"int{8 * width}")
    segment = AudioSegment(whole.tobytes(), frame_rate=8000, sample_width=width, channels=2)

    def script():
        ma.output(segment)
        ma.saliency_output(segment, [0, 1])
        return ma.audio_input("Sound", mono=False, value=segment)

    rate, samples = page.run(script)
    assert rate == 8000
    assert np.allclose(samples, stereo, atol=2**-7)
    assert np.allclose(page.result("audio").samples, stereo, atol=2**-7)
    assert page.props("output.saliency").sound.seconds == 200 / 8000
