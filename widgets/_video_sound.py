"""The sound of a stretch of a video, from its first sample to its last exactly."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from modelapp.widgets._containers import damaged
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets._video_files import opened, packets_of

# A decoder that begins in the middle needs some packets before it is right.
_PREROLL_SECONDS = 1
# What AAC knows, in Hz.
_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


class SoundTrack:
    """The sound of a video from one time to another, in pieces, from its first sample to its last exactly."""

    def __init__(self, source: Path, name: str, beginning: Fraction, finish: Fraction) -> None:
        self._beginning, self._finish = beginning, finish
        with opened(source, name) as container:
            context = container.streams.audio[0].codec_context
            rate = context.sample_rate
            # Rates that AAC does not know become one that it does.
            self.form = (rate if rate in _RATES else 48_000, "mono" if context.layout.nb_channels == 1 else "stereo")
        self._pieces = self._cut(source, name)
        self._ahead: Any = None
        self._reached = Fraction(0)

    def until(self, seconds: Fraction | None) -> Iterator[Any]:
        """Yield the pieces up to a time of the source; None is all that is left."""
        while seconds is None or self._beginning + self._reached < seconds:
            piece = next(self._pieces, None)
            if piece is None:
                return
            self._reached = (piece.pts + piece.samples) * piece.time_base
            yield piece

    def _cut(self, source: Path, name: str) -> Iterator[Any]:
        """Yield frames of sound whose times begin at zero."""
        from av import AudioFrame, AudioResampler
        from av.error import FFmpegError

        rate, layout = self.form
        first, end = (round(seconds * rate) for seconds in (self._beginning, self._finish))
        facts = facts_of(source, name)
        convert = AudioResampler("fltp", layout, rate)
        place = None
        with opened(source, name) as container:
            stream: Any = container.streams.audio[0]
            if stream.codec_context.layout.nb_channels < 1:
                raise damaged(name)
            origin = facts.origin * facts.time_base
            if self._beginning > _PREROLL_SECONDS:
                seconds = self._beginning - _PREROLL_SECONDS + origin
                container.seek(int(seconds / stream.time_base), stream=stream)
            for packet in packets_of(container, stream):
                try:
                    frames = packet.decode()
                except FFmpegError:
                    continue
                for frame in frames:
                    if place is None and frame.pts is not None:
                        place = round((frame.pts * frame.time_base - origin) * rate)
                    frame.pts = None
                    for piece in convert.resample(frame):
                        samples = piece.to_ndarray()
                        at, place = place or 0, (place or 0) + piece.samples
                        samples = samples[:, max(0, first - at) : max(0, end - at)]
                        if samples.shape[1]:
                            shown = AudioFrame.from_ndarray(samples.copy(), "fltp", layout)
                            shown.sample_rate, shown.time_base = rate, Fraction(1, rate)
                            shown.pts = max(at, first) - first
                            yield shown
                        if place >= end:
                            return
