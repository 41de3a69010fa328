"""Where speech is in the example's clip, which is known: it was put together of silence and two voices.

In a process of its own: the detector's runtime ends a process in which TensorFlow has been loaded.
"""

import shutil
from pathlib import Path

import pytest

CLIP = Path(__file__).parents[2] / "examples" / "voice.opus"
VOICES = ((1.0, 2.48), (3.68, 6.565))
"""Seconds between which each voice was put, with its own silence at both ends."""


class Voice:
    """A page of the example."""

    def __init__(self, socket):
        self._socket = socket
        socket.hello()
        self.elements = {}
        self.spans = self._answer()

    def set(self, **values):
        self._socket.set(**values)
        self.spans = self._answer()

    @property
    def examples(self):
        return {one["label"]: one["value"] for one in self.elements["recording"]["examples"]}

    def _answer(self):
        """Wait for what the page says of speech, as a list of beginnings and ends in seconds."""
        while True:
            frame = self._socket.receive("frame")
            self.elements |= {one["id"]: one["props"] for one in frame["elements"]}
            for one in frame["elements"]:
                if one["props"].get("text", "").startswith("Speech: "):
                    return spans(one["props"]["text"])


def spans(text):
    text = text.removeprefix("Speech: ").removesuffix(".")
    if text == "nowhere":
        return []
    return [tuple(float(place) for place in span.removesuffix(" s").split(" to ")) for span in text.split(", ")]


@pytest.fixture
def voice(copied, tmp_path, serve, connect):
    shutil.copy(CLIP, tmp_path)
    return Voice(connect(serve(copied("voice.py"))))


def test_speech_is_found_where_it_is_and_goes_with_edits(voice):
    assert len(voice.spans) == 2
    for (start, end), (earliest, latest) in zip(voice.spans, VOICES, strict=True):
        assert earliest <= start < earliest + 0.4
        assert latest - 0.4 < end <= latest
    (heat,) = (props for props in voice.elements.values() if props["type"] == "saliency_output")
    strengths = heat["sound"]["strengths"]
    assert strengths[len(strengths) * 2 // 7] > 0.9  # in the first voice
    assert strengths[len(strengths) * 3 // 7] < 0.2  # between the two

    clip = voice.examples["Two voices"]
    voice.set(recording={**clip, "edits": [{"op": "trim", "start": 3.0, "end": 7.5}]})
    ((start, end),) = voice.spans
    assert 3.68 - 3 <= start < end <= 6.565 - 3

    voice.set(recording={**clip, "edits": [{"op": "noise", "snr_decibels": -30.0, "seed": 1}]})
    assert voice.spans == []


def test_hum_is_no_speech(voice):
    voice.set(recording=voice.examples["A hum"])
    assert voice.spans == []
