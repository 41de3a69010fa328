"""Videos on their way into the blob store.

What is kept holds the pictures and the sound as they came, without anything that was written beside them: places,
times, titles, chapters, other tracks. What cannot be kept so (GIF, some AVI) is encoded anew. Everything here may be
called from several threads at once.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Edit, Json, UploadedVideo
from modelapp.widgets._containers import damaged, reading
from modelapp.widgets._edits import as_raw
from modelapp.widgets._files import temporary
from modelapp.widgets._known_files import KnownFiles
from modelapp.widgets._video import Frames, picture_of
from modelapp.widgets._video_decoding import decoded, keyframe_near
from modelapp.widgets._video_encode import EXACT, PREVIEW, cut
from modelapp.widgets._video_facts import Facts, facts_of, indexed
from modelapp.widgets._video_files import opened, video_stream

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP_COUNT = 10
"""How many pictures stand for a video."""
_STRIP_SIZE = (144, 81)
_POSTER_SIZE = (640, 640)
_THUMBNAIL_SIZE = (284, 160)
_PREVIEW_PIXELS_LIMIT = 40_000_000_000
# At about 300 million pixels a second this is a few seconds; what is longer is looked into here and there.
_CHECKED_PIXELS = 1_000_000_000
_CHECKED_FRAMES = 5_000
_MP4_SOUND = (None, "aac", "mp3", "mp3float", "ac3", "eac3", "opus", "libopus", "flac", "alac")
_WEBM_SOUND = (None, "opus", "libopus", "vorbis")
_PLAYED_MP4_SOUND = (None, "aac", "mp3", "mp3float", "opus", "libopus", "flac")


def keep_upload(upload: Path, name: str, blobs: Blobs) -> UploadedVideo:
    """Put a video file into the store, without all that is neither picture nor sound.

    Raises:
        InvalidValue: If it cannot be read, has no video, or is above a limit.
    """
    with temporary() as target:
        with reading(name), opened(upload, name) as container:
            facts = indexed(container, name)
        if not _repacked(upload, target, name, facts):
            cut(upload, target, name, (0, len(facts.ticks)), EXACT, _no_step)
        return _keep(target, name, blobs)


def keep_bytes(content: bytes, name: str, blobs: Blobs) -> UploadedVideo:
    """Put the bytes of a video file into the store, as `keep_upload` does."""
    with temporary() as source:
        source.write_bytes(content)
        return keep_upload(source, name, blobs)


_known = KnownFiles(lambda path, blobs: keep_upload(path, path.name, blobs))


def keep_file(path: Path, blobs: Blobs) -> UploadedVideo:
    """Put a video file of the script's author into the store; costs next to nothing the second time.

    Raises:
        InvalidValue: If there is no such file, or it cannot be read.
    """
    return _known.keep(path, blobs)


def _no_step(_done: int, _total: int) -> None:
    pass


def _repacked(source: Path, target: Path, name: str, facts: Facts) -> bool:
    """Write a file's pictures and sound anew without decoding them; False if that cannot be done without a change."""
    if facts.is_counted:
        return False
    try:
        with reading(name), opened(source, name) as container:
            _copy(container, target, facts, video_stream(container, name))
        copied = facts_of(target, name)
    except InvalidValue:
        return False
    if len(copied.ticks) != len(facts.ticks):
        return False
    scale, copied_scale = float(facts.time_base), float(copied.time_base)
    return all(
        abs((before - facts.ticks[0]) * scale - (after - copied.ticks[0]) * copied_scale) < 0.002
        for before, after in zip(facts.ticks, copied.ticks, strict=True)
    )


def _copy(container: Any, target: Path, facts: Facts, video: Any) -> None:
    import av  # heavy: only scripts with video files need it

    streams = [video, *container.streams.audio[:1]]
    # Bit-exact: no names of programs and no times are written along.
    form = _container_for(facts)
    options = {"fflags": "+bitexact", **({"movflags": "+faststart"} if form == "mp4" else {})}
    with av.open(str(target), "w", format=form, options=options) as output:
        copies = {stream.index: output.add_stream_from_template(stream, opaque=True) for stream in streams}
        for packet in _timed(container.demux(*streams)):
            packet.stream = copies[packet.stream.index]
            output.mux(packet)


def _timed(packets: Iterator[Any]) -> Iterator[Any]:
    """Yield packets with their times of decoding, which some containers leave out at the beginning."""
    waiting: dict[int, list[Any]] = {}
    for packet in packets:
        if not packet.size:
            continue
        if packet.pts is None:
            packet.pts = packet.dts
        if packet.dts is None:
            waiting.setdefault(packet.stream_index, []).append(packet)
            continue
        early = waiting.pop(packet.stream_index, [])
        for place, earlier in enumerate(early):
            earlier.dts = packet.dts - (len(early) - place) * max(1, packet.duration or 1)
            yield earlier
        yield packet
    for rest in waiting.values():
        for packet in rest:
            packet.dts = packet.pts
            yield packet


def _container_for(facts: Facts) -> str:
    web = facts.codec in ("vp8", "vp9", "av1") and facts.sound in _WEBM_SOUND
    if web and facts.container.startswith("matroska"):
        return "webm"
    if facts.codec in ("h264", "hevc", "av1", "mpeg4") and facts.sound in _MP4_SOUND:
        return "mp4"
    return "webm" if web else "matroska"


def suffix_of(facts: Facts) -> str:
    """Return what the name of a kept file ends with."""
    return {"mp4": ".mp4", "webm": ".webm", "matroska": ".mkv"}[_container_for(facts)]


def is_playable(facts: Facts) -> bool:
    """Return True if every usual browser plays a kept file."""
    if facts.codec == "h264":
        usual = facts.pixel_format in ("yuv420p", "yuvj420p")
        return usual and facts.sound in _PLAYED_MP4_SOUND and facts.container.startswith("mov")
    return facts.codec in ("vp8", "vp9", "av1") and facts.sound in _WEBM_SOUND


def _keep(file: Path, name: str, blobs: Blobs) -> UploadedVideo:
    facts = facts_of(file, name)
    with reading(name):
        poster, strip = _pictures(file, name, facts)
    preview = None
    if not is_playable(facts) and len(facts.ticks) * facts.width * facts.height <= _PREVIEW_PIXELS_LIMIT:
        with temporary() as target:
            cut(file, target, name, (0, len(facts.ticks)), PREVIEW, _no_step)
            preview = blobs.put(target)
    blob = blobs.put(file)
    facts_of(blobs.path(blob), name)  # known from here on: values are checked where a long file must not be read
    return UploadedVideo(
        blob,
        name,
        file.stat().st_size,
        width=facts.width,
        height=facts.height,
        preview=preview,
        seconds=facts.seconds,
        frame_count=len(facts.ticks),
        rate=facts.rate,
        poster=blobs.put(_jpeg(poster)),
        strip=blobs.put(_jpeg(_stacked(strip))),
    )


def _pictures(file: Path, name: str, facts: Facts) -> tuple["Image", list["Image"]]:
    """Decode a video, or a part of a long one, to be sure of it; return its first frame, and those for the strip."""
    count = len(facts.ticks)
    checked = min(count, _CHECKED_FRAMES, max(1, _CHECKED_PIXELS // (facts.width * facts.height)))
    wanted = [count * (2 * place + 1) // (2 * STRIP_COUNT) for place in range(STRIP_COUNT)]
    found: dict[int, Image] = {}
    faults: list[int] = []
    good = 0
    poster = None
    for number, frame in decoded(file, name, 0, checked, faults):
        good += not frame.is_corrupt
        if frame.is_corrupt:
            faults.append(number)
        if poster is None:
            poster = _small(picture_of(frame, facts), _POSTER_SIZE)
        if number in wanted:
            found[number] = _covering(picture_of(frame, facts))
    # One is what the end of a file that was cut off leaves.
    if poster is None or len(faults) > max(1, good // 10):
        raise damaged(name)
    for number in wanted:
        if number >= checked:
            found[number] = _covering(picture_of(keyframe_near(file, name, number), facts))
    strip = list(_without_gaps([found.get(number) for number in wanted], _covering(poster)))
    return poster, strip


def _without_gaps(pictures: list["Image | None"], first: "Image") -> Iterator["Image"]:
    for picture in pictures:
        first = picture or first
        yield first


def _small(picture: Any, size: tuple[int, int]) -> "Image":
    from PIL import Image  # heavy: only scripts with video need it

    small = Image.fromarray(picture)
    small.thumbnail(size)
    return small


def _covering(picture: Any) -> "Image":
    """Return a picture that fills one place of the strip."""
    from PIL import Image, ImageOps

    whole = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    return ImageOps.fit(whole, _STRIP_SIZE)


def _stacked(pictures: list["Image"]) -> "Image":
    from PIL import Image

    width, height = _STRIP_SIZE
    strip = Image.new("RGB", (width, height * len(pictures)))
    for place, picture in enumerate(pictures):
        strip.paste(picture, (0, place * height))
    return strip


def _jpeg(picture: "Image") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@lru_cache(maxsize=64)
def poster_of(path: Path, name: str) -> bytes:
    """Return a JPEG of the first frame of the video in a blob, whose content never changes.

    Raises:
        InvalidValue: If it cannot be read.
    """
    return _jpeg(_small(Frames(path, name)[0], _POSTER_SIZE))


@lru_cache(maxsize=256)
def thumbnail(poster: Path) -> bytes:
    """Return a small JPEG of the picture in a blob, whose content never changes."""
    from PIL import Image

    with Image.open(poster) as picture:
        picture.thumbnail(_THUMBNAIL_SIZE)
        return _jpeg(picture)


def raw_value(video: UploadedVideo, edits: Collection[Edit] = ()) -> dict[str, Json]:
    """Return the raw value of a video."""
    return {
        "blob": video.blob,
        "name": video.name,
        "seconds": video.seconds,
        "frame_count": video.frame_count,
        "rate": video.rate,
        "width": video.width,
        "height": video.height,
        "preview": video.preview,
        "poster": video.poster,
        "strip": video.strip,
        "edits": as_raw(edits),
    }
