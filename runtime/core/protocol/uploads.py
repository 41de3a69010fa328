"""What the host answers to an upload."""

import msgspec


class BulkUploaded(msgspec.Struct, frozen=True):
    """Body of the answer to `POST bulk`."""

    upload: str
    """What to name in `bulk_start`, and with further files of the same folder."""


class Uploaded(msgspec.Struct, frozen=True):
    """Body of the answer to `POST upload`: what to put into `set` as the value of the input, or a part of it."""

    blob: str
    """Digest."""
    name: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    preview: str | None = None
    """Digest of a picture that a browser can show, where it is not the blob itself; None: the blob itself."""
    frames: tuple[str, ...] = ()
    """Digests of all pictures of a clip, in order, of which `blob` is one; empty for a single picture."""

    @property
    def digests(self) -> tuple[str, ...]:
        """All blobs that were made of the file."""
        return (self.blob, *([self.preview] if self.preview else []), *self.frames)


class UploadedSound(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a sound. `preview` is a sound that a browser can play."""

    seconds: float
    rate: int
    """Samples a second of each channel."""
    channels: int


class UploadedVideo(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a video. `preview` is a small video that a browser can play."""

    seconds: float
    frame_count: int
    rate: float
    """Frames a second; the mean where their distances vary."""
    poster: str
    """Digest of the first frame, at most 640 pixels wide or high."""
    strip: str
    """Digest of ten pictures, one below the other, spread over the video from its beginning to its end."""

    @property
    def digests(self) -> tuple[str, ...]:
        """All blobs that were made of the file."""
        return (*super().digests, self.poster, self.strip)


class UploadedTable(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a table. The blob is a `StoredTable`."""

    rows: int
