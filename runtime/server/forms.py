"""Multipart forms, read piece by piece while they arrive: files go to disk, fields are short."""

import os
import tempfile
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import BinaryIO

_LARGEST_HEAD_BYTES = 8 << 10
_LARGEST_FIELD_BYTES = 1 << 20
_MOST_PARTS = 200
_LONGEST_NAME = 200


class BadForm(Exception):
    """The body is no multipart form; the message says why."""


class FormTooLarge(Exception):
    """A part is larger than is taken; the message says how large it may be."""


@dataclass(slots=True)
class Form:
    """What a form holds, in its order.

    Attributes:
        fields: Names and texts.
        files: Names of fields, where the file lies now, and its own name.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, Path, str]] = field(default_factory=list)

    def delete(self) -> None:
        """Delete the files."""
        for _, path, _ in self.files:
            path.unlink(missing_ok=True)


class FormReader:
    """Reads one form.

    Args:
        boundary: What stands between its parts, from the request's content type.
        most_bytes: Size limit of one file.
    """

    def __init__(self, boundary: bytes, most_bytes: int) -> None:
        self.form = Form()
        self._delimiter = b"\r\n--" + boundary
        self._most_bytes = most_bytes
        self._buffer = bytearray(b"\r\n")  # the first delimiter may stand at the very beginning
        self._at = "before"
        self._file: BinaryIO | None = None
        self._text = bytearray()
        self._name = ""
        self._size_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the body.

        Raises:
            BadForm: If it cannot be read.
            FormTooLarge: If a part is too large.
            OSError: If the disk is full.
        """
        self._buffer += chunk
        while self._step():
            pass

    def end(self) -> Form:
        """Return the whole form.

        Raises:
            BadForm: If its end is missing.
        """
        if self._at != "after":
            raise BadForm("The form ends before its last part does.")
        return self.form

    def discard(self) -> None:
        """Delete what has arrived."""
        self._close()
        self.form.delete()

    def _step(self) -> bool:
        """Take one thing from the buffer. Return False if more must arrive first."""
        if self._at == "after":
            self._buffer.clear()
            return False
        if self._at == "between":
            return self._next_part()
        if self._at == "head":
            return self._head()
        found = self._buffer.find(self._delimiter)
        if found < 0:
            self._take(max(0, len(self._buffer) - len(self._delimiter) + 1))
            return False
        self._take(found)
        del self._buffer[: len(self._delimiter)]
        self._end_part()
        self._at = "between"
        return True

    def _next_part(self) -> bool:
        if len(self._buffer) < 2:
            return False
        mark = bytes(self._buffer[:2])
        if mark == b"--":
            self._at = "after"
        elif mark == b"\r\n":
            self._at = "head"
        else:
            raise BadForm("What follows a boundary of the form is neither a part nor its end.")
        if self._at == "head":
            del self._buffer[:2]
        return True

    def _head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end > _LARGEST_HEAD_BYTES or (end < 0 and len(self._buffer) > _LARGEST_HEAD_BYTES):
            raise BadForm("The headers of a part are too long.")
        if end < 0:
            return False
        headers = HeaderParser().parsestr(self._buffer[:end].decode("utf-8", "replace"))
        del self._buffer[: end + 4]
        self._begin_part(headers)
        self._at = "part"
        return True

    def _begin_part(self, headers: Message) -> None:
        name = headers.get_param("name", header="content-disposition")
        if headers.get_content_disposition() != "form-data" or not isinstance(name, str) or not name:
            raise BadForm("A part of the form has no name.")
        if len(self.form.fields) + len(self.form.files) >= _MOST_PARTS:
            raise BadForm(f"The form has more than {_MOST_PARTS} parts.")
        self._name, self._size_bytes = name, 0
        file_name = headers.get_filename()
        if file_name is not None:
            file_name = Path(file_name.replace("\\", "/")).name[:_LONGEST_NAME] or "file"
            handle, path = tempfile.mkstemp(prefix="modelapp-")
            self._file = os.fdopen(handle, "wb")
            self.form.files.append((name, Path(path), file_name))

    def _take(self, count: int) -> None:
        if not count:
            return
        piece = self._buffer[:count]
        del self._buffer[:count]
        if self._at == "before":
            return
        self._size_bytes += count
        limit = _LARGEST_FIELD_BYTES if self._file is None else self._most_bytes
        if self._size_bytes > limit:
            what = "A field" if self._file is None else "A file"
            raise FormTooLarge(f"{what} is too large: at most {limit >> 20} MB are taken here.")
        if self._file is None:
            self._text += piece
        else:
            self._file.write(piece)

    def _end_part(self) -> None:
        if self._at == "before":
            return
        if self._file is None:
            try:
                self.form.fields.append((self._name, self._text.decode()))
            except UnicodeDecodeError:
                raise BadForm(f"The field {self._name!r} is no UTF-8 text.") from None
            self._text = bytearray()
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
