"""Sounds on their way into the blob store, and back out of it as samples.

Work on files that have not changed is kept for the process, so that every run and every session can name the same
examples at no cost, and so that a drag of a slider does not decode its sound again. Everything here may be called from
several threads at once.
"""

from collections import OrderedDict
from collections.abc import Collection
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from modelapp.core.blobs import Blobs
from modelapp.core.protocol import Edit, Json, UploadedSound
from modelapp.widgets._containers import damaged, reading
from modelapp.widgets._edits import as_raw
from modelapp.widgets._files import temporary
from modelapp.widgets._known_files import KnownFiles
from modelapp.widgets._sound import playable_rate, resampled, sixteen_bit
from modelapp.widgets._sound_files import Facts, Writer, layout_of, opened, rewrite, samples_of

if TYPE_CHECKING:
    from modelapp.widgets._sound import Samples

SUFFIXES = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".flac", ".weba", ".aif", ".aiff")
_BYTES_OF_SAMPLES_KEPT = 256 << 20
_THUMBNAIL = (168, 96)
# Between ink and paper, so that it is seen on a light page and on a dark one.
_THUMBNAIL_COLOUR = (122, 132, 150, 255)


def keep_upload(upload: Path, name: str, blobs: Blobs) -> UploadedSound:
    """Put a sound file into the store, without all that is not sound.

    Raises:
        InvalidValue: If it cannot be read, has no sound, or is above a limit.
    """
    with temporary() as target:
        return _keep(target, rewrite(upload, target, name), name, blobs)


def keep_bytes(content: bytes, name: str, blobs: Blobs) -> UploadedSound:
    """Put the bytes of a sound file into the store, as `keep_upload` does."""
    with temporary() as source:
        source.write_bytes(content)
        return keep_upload(source, name, blobs)


def keep_samples(rate: int, samples: "Samples", name: str, blobs: Blobs) -> UploadedSound:
    """Put samples [shape=(frames, channels), float32 or int16] into the store, exactly."""
    with temporary() as target:
        _write(target, rate, samples)
        return _keep(target, Facts(len(samples), rate, samples.shape[1]), name, blobs)


def _write(target: Path, rate: int, samples: Any) -> None:
    import numpy as np  # heavy: only scripts with sound need it
    from av import AudioFrame

    deep = samples.dtype != np.int16
    with Writer(target, rate, layout_of(samples.shape[1]), deep=deep) as writer:
        for start in range(0, len(samples), 1 << 16):
            piece = np.ascontiguousarray(samples[start : start + (1 << 16)]).reshape(1, -1)
            frame = AudioFrame.from_ndarray(piece, "flt" if deep else "s16", layout_of(samples.shape[1]))
            frame.sample_rate = rate
            writer.write([frame])


def _keep(file: Path, facts: Facts, name: str, blobs: Blobs) -> UploadedSound:
    blob = blobs.put(file)
    preview = None if playable_rate(facts.rate) == facts.rate else _preview(file, name, blobs)
    size_bytes = file.stat().st_size
    return UploadedSound(
        blob, name, size_bytes, preview=preview, seconds=facts.seconds, rate=facts.rate, channels=facts.channels
    )


def _preview(file: Path, name: str, blobs: Blobs) -> str:
    """Keep a sound of a rate that no browser plays at one that they all do."""
    rate, samples = samples_of(file, name)
    playable = playable_rate(rate)
    with temporary() as target:
        _write(target, playable, sixteen_bit(resampled(samples, rate, playable)))
        return blobs.put(target)


def raw_value(sound: UploadedSound, edits: Collection[Edit] = ()) -> dict[str, Json]:
    """Return the raw value of a sound."""
    return {
        "blob": sound.blob,
        "name": sound.name,
        "seconds": sound.seconds,
        "rate": sound.rate,
        "channels": sound.channels,
        "preview": sound.preview,
        "edits": as_raw(edits),
    }


_known = KnownFiles(lambda path, blobs: keep_upload(path, path.name, blobs))


def keep_file(path: Path, blobs: Blobs) -> UploadedSound:
    """Put a sound file of the script's author into the store; costs next to nothing the second time.

    Raises:
        InvalidValue: If there is no such file, or it cannot be read.
    """
    return _known.keep(path, blobs)


@lru_cache(maxsize=1024)
def facts_of(path: Path, name: str) -> Facts:
    """Return the length, rate and channels of the sound in a blob, whose content never changes.

    Raises:
        InvalidValue: If it is not in one of the two forms in which sounds are kept.
    """
    with reading(name), opened(path, name) as container:
        if container.format.name not in ("flac", "wav") or not container.streams.audio:
            raise damaged(name)
        stream = container.streams.audio[0]
        frames = round((stream.duration or 0) * (stream.time_base or 0) * stream.rate)
        if frames < 1:
            raise damaged(name)
        return Facts(frames, stream.rate, stream.channels)


_decoded: OrderedDict[Path, tuple[int, "Samples"]] = OrderedDict()
_decoded_lock = Lock()


def samples_in(path: Path, name: str) -> tuple[int, "Samples"]:
    """Return the rate and the samples [shape=(frames, channels)] in a blob: to be read, never to be changed."""
    with _decoded_lock:
        known = _decoded.get(path)
        if known is not None:
            _decoded.move_to_end(path)
            return known
    rate, samples = samples_of(path, name)
    samples.flags.writeable = False
    with _decoded_lock:
        _decoded[path] = (rate, samples)
        while len(_decoded) > 0 and sum(kept.nbytes for _, kept in _decoded.values()) > _BYTES_OF_SAMPLES_KEPT:
            _decoded.popitem(last=False)
    return rate, samples


def peaks(samples: "Samples", count: int) -> list[float]:
    """Return the largest distance from zero in each of at most `count` stretches of equal length."""
    import numpy as np  # heavy: only scripts with sound need it

    loudest = np.abs(samples).max(axis=1)
    starts = np.unique(np.linspace(0, len(loudest), min(count, len(loudest)), endpoint=False).astype(int))
    return np.maximum.reduceat(loudest, starts).tolist()  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def thumbnail(path: Path, name: str) -> bytes:
    """Return a PNG of the waveform in a blob, whose content never changes; legible on light and on dark ground."""
    from PIL import Image, ImageDraw  # heavy: only scripts with examples need it

    width, height = _THUMBNAIL
    picture = Image.new("RGBA", _THUMBNAIL, (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    heights = peaks(samples_in(path, name)[1], (width - 16) // 6)
    loudest = max(heights) or 1.0
    for place, peak in enumerate(heights):
        half = max(2, round(peak / loudest * (height / 2 - 12)))
        left = 10 + 6 * place
        draw.rounded_rectangle((left, height / 2 - half, left + 2, height / 2 + half), 1, _THUMBNAIL_COLOUR)
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
