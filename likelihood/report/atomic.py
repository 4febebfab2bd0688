"""Files and folders that are written whole or not at all (level 9).

A reader sees the old content or the new, never a part; a writer that is killed leaves the old.
New names are made with exclusive creation, so a planted symbolic link is never followed, and
with the modes that the umask asks for.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_text(path: Path | str, text: str) -> None:
    """Write text as UTF-8 with its line ends as they are, replacing the file at ``path``.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as an escape.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "note.txt", "one")
    ...     write_text(Path(folder) / "note.txt", "two")
    ...     [(path.name, path.read_text()) for path in Path(folder).iterdir()]
    [('note.txt', 'two')]
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write bytes, replacing the file at ``path``; a link there is replaced, not followed."""
    target = Path(path)
    temporary = _sibling(target)
    # O_EXCL refuses a name that exists, links included; 0o666 is what the umask cuts down.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        # The temporary name is nothing that the caller has heard of.
        raise OSError(error.errno, error.strerror, str(target)) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(target.parent)


@contextmanager
def replaced_folder(path: Path | str) -> Iterator[Path]:
    """Give an empty folder to fill, which takes the place of ``path`` when the block ends well.

    If the block raises, it is removed and ``path`` is as it was.  What ``path`` held before
    is removed at the end: who calls must know that it may be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     target = Path(parent) / "report"
    ...     with replaced_folder(target) as folder:
    ...         write_text(folder / "a.txt", "a")
    ...         target.exists()
    ...     [path.name for path in target.iterdir()]
    False
    ['a.txt']
    """
    target = Path(path)
    temporary = _sibling(target)
    os.mkdir(temporary)
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        _sync(temporary)
        _exchange(temporary, target)
    finally:
        # What is here now is the old folder after an exchange, the new one after a failure.
        shutil.rmtree(temporary, ignore_errors=True)
    _sync(target.parent)


def _exchange(new: Path, target: Path) -> None:
    """Put ``new`` in the place of ``target``, and what was there, if anything, in its own."""
    if not target.exists():
        os.rename(new, target)
        return
    if _exchanged_at_once(new, target):
        return
    # Without an exchange there is an instant with no folder at the target, and a writer killed
    # in that instant leaves the old one whole beside it.
    old = _sibling(target)
    os.rename(target, old)
    try:
        os.rename(new, target)
    except BaseException:
        os.rename(old, target)
        raise
    os.rename(old, new)


def _exchanged_at_once(one: Path, other: Path) -> bool:
    """Return whether Linux exchanged two folders in a single step; Python has no call for it."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    done: int = rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE)
    return done == 0


def _sibling(path: Path) -> Path:
    """Return a name in the same folder, and so on the same file system, that nobody has."""
    return path.with_name(f".likelihood-{secrets.token_hex(8)}.tmp")


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        # Some network file systems do not sync folders, and the files are written all the same.
        pass
    finally:
        os.close(handle)
