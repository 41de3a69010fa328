"""What a bulk run has done so far, on disk: a line of JSON for each case, so that a run which was killed can go on.

A line that is there whole is an answer that is kept; one that was cut off is dropped, and its case is run again. Lines
reach the disk at once as far as other processes are concerned, and in batches as far as a power cut is.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import Json
from modelapp.model.engines.threads import Answer, Fault

_SYNC_SECONDS = 1.0


class Header(msgspec.Struct, frozen=True):
    """What the answers in a journal depend on."""

    script: str
    """Digest of the script and the local modules that it imports."""
    cases: str
    """Digest of the keys of all cases."""
    count: int
    format: int = 1


class Entry(msgspec.Struct, frozen=True):
    """An answer as it is kept."""

    position: int
    key: str
    outputs: dict[str, Json]
    seconds: float
    fault: Fault | None
    files: dict[str, int]
    """Sizes of its files in bytes, by their paths relative to the results."""


class Journal:
    """The journal of one bulk run, and the files of its answers.

    Args:
        out: Where the results will be; the journal lies beside it.
        header: What the answers depend on.
        restart: True to begin anew, whatever there is.

    Raises:
        InvalidValue: If there is a journal of another script or other cases.
        EnvironmentFault: If another process writes it, or it cannot be written.
    """

    def __init__(self, out: Path, header: Header, *, restart: bool = False) -> None:
        self.path = out.with_name(out.name + ".journal")
        self.folder = out.with_name(out.stem + "_files")
        self.offsets: dict[int, int] = {}
        """Where the line of each case begins."""
        self._unsynced: list[Path] = []
        self._synced = time.monotonic()
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as fault:
            raise _cannot(self.path, fault) from fault
        try:
            self._lock()
            self._end = 0 if restart else self._take_up(header)
            os.ftruncate(self._file, self._end)
            if not self._end:
                self._append(msgspec.json.encode(header))
        except BaseException:
            self.close()
            raise

    @property
    def done(self) -> int:
        """How many cases have an answer."""
        return len(self.offsets)

    def add(self, answer: Answer, key: str) -> Entry:
        """Keep an answer, its files first.

        Raises:
            EnvironmentFault: If the disk is full, say; what was kept before stays whole.
        """
        names = {name: f"{self.folder.name}/{answer.position + 1:06d}_{name}" for name in answer.files}
        for name, content in answer.files.items():
            self._keep(self.folder.parent / names[name], content)
        entry = Entry(
            answer.position,
            key,
            {name: _renamed(output, names) for name, output in answer.outputs.items()},
            answer.seconds,
            answer.fault,
            {names[name]: len(content) for name, content in answer.files.items()},
        )
        self.offsets[answer.position] = self._append(msgspec.json.encode(entry))
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()
        return entry

    def sync(self) -> None:
        """Let everything so far outlast a power cut."""
        try:
            for path in self._unsynced:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            os.fsync(self._file)
        except OSError as fault:
            raise _cannot(self.path, fault) from fault
        self._unsynced.clear()
        self._synced = time.monotonic()

    def entries(self) -> Iterator[Entry]:
        """Yield what is kept, in the order of the cases."""
        with self.path.open("rb") as file:
            for position in sorted(self.offsets):
                file.seek(self.offsets[position])
                yield msgspec.json.decode(file.readline(), type=Entry)

    def remove(self) -> None:
        """Delete the journal, whose results are kept elsewhere by now; files of answers stay."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the file; what is in it stays. Can be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # ------------------------------------------------------------ the file

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EnvironmentFault(f"Another run writes {str(self.path)!r} now.") from None

    def _take_up(self, header: Header) -> int:
        """Learn what is kept; return where the whole lines end."""
        with self.path.open("rb") as file:
            first = file.readline()
            if not first.endswith(b"\n"):
                return 0  # it was killed before it had begun
            self._compare(first, header)
            end = file.tell()
            for line in file:
                try:
                    entry = msgspec.json.decode(line, type=Entry)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    break
                if not line.endswith(b"\n"):
                    break
                if entry.position not in self.offsets and self._has_files(entry):
                    self.offsets[entry.position] = end
                end += len(line)
        return end

    def _compare(self, line: bytes, header: Header) -> None:
        try:
            kept = msgspec.json.decode(line, type=Header)
        except msgspec.DecodeError:
            kept = None
        hint = "Pass --restart to begin anew, or another --out."
        if kept is None or kept.format != header.format:
            raise InvalidValue(f"{str(self.path)!r} is no journal that can be read here.", hint=hint)
        if kept.script != header.script:
            raise InvalidValue(f"The script has changed since {str(self.path)!r} was begun.", hint=hint)
        if kept.cases != header.cases:
            was = "" if kept.count == header.count else f": it was of {kept.count:,}, and there are {header.count:,}"
            raise InvalidValue(f"The cases have changed since {str(self.path)!r} was begun{was}.", hint=hint)

    def _has_files(self, entry: Entry) -> bool:
        try:
            return all((self.folder.parent / name).stat().st_size == size for name, size in entry.files.items())
        except OSError:
            return False

    def _append(self, line: bytes) -> int:
        """Write a line at the end, whole or not at all; return where it begins."""
        begin, rest = self._end, memoryview(line + b"\n")
        try:
            place = begin
            while rest:
                written = os.pwrite(self._file, rest, place)
                place, rest = place + written, rest[written:]
        except OSError as fault:
            os.ftruncate(self._file, begin)
            raise _cannot(self.path, fault) from fault
        self._end = place
        return begin

    def _keep(self, path: Path, content: bytes) -> None:
        passing = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            passing.write_bytes(content)
            passing.replace(path)
        except OSError as fault:
            passing.unlink(missing_ok=True)
            raise _cannot(path, fault) from fault
        self._unsynced.append(path)


def _renamed(output: Json, names: dict[str, str]) -> Json:
    if isinstance(output, dict) and output.keys() == {"file", "size_bytes"}:
        return {**output, "file": names[output["file"]]}
    return output


def _cannot(path: Path, fault: OSError) -> EnvironmentFault:
    return EnvironmentFault(f"{str(path)!r} cannot be written: {fault.strerror or fault}.")
