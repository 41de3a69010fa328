"""Sounds as a page uploads them and as a script gets them."""

from modelapp.widgets.audio_input import AudioInput

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
