"""Bytes of files and pipes: unpacked where gzip compressed them, and never more than a limit."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import BinaryIO, Protocol

#: Bytes that compressed input may become where no other limit is given: 100 kB can become 100 MB,
#: and what nobody expects should not fill the memory.
LARGEST_UNPACKED = 2_000_000_000
#: What begins a file that gzip wrote (RFC 1952).
GZIP = b"\x1f\x8b"


class Readable(Protocol):
    """Anything that hands out bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        ...


class TooLargeError(Exception):
    """The input has more bytes than it may; its argument is the limit."""


class DamagedError(Exception):
    """The compressed bytes cannot be unpacked; its argument says why."""


class Bytes:
    """The bytes of a stream, unpacked if they are compressed, counted against a limit.

    Parameters
    ----------
    stream : readable
    most : int, optional
        Bytes that may be handed out; without it any number that is not compressed, and
        ``LARGEST_UNPACKED`` of those that are.

    Examples
    --------
    >>> packed = gzip.compress(b"1 2 3")
    >>> Bytes(io.BytesIO(packed)).read(), Bytes(io.BytesIO(b"1 2 3")).read()
    (b'1 2 3', b'1 2 3')
    """

    def __init__(self, stream: Readable, most: int | None = None) -> None:
        self._stream = stream
        self._most = most
        self._given = 0
        self._begun = False

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, none at the end.

        Raises
        ------
        TooLargeError
            There are more than the limit.
        DamagedError
            The compressed bytes are cut off or changed.
        """
        try:
            data = self._stream.read(size) if self._begun else self._first(size)
        except EOFError:
            raise DamagedError("they end too early") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DamagedError(str(error)) from None
        self._given += len(data)
        if self._most is not None and self._given > self._most:
            raise TooLargeError(self._most)
        return data

    def _first(self, size: int) -> bytes:
        self._begun = True
        head = self._stream.read(size)
        if not head.startswith(GZIP):
            return head
        if self._most is None:
            self._most = LARGEST_UNPACKED
        packed: BinaryIO = io.BufferedReader(_After(head, self._stream))
        self._stream = gzip.GzipFile(fileobj=packed)
        return self._stream.read(size)


class _After(io.RawIOBase):
    """Bytes that were read already, and then the rest of their stream."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """Return True: this is for reading alone."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer as far as there are bytes, and return how many these are."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._head[: len(view)] or self._rest.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(data)] = data
        return len(data)
