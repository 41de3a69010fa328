"""Videos as an input keeps them, for tests of it."""

from modelapp.widgets.video_input import VideoInput
from PIL import Image
from videos import number_of

UNKNOWN = "0" * 64

NAMES = ("blob", "name", "seconds", "frame_count", "rate", "width", "height", "preview", "poster", "strip")


def uploaded(blobs, content, name, tmp_path, widget=None):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    return (widget or VideoInput("Clip")).receive(upload, name, blobs)


def raw_of(upload, edits=()):
    return {name: getattr(upload, name) for name in NAMES} | {"edits": list(edits)}


def parsed(blobs, content, tmp_path, edits=(), name="clip.mp4", **options):
    widget = VideoInput("Clip", **options)
    raw = raw_of(uploaded(blobs, content, name, tmp_path, widget), edits)
    return widget.parse(widget.accept(raw, blobs), blobs)


def opened(blobs, digest):
    """Return the picture in a blob."""
    with Image.open(blobs.path(digest)) as found:
        return found.copy()


def numbers(frames):
    return [number_of(frame) for frame in frames]


def trim(start, end):
    return {"op": "trim", "start": start, "end": end}
