"""A file to download."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.json_schema import FILE, Schema
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps
from modelapp.widgets._files import safe_name


class FileOutputProps(OutputProps, frozen=True, kw_only=True, tag="file_output"):
    """A file to download."""

    blob: str
    name: str
    size_bytes: int


class FileOutput(Output):
    """A file to download. See `file_output`."""

    kind = "file_output"

    def __init__(
        self, data: bytes | str | Path, name: str | None = None, label: str | None = None, *, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        self.data = _checked_data(data)
        if name is None and not isinstance(data, Path):
            raise ScriptError(
                "file_output(…): bytes and text need a name to be downloaded under.",
                hint='For example file_output(data, "report.csv").',
            )
        self.name = safe_name(name if name is not None else self.data.name)  # type: ignore[union-attr]

    def props(self, blobs: Blobs) -> FileOutputProps:
        size_bytes = self.data.stat().st_size if isinstance(self.data, Path) else len(self.data)
        return FileOutputProps(label=self.label, blob=blobs.put(self.data), name=self.name, size_bytes=size_bytes)

    @classmethod
    def schema(cls) -> Schema:
        return FILE

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> bytes:
        return content(value)[1]

    def result(self) -> bytes | Path:
        return self.data

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        return keep(self.name, self.data)


def _checked_data(data: Any) -> bytes | Path:
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if not isinstance(data, Path):
        raise ScriptError(
            f"file_output({describe(data)}): bytes, text or a pathlib.Path is expected.",
            hint='For a table: file_output(frame.to_csv(), "table.csv"). For a file: file_output(Path("model.onnx")).',
        )
    if not data.is_file():
        problem = "is a folder" if data.is_dir() else "does not exist"
        raise ScriptError(f"file_output({str(data)!r}): it {problem}.", hint="Pass the path of a file that exists.")
    return data


def file_output(
    data: bytes | str | Path, name: str | None = None, *, label: str | None = None, key: str | None = None
) -> None:
    """Offer a file for download.

    Args:
        data: Its content, as bytes or as text (written as UTF-8); or a pathlib.Path of a file. A str is content, never
            a path.
        name: File name to download it under; None takes a path's own.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "file".

    Raises:
        ScriptError: If the file does not exist, or content comes without a name.

    Example:
        >>> import modelapp as ma
        >>> ma.file_output("name,age\\nAda,36\\n", "people.csv")
    """
    current_run().show(FileOutput(data, name, label, key=key))
