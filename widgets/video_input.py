"""A video: dropped, picked or recorded, and cut on the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.protocol import InputProps, Json, UploadedVideo
from modelapp.widgets._arrays import is_array
from modelapp.widgets._checking import checked_names, refused
from modelapp.widgets._files import named, safe_name
from modelapp.widgets._media import MediaInput
from modelapp.widgets._video import Frames
from modelapp.widgets._video_cuts import cut_file
from modelapp.widgets._video_edits import AnyVideoEdit, Kept, kept
from modelapp.widgets._video_encode import EXACT
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets._video_files import SECONDS_LIMIT, SUFFIXES
from modelapp.widgets._video_intake import keep_bytes, keep_file, keep_upload, raw_value, suffix_of, thumbnail

Source = Literal["upload", "webcam"]
Tool = Literal["trim", "frame"]
_SOURCES: tuple[Source, ...] = ("upload", "webcam")
_TOOLS: tuple[Tool, ...] = ("trim", "frame")
_TYPES = ("path", "frames")
_PICTURES = ("poster", "strip")


class VideoInputProps(InputProps, frozen=True, kw_only=True, tag="video_input"):
    """Where a video may come from, and what may be done to it."""

    sources: tuple[str, ...]
    tools: tuple[str, ...]
    most_seconds: int
    """Longest recording."""


class VideoInput(MediaInput):
    """A video. See `video_input`."""

    kind = "video_input"
    noun = "video"
    media_type = "video/*"
    fields = frozenset(
        {"blob", "name", "seconds", "frame_count", "rate", "width", "height", "preview", *_PICTURES, "edits"}
    )
    edit_union = AnyVideoEdit
    example_suffixes = SUFFIXES

    def __init__(
        self,
        label: str | None = None,
        *,
        type: Literal["path", "frames"] = "path",
        sources: Sequence[Source] = _SOURCES,
        tools: Sequence[Tool] | None = None,
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        (self.type,) = checked_names("video_input", "type", type, _TYPES)
        self.sources = checked_names("video_input", "sources", sources, _SOURCES)
        self.tools = _TOOLS if tools is None else checked_names("video_input", "tools", tools, _TOOLS)

    def props(self, common: dict[str, Any], blobs: Blobs) -> VideoInputProps:
        return VideoInputProps(**common, sources=self.sources, tools=self.tools, most_seconds=SECONDS_LIMIT)

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return None
        if isinstance(raw, dict) and any(raw.get(field) is None for field in _PICTURES):
            raise refused(self, raw, "a video that was uploaded for it")
        blob, name = self.checked_file(raw, blobs, others=("preview", *_PICTURES))
        facts = facts_of(blob, name)
        video = UploadedVideo(
            raw["blob"],
            name,
            0,
            width=facts.width,
            height=facts.height,
            preview=raw.get("preview"),
            seconds=facts.seconds,
            frame_count=len(facts.ticks),
            rate=facts.rate,
            poster=raw["poster"],
            strip=raw["strip"],
        )
        return raw_value(video, self.edits_of(raw, offered=True))

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        path, name = blobs.path(raw["blob"]), raw["name"]
        facts = facts_of(path, name)
        left = kept(facts, self.edits_of(raw))
        if self.type == "frames":
            return Frames(path, name, range(left.first, left.end))
        if left == Kept(0, len(facts.ticks)):
            return named(path, Path(name).stem + suffix_of(facts))
        return named(cut_file(path, name, left, EXACT, blobs), Path(name).stem + (".png" if left.still else ".mp4"))

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if isinstance(given, (str, Path)):
            return raw_value(keep_file(Path(given), blobs))
        if given is None or isinstance(given, dict):
            return self.accept(given, blobs)
        if isinstance(given, (bytes, bytearray)):
            return raw_value(keep_bytes(bytes(given), "video", blobs))
        raise refused(self, given, "a path or the bytes of a video file")

    def is_one(self, examples: Any) -> bool:
        return is_array(examples) or isinstance(examples, Frames)

    def thumbnail(self, raw: dict[str, Json], blobs: Blobs) -> bytes:
        return thumbnail(blobs.path(raw["poster"]))

    def receive(self, upload: Path, name: str, blobs: Blobs) -> UploadedVideo:
        return keep_upload(upload, safe_name(name), blobs)


@overload
def video_input(
    label: str | None = None,
    *,
    type: Literal["path"] = "path",
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path: ...
@overload
def video_input(
    label: str | None = None,
    *,
    type: Literal["frames"],
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Frames: ...
@overload
def video_input(
    label: str | None = None,
    *,
    type: Literal["path"] = "path",
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path | None: ...
@overload
def video_input(
    label: str | None = None,
    *,
    type: Literal["frames"],
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Frames | None: ...
def video_input(
    label: str | None = None,
    *,
    type: Literal["path", "frames"] = "path",
    sources: Sequence[Source] = _SOURCES,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for a video.

    MP4, MOV, WebM, MKV, AVI and GIF are taken, up to an hour and 8192 × 4320 pixels. Uploads lose what was written
    beside pictures and sound: places, times, titles, other tracks. What browsers do not play (H.265, for example) is
    shown by a small preview, made while the page waits; up to about ten minutes of full HD get one.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        type: What the script gets: "path" for a file, or "frames" for its pictures.
        sources: Where it may come from: any of "upload", "webcam".
        tools: Ways to edit it on the page: any of "trim", "frame"; None is all, () is none. With "frame" one picture of
            the video can be picked.
        value: Video before anybody chooses one: a path (from the working folder or beside the script) or the bytes of a
            file. None is the first example, or empty if there are none.
        examples: Ready videos in these forms: a list, a mapping of title to video, or a folder, of which the first 50
            are shown.
        required: If True an empty input ends the run quietly and the page says what it waits for; if False the script
            gets None.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        By `type`: a Path to the video as it came (.mp4, .webm or .mkv); to an MP4 of exactly the frames that a trim
        leaves, upright, with the sound of the same time; or to a PNG if a frame was picked. Or `Frames`, which decodes
        pictures as they are asked for, np.ndarray [shape=(height, width, 3), uint8, 0-255], upright, and has a `rate`;
        of a picked frame it holds just that one.

    Raises:
        ScriptError: If an option is unknown, or `value` or an example is no video.

    Example:
        >>> import modelapp as ma
        >>> frames = ma.video_input("Clip", type="frames", required=False)
        >>> if frames is not None:
        ...     ma.number_output(len(frames) / frames.rate, unit="s", label="Length")
    """
    return current_run().input(
        VideoInput,
        label,
        type=type,
        sources=sources,
        tools=tools,
        value=value,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
