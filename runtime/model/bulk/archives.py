"""Zip files from anybody: unpacked into a folder of their own, and nowhere else."""

import shutil
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import utime
from pathlib import Path, PurePosixPath, PureWindowsPath

from modelapp.core.errors import EnvironmentFault, InvalidValue

BYTE_LIMIT = 20_000_000_000
FILE_LIMIT = 200_000
_CHUNK_BYTES = 1 << 20


@contextmanager
def unpacked(path: Path, *, byte_limit: int = BYTE_LIMIT, file_limit: int = FILE_LIMIT) -> Iterator[Path]:
    """Unpack a zip into a folder that is deleted at the end of the block.

    Raises:
        InvalidValue: If it is no zip, is damaged, holds too much, or holds a link or a path that leads out of it.
        EnvironmentFault: If there is no room for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="modelapp-cases-"))
    try:
        _unpack(path, folder, byte_limit, file_limit)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, folder: Path, byte_limit: int, file_limit: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > file_limit:
                raise InvalidValue(f"{path.name!r} holds {len(members):,} files: at most {file_limit:,} are taken.")
            room = byte_limit
            for member in members:
                target = folder / _safe(member, path.name)
                room -= _copy(archive, member, target, room, path.name, byte_limit)
    except FileNotFoundError:
        raise InvalidValue(f"There is no file {str(path)!r}.") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as fault:
        raise InvalidValue(f"{path.name!r} cannot be unpacked: {fault}.") from fault
    except OSError as fault:
        raise EnvironmentFault(f"{path.name!r} cannot be unpacked: {fault.strerror or fault}.") from fault


def _safe(member: zipfile.ZipInfo, name: str) -> PurePosixPath:
    inner = PurePosixPath(member.filename.replace("\\", "/"))
    leads_out = inner.is_absolute() or ".." in inner.parts or PureWindowsPath(member.filename).drive
    if leads_out or not inner.parts or "\0" in member.filename:
        raise InvalidValue(f"{name!r} holds the path {member.filename!r}, which leads out of it: nothing is unpacked.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise InvalidValue(f"{name!r} holds {member.filename!r}, which is a link or no plain file.")
    return inner


def _copy(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int, name: str, byte_limit: int
) -> int:
    """Unpack one file; return its size, which is counted, since what an archive says of itself may be a lie."""
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(member) as packed, target.open("xb") as file:
            while chunk := packed.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > room:
                    raise InvalidValue(f"{name!r} unpacks to more than {byte_limit / 1e9:g} GB, which is too large.")
                file.write(chunk)
    except FileExistsError:
        raise InvalidValue(f"{name!r} holds {member.filename!r} twice.") from None
    made = time.mktime((*member.date_time, 0, 0, -1))
    utime(target, (made, made))  # the same at each unpacking: a run that goes on knows its cases by it
    return size
