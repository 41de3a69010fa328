"""A file, or several, as they are."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema
from modelapp.core.protocol import InputProps, Json, Uploaded
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._files import blob_path, existing, named, safe_name
from modelapp.widgets._sent_files import file_schema, sent_file, titles_of


class FileInputProps(InputProps, frozen=True, kw_only=True, tag="file_input"):
    """A place for files."""

    types: tuple[str, ...] = ()
    """Suffixes (".csv") and media types ("image/*"); empty takes all."""
    multiple: bool = False


class FileInput(Input[Any]):
    """A file, or several. See `file_input`."""

    kind = "file_input"

    def __init__(
        self, label: str | None = None, *, types: Sequence[str] | str = (), multiple: bool = False, **common: Any
    ) -> None:
        super().__init__(label, **common)
        self.types = _checked_types((types,) if isinstance(types, str) else types)
        self.multiple = multiple
        # Of media types only the mapping from suffixes is known, so that a folder is then taken whole.
        plain = all(wanted.startswith(".") for wanted in self.types)
        self.example_suffixes = self.types if self.types and plain else ("",)

    def props(self, common: dict[str, Any], blobs: Blobs) -> FileInputProps:
        return FileInputProps(**common, types=self.types, multiple=self.multiple)

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None or raw == []:
            return None
        if not self.multiple:
            return self._accepted(raw, blobs)
        if not isinstance(raw, list):
            raise refused(self, raw, "a list of files that were uploaded for it")
        return [self._accepted(one, blobs) for one in raw]

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        if self.multiple:
            return [named(blobs.path(one["blob"]), one["name"]) for one in raw]
        return named(blobs.path(raw["blob"]), raw["name"])

    def value_schema(self) -> Schema:
        one = file_schema(titles_of(self), named=True)
        if not self.multiple:
            return one
        return {"type": "array", "items": one, **({"minItems": 1} if self.required else {})}

    def sample(self) -> Any:
        return None

    def plain_default(self) -> Json:
        return None

    def plain_examples(self) -> list[Json]:
        examples: list[Json] = [{"example": title} for title in titles_of(self)]
        return [[example] for example in examples] if self.multiple else examples

    def from_json(self, given: Json, blobs: Blobs) -> Json:
        if not self.multiple:
            return sent_file(self, given, blobs, named=True)
        if not isinstance(given, list):
            raise refused(self, given, "a list of files")
        several = [sent_file(self, one, blobs, named=True) for one in given]
        return [file for one in several for file in one] or None

    def from_words(self, text: str) -> Json:
        return text

    def from_uploads(self, uploads: Sequence[tuple[Path, str]], blobs: Blobs) -> Json:
        if not self.multiple:
            return super().from_uploads(uploads, blobs)
        kept = [self.receive(path, name, blobs) for path, name in uploads]
        return self.accept([self.raw_of(one) for one in kept], blobs)

    def raw_of(self, uploaded: Uploaded) -> Json:
        return {"blob": uploaded.blob, "name": uploaded.name}

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json | list[tuple[Path, str]]:
        if isinstance(given, (list, tuple)):
            sent = [cls.to_send(one, blobs) for one in given]
            return [file for files in sent for file in files]
        if isinstance(given, (str, Path)):
            path = existing(Path(given))
            return [(path, path.name)]
        return given

    def from_text(self, text: str) -> Any:
        return Path(text.removeprefix("@"))

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if given is None or isinstance(given, dict):
            return self.accept(given, blobs)
        if isinstance(given, (list, tuple)) and self.multiple:
            return self.accept([self._encoded(one, blobs) for one in given], blobs)
        encoded = self._encoded(given, blobs)
        return self.accept([encoded] if self.multiple else encoded, blobs)

    def receive(self, upload: Path, name: str, blobs: Blobs) -> Uploaded:
        name = safe_name(name)
        self._check_type(name)
        size_bytes = upload.stat().st_size
        if size_bytes == 0:
            raise InvalidValue(f"“{name}” is empty (0 bytes).")
        return Uploaded(blobs.put(upload), name, size_bytes)

    def empty_value(self) -> Any:
        return [] if self.multiple else None

    def copy_value(self, value: Any) -> Any:
        return list(value) if isinstance(value, list) else value

    def _accepted(self, raw: Json, blobs: Blobs) -> dict[str, Json]:
        known = {"blob", "name", "size_bytes", "width", "height", "preview", "frames"}  # as `Uploaded` has them
        if not isinstance(raw, dict) or not {"blob", "name"} <= raw.keys() <= known or not isinstance(raw["name"], str):
            raise refused(self, raw, "a file that was uploaded for it")
        blob = blob_path(raw["blob"], blobs)
        if blob is None:
            raise InvalidValue(f"The file of “{name_of(self)}” is no longer here. Upload it again.")
        name = safe_name(raw["name"])
        self._check_type(name)
        return {"blob": raw["blob"], "name": name, "size_bytes": blob.stat().st_size}

    def _encoded(self, given: Any, blobs: Blobs) -> Json:
        if isinstance(given, dict):
            return given
        if not isinstance(given, (str, Path)):
            raise refused(self, given, "a path to a file")
        path = existing(Path(given))
        if not path.is_file():
            raise InvalidValue(f"{str(path)!r} is a folder; “{name_of(self)}” takes a file.")
        return {"blob": blobs.put(path), "name": path.name}

    def _check_type(self, name: str) -> None:
        if not self.types:
            return
        media_type = mimetypes.guess_type(name)[0] or ""
        for wanted in self.types:
            if wanted.startswith("."):
                fits = name.lower().endswith(wanted)
            elif wanted.endswith("/*"):
                fits = media_type.startswith(wanted[:-1])
            else:
                fits = media_type == wanted
            if fits:
                return
        raise InvalidValue(f"“{name_of(self)}” does not take “{name}”: it takes {', '.join(self.types)}.")


def _checked_types(types: Sequence[str]) -> tuple[str, ...]:
    for wanted in types:
        if not isinstance(wanted, str) or not (wanted.startswith(".") or "/" in wanted) or len(wanted) < 2:
            raise ScriptError(
                f"file_input(types=…): {describe(wanted)} is no type of file. A suffix or a media type is expected.",
                hint='For example file_input(types=[".csv", "image/*"]).',
            )
    return tuple(wanted.lower() for wanted in types)


@overload
def file_input(
    label: str | None = None,
    *,
    types: Sequence[str] | str = (),
    multiple: Literal[True],
    value: Any = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> list[Path]: ...
@overload
def file_input(
    label: str | None = None,
    *,
    types: Sequence[str] | str = (),
    multiple: Literal[False] = False,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path: ...
@overload
def file_input(
    label: str | None = None,
    *,
    types: Sequence[str] | str = (),
    multiple: Literal[False] = False,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path | None: ...
def file_input(
    label: str | None = None,
    *,
    types: Sequence[str] | str = (),
    multiple: bool = False,
    value: Any = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for a file, or for several, and hand them on as they are.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        types: What it takes: suffixes such as ".csv" and media types such as "image/*", judged by the file's name.
            () takes all.
        multiple: If True several files can be chosen, and the script gets a list.
        value: Path of a file that is there before anybody chooses one, from the working folder or beside the script.
        examples: Paths of ready files: a list, a mapping of title to path, or a folder, of which the first 50 that fit
            are shown.
        required: If True an empty input ends the run quietly and the page says what it waits for; if False the script
            gets None, or [] with `multiple`.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        A Path to the file under the name that it was uploaded with, or a list of them. Read it; do not change it.

    Raises:
        ScriptError: If a type is no suffix and no media type, or `value` is no file.

    Example:
        >>> import modelapp as ma
        >>> readings = ma.file_input(types=[".csv"])
        >>> ma.text_output(readings.name)
    """
    return current_run().input(
        FileInput,
        label,
        types=types,
        multiple=multiple,
        value=value,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
