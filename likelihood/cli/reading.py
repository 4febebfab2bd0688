"""Bytes to text: files and pipes, encodings, pieces with line numbers, errors with a place.

What reads tokens and columns is strict: a value that is not understood is an error naming it
and its line, because a value that is skipped or guessed becomes a wrong estimate without a word.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from likelihood.cli.unpacking import Bytes, DamagedError, Readable, TooLargeError
from likelihood.errors import DataError
from likelihood.report.labels import label

#: Characters that one token, or one field of a CSV, may have.
LONGEST_FIELD = 1_000_000
#: Characters that one line may have where lines matter; a wide table has long ones.
LONGEST_LINE = 64_000_000
#: Bytes read at a time: a pipe is never held whole.
PIECE = 1 << 18
#: What files begin with that are no text in UTF-8, and what to do about it.
_SIGNATURES = (
    (b"\xff\xfe", "UTF-16, as some programs of Windows write it", "add --encoding utf-16"),
    (b"\xfe\xff", "UTF-16", "add --encoding utf-16"),
    (b"PK\x03\x04", "a workbook or a zip archive", "save the sheet as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old workbook", "save the sheet as CSV in UTF-8"),
    (b"BZh91AY&SY", "compressed by bzip2", "unpack it first, for example with bunzip2"),
    (b"\xfd7zXZ\0", "compressed by xz", "unpack it first, for example with unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it first, for example with unzstd"),
    (b"PAR1", "a Parquet file", "name the file of a table; a sample is read from text"),
)
#: Whole numbers up to here are doubles exactly.
LARGEST_COUNT = 2**53


class InputError(DataError):
    """The input cannot be used; ``hint`` says what to do about it.

    Examples
    --------
    >>> InputError("the input is empty", "name another file").hint
    'name another file'
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Source:
    """Bytes to read, the name that messages call them by, and their encoding."""

    stream: Readable
    name: str
    encoding: str = "utf-8-sig"

    def error(self, message: str, line: int | None = None, hint: str = "") -> InputError:
        """Return an error that ends with the place it is about."""
        place = self.name if line is None else f"{self.name}, line {line}"
        return InputError(f"{message} ({place})", hint)


@contextmanager
def opened(
    path: str | None, encoding: str = "utf-8-sig", most: int | None = None
) -> Iterator[Source]:
    """Yield the bytes of a local file, or of standard input for ``-`` or None.

    What gzip compressed is unpacked.

    Parameters
    ----------
    path : str or None
    encoding : str
    most : int, optional
        The most bytes, counted unpacked.

    Raises
    ------
    InputError
        There is no such file, it cannot be read, or the path is a URL.
    """
    if path is None or path == "-":
        if sys.stdin is None:
            raise InputError("standard input is closed", "name a file")
        yield Source(Bytes(sys.stdin.buffer, most), "standard input", encoding)
        return
    if not path:
        raise InputError("the name of the file is empty", "'-' is standard input")
    refuse_url(path)
    try:
        stream = Path(path).open("rb")
    except FileNotFoundError:
        raise InputError(
            f"there is no file {shown(path)}", "check the path; '-' is standard input"
        ) from None
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be read: {reason(error)}") from None
    with stream:
        yield Source(Bytes(stream, most), label(path), encoding)


def refuse_url(path: str) -> None:
    """Refuse a path that is an address on a network.

    Raises
    ------
    InputError
        It has a scheme.

    Examples
    --------
    >>> refuse_url("rolls.txt")
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path):
        raise InputError(
            f"{shown(path)} is a URL, and nothing is fetched from a network",
            "download it first, or pipe it in",
        )


def pieces(source: Source, by_line: bool = False) -> Iterator[tuple[int, str]]:
    r"""Yield (line number, text) pieces that end where a line or, failing that, a token ends.

    Line ends of every system become ``\n``, and a byte order mark is dropped.

    Parameters
    ----------
    by_line : bool
        Never end inside a line.

    Raises
    ------
    InputError
        The bytes are not in the encoding, hold a NUL, or go on too long without a separator.

    Examples
    --------
    >>> import io
    >>> list(pieces(Source(io.BytesIO(b"1\r\n2\r\n3"), "rolls")))
    [(1, '1\n2\n'), (3, '3')]
    """
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(source.encoding)(), translate=True
    )
    line, rest, begun, ended = 1, "", False, False
    while not ended:
        data = _read(source)
        ended = not data
        if not begun:
            _refuse_binary(source, data)
        try:
            text = rest + decoder.decode(data, final=ended)
        except UnicodeError as error:
            raise _undecodable(source, error, line) from None
        if text and not begun:
            text, begun = text.removeprefix("\ufeff"), True
        if "\0" in text:
            raise source.error(
                "a NUL character: this is no text, or its encoding is not "
                f"{_encoding_name(source.encoding)}",
                line + text.count("\n", 0, text.index("\0")),
                "name the encoding, for example --encoding utf-16",
            )
        end = len(text) if ended else text.rfind("\n") + 1
        if not end and not by_line:
            end = max(map(text.rfind, " ,\t")) + 1
        if not end and len(text) > (LONGEST_LINE if by_line else LONGEST_FIELD):
            raise source.error(
                f"{len(text):,} characters without a {'line end' if by_line else 'separator'}",
                line, "check that this is the right file",
            )  # fmt: skip
        if end:
            yield line, text[:end]
            line += text.count("\n", 0, end)
        rest = text[end:]


def shown(value: str) -> str:
    r"""Return a stranger's text in quotes, short, its control characters escaped.

    Examples
    --------
    >>> print(shown("x"), shown("it's"), shown("\x1b[31m"))
    'x' "it's" '\x1b[31m'
    """
    text = label(value)
    return f'"{text}"' if "'" in text and '"' not in text else f"'{text}'"


def listed(values: Sequence[str], separator: str = ",") -> str:
    """Return up to a dozen values as one visible line.

    Examples
    --------
    >>> listed(["1", "2", "3"])
    '1,2,3'
    """
    more = f"{separator}..." if len(values) > 12 else ""
    return separator.join(map(label, values[:12])) + more


def counted(size: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(2000, "toss", "tosses")
    ('1 row', '2,000 tosses')
    """
    return f"{size:,} {noun if size == 1 else plural or f'{noun}s'}"


def reason(error: OSError) -> str:
    """Return why the system refused, in its own words.

    Examples
    --------
    >>> reason(PermissionError(13, "Permission denied"))
    'permission denied'
    """
    return (error.strerror or str(error)).lower()


def _read(source: Source) -> bytes:
    try:
        return source.stream.read(PIECE)
    except TooLargeError as error:
        raise source.error(
            f"the input has more than {error.args[0]:,} bytes",
            hint="check that this is the right file; a table takes more with --max-bytes",
        ) from None
    except DamagedError as error:
        raise source.error(
            f"the input is compressed by gzip, and cannot be unpacked: {error}",
            hint="fetch or compress the file again",
        ) from None
    except OSError as error:
        raise InputError(f"{shown(source.name)} cannot be read: {reason(error)}") from None


def _refuse_binary(source: Source, data: bytes) -> None:
    """Raise for a file that is no text, with advice that its first wrong byte could not give."""
    if _encoding_name(source.encoding) != "utf-8":
        return
    for signature, what, advice in _SIGNATURES:
        if data.startswith(signature):
            raise source.error(f"this is {what}, and no text in utf-8", hint=advice)


def _undecodable(source: Source, error: UnicodeError, line: int) -> InputError:
    hint = "name the encoding, for example --encoding latin-1"
    name = _encoding_name(source.encoding)
    if not isinstance(error, UnicodeDecodeError):
        return source.error(f"the input is not {name}: {error}", line, hint)
    line += error.object.count(b"\n", 0, error.start)
    return source.error(f"the byte 0x{error.object[error.start]:02x} is not {name}", line, hint)


def _encoding_name(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
