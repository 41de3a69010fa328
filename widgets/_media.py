"""What inputs of pictures, sounds and videos have in common: a file in the store, and a list of what is done to it.

Their raw value names the untouched original and has `edits`; see `_edits`.
"""

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from modelapp.core.blobs import Blobs
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema
from modelapp.core.protocol import Example, Json, Uploaded
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._edits import checked_edits
from modelapp.widgets._files import blob_path, existing, safe_name
from modelapp.widgets._sent_files import file_schema, file_to_send, sent_file, titles_of


class MediaInput(Input[Any]):
    """An input of a medium that can be edited on the page."""

    noun: ClassVar[str]
    """What a message calls the medium: "picture"."""
    media_type: ClassVar[str]
    """Such as "image/*"."""
    fields: ClassVar[frozenset[str]]
    """The keys of its raw value."""
    edit_union: ClassVar[Any]
    """The records of its edits."""
    tools: tuple[str, ...]
    """The edits that the script offers, by their `op`."""
    hiding: ClassVar[str | None] = None
    """The edit, by its `op`, by which the host itself hides parts of the medium; it is taken from nobody else."""

    @abstractmethod
    def thumbnail(self, raw: dict[str, Json], blobs: Blobs) -> bytes:
        """Return a small picture that stands for an example."""

    def checked_file(self, raw: Json, blobs: Blobs, *, others: tuple[str, ...] = ()) -> tuple[Path, str]:
        """Check the part of a raw value from the wire that all media have; return its blob's path and its file name.

        Args:
            raw: The value.
            blobs: The session's store.
            others: Fields with further digests, or lists of them, that must be there; None is none.

        Raises:
            InvalidValue: If it is no value of this input, or its files are not the session's.
        """
        if not isinstance(raw, dict) or not raw.keys() >= {"blob", "name"} or raw.keys() - self.fields - {"size_bytes"}:
            raise refused(self, raw, f"a {self.noun} that was uploaded for it")
        if not isinstance(raw["name"], str):
            raise refused(self, raw["name"], "a file name that is text")
        path = blob_path(raw["blob"], blobs)
        digests = [digest for field in others if (digest := raw.get(field)) is not None]
        flat = [one for digest in digests for one in (digest if isinstance(digest, list) else [digest])]
        if path is None or any(blob_path(digest, blobs) is None for digest in flat):
            raise InvalidValue(f"The {self.noun} of “{name_of(self)}” is no longer here. Upload it again.")
        return path, safe_name(raw["name"])

    def edits_of(self, raw: dict[str, Json], *, offered: bool = False) -> list[Any]:
        """Return the edits of a raw value as records; with `offered`, only such as the script offers are taken.

        Raises:
            InvalidValue: If one cannot be made.
        """
        return checked_edits(name_of(self), raw.get("edits", []), self.edit_union, self.tools if offered else None)

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        # Runs in every run: the file was checked when it was set, and need only still be there.
        if not isinstance(raw, dict) or raw.keys() != self.fields or blob_path(raw["blob"], blobs) is None:
            return self.accept(raw, blobs), None
        left = [edit for edit in raw["edits"] if edit["op"] in self.tools or edit["op"] == self.hiding]
        if len(left) == len(raw["edits"]):
            return raw, None
        gone = dict.fromkeys(edit["op"] for edit in raw["edits"] if edit["op"] not in self.tools)
        return {**raw, "edits": left}, f"Edits that are no longer offered were left out: {', '.join(gone)}."

    def original(self, raw: Json) -> Json:
        return {**raw, "edits": []} if raw is not None else None

    def playable_of(self, raw: Json) -> str | None:
        if raw is None or self.media_type.startswith("image/"):
            return None
        return raw["preview"] or raw["blob"]  # type: ignore[no-any-return]

    def raw_of(self, uploaded: Uploaded) -> Json:
        return {field: value for field, value in super().raw_of(uploaded).items() if field in self.fields}

    def value_schema(self) -> Schema:
        return file_schema(titles_of(self), named=False, media_type=self.media_type)

    def plain_default(self) -> Json:
        return None

    def plain_examples(self) -> list[Json]:
        return [{"example": title} for title in titles_of(self)]

    def sample(self) -> Any:
        return next((edge.given for edge in self.edges()), None)

    def from_json(self, given: Json, blobs: Blobs) -> Json:
        return sent_file(self, given, blobs)

    def from_words(self, text: str) -> Json:
        return text

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json | list[tuple[Path, str]]:
        if isinstance(given, dict):
            return given
        if isinstance(given, (str, Path)):
            path = existing(Path(given))
            return [(path, path.name)]
        return file_to_send(cls().encode(given, blobs), blobs)

    def from_text(self, text: str) -> Any:
        return Path(text.removeprefix("@"))

    def is_one(self, examples: Any) -> bool:
        """Return True if what was passed as `examples` is a single one, which could be taken for a list."""
        return False

    def examples_given(self) -> list[tuple[str | None, Any]]:
        if self.is_one(self.examples):
            raise ScriptError(
                f"{self.kind}(examples={describe(self.examples)}): a list of paths, a folder, or a mapping of text to "
                "path is expected.",
                hint=f"One {self.noun} is a list of one: examples=[{self.noun}].",
            )
        listed = super().examples_given()
        return [(label or f"Example {number}", given) for number, (label, given) in enumerate(listed, 1)]

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        raw = self.encode_option("examples", given, blobs)
        return Example(label=label or raw["name"], value=raw, thumbnail=blobs.put(self.thumbnail(raw, blobs)))
