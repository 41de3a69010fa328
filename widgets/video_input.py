"""A video: dropped, picked or recorded, and cut on the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.context import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.protocol import Example, InputProps, Json, UploadedVideo
from modelapp.core.widget import Input
from modelapp.widgets._arrays import is_array
from modelapp.widgets._checking import checked_names, name_of, refused
from modelapp.widgets._edits import as_raw, checked_edits
from modelapp.widgets._files import blob_path, named, safe_name
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
_FIELDS = {"blob", "name", "seconds", "frame_count", "rate", "width", "height", "preview", *_PICTURES, "edits"}


class VideoInputProps(InputProps, frozen=True, kw_only=True, tag="video_input"):
    """Where a video may come from, and what may be done to it."""

    sources: tuple[str, ...]
    tools: tuple[str, ...]
    most_seconds: int
    """Longest recording."""


class VideoInput(Input[Any]):
    """A video. See `video_input`."""

    kind = "video_input"
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
        if not isinstance(raw, dict) or not raw.keys() >= {"blob", "name", *_PICTURES} or raw.keys() - _FIELDS:
            raise refused(self, raw, "a video that was uploaded for it")
        video = self._checked_video(raw, blobs)
        edits = checked_edits(name_of(self), raw.get("edits", []), AnyVideoEdit, self.tools)
        return raw_value(video, as_raw(edits))

    def _checked_video(self, raw: dict[str, Json], blobs: Blobs) -> UploadedVideo:
        blob = blob_path(raw["blob"], blobs)
        preview = raw.get("preview")
        others = [raw["poster"], raw["strip"], *([] if preview is None else [preview])]
        if blob is None or any(blob_path(other, blobs) is None for other in others):
            raise InvalidValue(f"The video of “{name_of(self)}” is no longer here. Upload it again.")
        if not isinstance(raw["name"], str):
            raise refused(self, raw["name"], "a file name that is text")
        name = safe_name(raw["name"])
        facts = facts_of(blob, name)
        return UploadedVideo(
            raw["blob"],
            name,
            0,
            width=facts.width,
            height=facts.height,
            preview=preview,
            seconds=facts.seconds,
            frame_count=len(facts.ticks),
            rate=facts.rate,
            poster=raw["poster"],
            strip=raw["strip"],
        )

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        # Runs in every run: the video was checked when it was set, and need only still be there.
        if not isinstance(raw, dict) or raw.keys() != _FIELDS or blob_path(raw["blob"], blobs) is None:
            return self.accept(raw, blobs), None
        left = [edit for edit in raw["edits"] if edit["op"] in self.tools]
        if len(left) == len(raw["edits"]):
            return raw, None
        gone = dict.fromkeys(edit["op"] for edit in raw["edits"] if edit["op"] not in self.tools)
        return {**raw, "edits": left}, f"Edits that are no longer offered were left out: {', '.join(gone)}."

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        path, name = blobs.path(raw["blob"]), raw["name"]
        facts = facts_of(path, name)
        left = kept(facts, checked_edits(name_of(self), raw["edits"], AnyVideoEdit))
        if self.type == "frames":
            return Frames(path, name, range(left.first, left.end))
        if left == Kept(0, len(facts.ticks)):
            return named(path, Path(name).stem + suffix_of(facts))
        return named(cut_file(path, name, left, EXACT, blobs), Path(name).stem + (".png" if left.still else ".mp4"))

    def from_text(self, text: str) -> Any:
        return Path(text.removeprefix("@"))

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if isinstance(given, (str, Path)):
            return raw_value(keep_file(Path(given), blobs), [])
        if given is None or isinstance(given, dict):
            return self.accept(given, blobs)
        if isinstance(given, (bytes, bytearray)):
            return raw_value(keep_bytes(bytes(given), "video", blobs), [])
        raise refused(self, given, "a path or the bytes of a video file")

    def examples_given(self) -> list[tuple[str | None, Any]]:
        if is_array(self.examples) or isinstance(self.examples, Frames):
            raise ScriptError(
                f"video_input(examples={describe(self.examples)}): a list of paths, a folder, or a mapping of text to "
                "path is expected.",
                hint='For example video_input(examples=["walk.mp4", "run.mp4"]).',
            )
        listed = super().examples_given()
        return [(label or f"Example {number}", given) for number, (label, given) in enumerate(listed, 1)]

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        raw = self.encode_option("examples", given, blobs)
        small = blobs.put(thumbnail(blobs.path(raw["poster"])))
        return Example(label=label or raw["name"], value=raw, thumbnail=small)

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
    return current_run().declare(
        VideoInput(
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
    )
