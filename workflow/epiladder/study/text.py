"""The bytes of a text file as UTF-8: unpacked, without its mark, decoded as the plan says or as they show.

Bytes that are no UTF-8 are nearly always Windows-1252, of which Latin-1's letters are a part: they are read so, and the
reader says so, since only letters outside of ASCII hang on it.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from epiladder.errors import DataError, DiskError
from epiladder.study.memory import refuse_too_large

SIGNATURES = {
    b"PK\x03\x04": "is a workbook or an archive, not text; save the sheet as CSV UTF-8",
    b"PK\x05\x06": "is a workbook or an archive, not text; save the sheet as CSV UTF-8",
    b"PAR1\x15": "is a Parquet file; give it the ending .parquet",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook, not text; save the sheet as CSV UTF-8",
    b"\x1f\x8b": "is compressed by gzip; give it the ending .gz",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd; unpack it first",
    b"BZh": "is compressed by bzip2; unpack it first",
    b"\xff\xfe\0\0": "is UTF-32 text; save it as CSV UTF-8, or write `data: {encoding: utf-32}`",
    b"\xff\xfe": "is UTF-16 text; save it as CSV UTF-8, or write `data: {encoding: utf-16}`",
    b"\xfe\xff": "is UTF-16 text; save it as CSV UTF-8, or write `data: {encoding: utf-16}`",
    b"<stata": "is a Stata file; give it the ending .dta",
    b"$FL2": "is an SPSS file; give it the ending .sav",
    b"version https://git-lfs": "stands for a file in Git LFS; fetch the file itself (`git lfs pull`)",
    b"<!doctype": "is a web page, perhaps one that asks for a password; download the file itself",
    b"<html": "is a web page, perhaps one that asks for a password; download the file itself",
    b"%pdf": "is a PDF, not a table; ask for the table itself",
    b"<?xml": "is XML, not a table; save it as CSV",
    b"{\\rtf": "is a text of a word processor, not a table; save it as CSV",
    b"sqlite format 3": "is a SQLite database; write `data: {database: sqlite:///..., query: ...}`",
    b"arrow1\0": "is an Arrow or Feather file; save it as Parquet",
    b"rdx2\n": "is a file of R; write it there as CSV or Parquet",
    b"rdx3\n": "is a file of R; write it there as CSV or Parquet",
    b"\xfd7zxz": "is compressed by xz; unpack it first",
    b"[{": "is JSON, not a table; save it as CSV",
    b'{"': "is JSON, not a table; save it as CSV",
}
MARK = b"\xef\xbb\xbf"
WINDOWS = "windows-1252"
BYTES_A_BYTE = 5  # of memory for each byte of text, until its cells are typed columns
CHUNK = 1 << 24


@dataclass(frozen=True)
class Text:
    """content: UTF-8 without a mark, lines ended by newlines. guessed: None, or line and words that hang on a guess."""

    content: bytes
    guessed: tuple[int, str] | None = None


def read_text(path: Path, encoding: str | None) -> Text:
    """Read a file, unpacked where its name ends in .gz.

    Raises DataError for a file that cannot be read, is none of text, is empty or too large for the machine.
    """
    content = _unpacked(path) if path.name.lower().endswith(".gz") else _plain(path)
    if encoding is None:
        start = content[:64].lower()
        for signature, said in SIGNATURES.items():
            if content.startswith(signature) or start.lstrip().startswith(signature):
                raise DataError(f"{path}: {said}.")
    made = _decoded(path, content, encoding)
    if not made.content or made.content.isspace():
        raise DataError(f"{path}: is empty. It needs a header and rows.")
    if b"\0" in made.content:
        line = made.content[: made.content.index(b"\0")].count(b"\n") + 1
        raise DataError(f"{path}:{line}: holds bytes of zero, so it is no text or was damaged. Save it as CSV UTF-8.")
    return Text(_with_newlines(made.content), made.guessed)


def _with_newlines(content: bytes) -> bytes:
    """Lines ended by newlines, also where a file of old Macs, or a part of one, ends them by returns alone."""
    if b"\r" not in content or content.count(b"\r") == content.count(b"\r\n"):
        return content
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _plain(path: Path) -> bytes:
    try:
        refuse_too_large(path, path.stat().st_size * BYTES_A_BYTE)
        return path.read_bytes()
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror}).") from None


def _unpacked(path: Path) -> bytes:
    parts, size = [], 0
    try:
        with gzip.open(path) as file:
            while part := file.read(CHUNK):
                parts.append(part)
                size += len(part)
                refuse_too_large(path, size * (BYTES_A_BYTE - 1))
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DiskError(f"{path}: cannot be read ({error.strerror}).") from None
        raise DataError(f"{path}: cannot be unpacked ({str(error) or type(error).__name__}).") from None
    return b"".join(parts)


def _decoded(path: Path, content: bytes, encoding: str | None) -> Text:
    if encoding is not None:
        try:
            return Text(content.decode(encoding).removeprefix("\ufeff").encode("utf-8"))
        except (UnicodeError, LookupError) as error:
            reason = str(error) if isinstance(error, LookupError) else f"at byte {getattr(error, 'start', 0)}"
            raise DataError(f"{path}: is not text of the encoding `{encoding}` ({reason}; `data: encoding`).") from None
    content = content.removeprefix(MARK)
    if content.isascii():  # known in a fraction of the time of decoding
        return Text(content)
    try:
        content.decode("utf-8")
        return Text(content)
    except UnicodeDecodeError as error:
        start = error.start
    try:
        text = content.decode(WINDOWS)
    except UnicodeDecodeError:
        line = content[:start].count(b"\n") + 1
        raise DataError(
            f"{path}:{line}: is not UTF-8 text. Save it as CSV UTF-8, or name its encoding (`data: encoding`)."
        ) from None
    line = content[:start].count(b"\n") + 1
    word = text[:start].rsplit("\n", 1)[-1][-12:] + text[start : start + 12].split("\n", 1)[0]
    return Text(text.encode("utf-8"), (line, word.strip()))
