"""Writing videos: H.264 in MP4, which browsers play, with exactly the frames that were asked for.

Owns the encoder's settings, turning pictures upright, and the file's two tracks. It knows neither edits nor uploads.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from modelapp.widgets._containers import reading
from modelapp.widgets._video_decoding import colour_matrix, decoded
from modelapp.widgets._video_facts import Facts, facts_of
from modelapp.widgets._video_sound import SoundTrack

Step = Callable[[int, int], None]
"""Told after each frame: how many are done, and how many there are."""

_CLOCK = Fraction(1, 90_000)


class Quality(NamedTuple):
    """How a video is written.

    Attributes:
        rate_factor: Of x264: 0 without loss, 18 no difference to be seen, 51 the worst.
        preset: Of x264.
        most_pixels: Frames are made smaller to have at most so many, or None.
        playable: If True sizes are even and colours are those that every browser plays.
    """

    rate_factor: int
    preset: str
    most_pixels: int | None = None
    playable: bool = True


EXACT = Quality(14, "veryfast", playable=False)
"""For a model: its own size, and no loss that is seen."""
SHOWN = Quality(20, "veryfast")
PREVIEW = Quality(26, "ultrafast", 640 * 360)


class Encoder:
    """An MP4 file that is being written, frame by frame.

    Args:
        target: Where to.
        size: Width and height in pixels.
        quality: How.
        sound: Rate and layout of the sound, or None for none.
    """

    def __init__(
        self, target: Path, size: tuple[int, int], quality: Quality, sound: tuple[int, str] | None = None
    ) -> None:
        import av  # heavy: only scripts with video files need it

        # Bit-exact: no names of programs and no times are written along, and the same frames give the same file.
        options = {"fflags": "+bitexact", "movflags": "+faststart"}
        self._container = av.open(str(target), "w", format="mp4", options=options)
        self._size, self._format = size, "yuv420p"
        if size[0] % 2 or size[1] % 2:
            if quality.playable:
                self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
            else:
                self._format = "yuv444p"
        settings = {"crf": str(quality.rate_factor), "preset": quality.preset}
        stream: Any = self._container.add_stream("libx264", rate=25, options=settings)
        stream.width, stream.height, stream.pix_fmt = *self._size, self._format
        stream.codec_context.flags |= 1 << 23  # bitexact: no name of the encoder
        stream.time_base = stream.codec_context.time_base = _CLOCK
        self._stream = stream
        self._sound: Any = None
        if sound is not None:
            self._sound = self._container.add_stream("aac", rate=sound[0], layout=sound[1])
            self._sound.codec_context.bit_rate = 192_000
        self._written = 0
        self._lengths: dict[int, int] = {}

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, *problem: object) -> None:
        try:
            if problem[0] is None and self._written:
                self._put(self._stream.encode(None))
                if self._sound is not None:
                    self._container.mux(self._sound.encode(None))
        finally:
            self._container.close()

    def write(self, frame: Any, seconds: Fraction, length: Fraction) -> None:
        """Add a frame of the file's size that is shown at a time, and for how long."""
        if self._written == 0:
            self._name_colours(frame)
        frame = _padded(frame.reformat(format=self._format, **_same_colours(frame)), self._size)
        frame.pts, frame.time_base = round(seconds / _CLOCK), _CLOCK
        self._lengths[frame.pts] = max(1, round(length / _CLOCK))
        frame.pict_type = 0  # the encoder chooses
        self._written += 1
        self._put(self._stream.encode(frame))

    def _put(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._lengths.pop(packet.pts, packet.duration)  # the encoder knows of a fixed rate only
        self._container.mux(packets)

    def write_sound(self, frame: Any) -> None:
        """Add a frame of sound in planar floats."""
        self._container.mux(self._sound.encode(frame))

    def _name_colours(self, frame: Any) -> None:
        context = self._stream.codec_context
        # Said even where the source did not: a smaller copy would be guessed to be another one.
        context.colorspace = colour_matrix(frame)
        context.color_range = 1 if frame.format.is_rgb else frame.color_range
        context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc


def _same_colours(frame: Any) -> dict[str, Any]:
    return {"src_colorspace": colour_matrix(frame), "dst_colorspace": colour_matrix(frame)}


def _padded(frame: Any, size: tuple[int, int]) -> Any:
    """Return a frame with its last row and column said twice, where its size is odd and may not be."""
    if (frame.width, frame.height) == size:
        return frame
    from av import VideoFrame
    from numpy import pad

    matrix = colour_matrix(frame)
    picture = frame.to_ndarray(format="rgb24", src_colorspace=matrix)
    padding = ((0, size[1] - frame.height), (0, size[0] - frame.width), (0, 0))
    wider = VideoFrame.from_ndarray(pad(picture, padding, mode="edge"), "rgb24")
    return wider.reformat(format="yuv420p", dst_colorspace=matrix)


def cut(source: Path, target: Path, name: str, span: tuple[int, int], quality: Quality, step: Step) -> None:
    """Write the frames of a kept video from number span[0] to before span[1], upright, and the sound of that time.

    Raises:
        InvalidValue: If they cannot be read.
    """
    facts = facts_of(source, name)
    first, end = span
    beginning, finish = facts.time_of(first), facts.end_of(end - 1)
    with reading(name):
        sound = SoundTrack(source, name, beginning, finish) if facts.sound else None
        size = _fitting((facts.width, facts.height), quality.most_pixels)
        with Encoder(target, size, quality, sound.form if sound else None) as encoder:
            for done, (number, frame) in enumerate(_in_order(source, name, span), 1):
                picture = _resized(_turned(frame, facts), size)
                seconds, until = facts.time_of(number), facts.end_of(number)
                encoder.write(picture, seconds - beginning, until - seconds)
                for piece in sound.until(until) if sound else ():
                    encoder.write_sound(piece)
                step(done, end - first)
            for piece in sound.until(None) if sound else ():
                encoder.write_sound(piece)


def _in_order(source: Path, name: str, span: tuple[int, int]) -> Iterator[tuple[int, Any]]:
    """Yield every number of a span once; a frame that a damaged file does not give is the one before it."""
    expected, last = span[0], None
    for number, frame in decoded(source, name, *span):
        if number < expected:
            continue
        for missing in range(expected, number):
            yield missing, last or frame
        yield number, frame
        expected, last = number + 1, frame
    for missing in range(expected, span[1]):
        yield missing, last


def _turned(frame: Any, facts: Facts) -> Any:
    """Return a frame upright."""
    if facts.quarter_turns == 0:
        return frame
    from av.filter import Graph

    steps = {1: [("transpose", "cclock")], 2: [("hflip", ""), ("vflip", "")], 3: [("transpose", "clock")]}
    graph = Graph()
    nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_CLOCK)]
    nodes += [graph.add(filter_name, argument) for filter_name, argument in steps[facts.quarter_turns]]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    graph.push(frame)
    return graph.pull()


def _resized(frame: Any, size: tuple[int, int]) -> Any:
    return frame if (frame.width, frame.height) == size else frame.reformat(*size, **_same_colours(frame))


def _fitting(size: tuple[int, int], most_pixels: int | None) -> tuple[int, int]:
    """Return a size of the same shape with at most so many pixels, even where it is smaller."""
    if most_pixels is None or size[0] * size[1] <= most_pixels:
        return size
    factor = (most_pixels / (size[0] * size[1])) ** 0.5 / 2
    return max(2, 2 * int(size[0] * factor)), max(2, 2 * int(size[1] * factor))
