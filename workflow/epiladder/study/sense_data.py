"""Whether a plan says where its data lie: files of known formats or one query, with choices that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from epiladder.study.addresses import address_faults, is_address
from epiladder.study.data_keys import ALONE, Data
from epiladder.study.faults import Fault
from epiladder.study.names import suggestion
from epiladder.study.plan import Plan
from epiladder.study.scalars import shown
from epiladder.study.sources import (
    DELIMITED,
    FORMATS,
    LABELLED,
    NAMED_DELIMITERS,
    PLACEHOLDER,
    format_of,
    is_pattern,
)

PASSWORD = re.compile(r"^[^:]+://[^/@]*:(?P<word>[^@/]*)@|[?&;](?:password|pwd)=(?P<said>[^&;]*)", re.IGNORECASE)


def data_faults(plan: Plan) -> list[Fault]:
    """All that is wrong with where the data are said to lie."""
    data = plan.data
    if data.database is None and not data.path:
        return [Fault(("data", "path"), "must name a file, a pattern or a list of these; or name a `database`")]
    return [*_paths(data), *_pins(data), *_text(data), *_database(data)]


def _paths(data: Data) -> Iterator[Fault]:
    for i, path in enumerate(data.path):
        place = ("data", "path", i)
        found = list(address_faults(path, data.sha256)) if is_address(path) else []
        if found:
            yield Fault(place, found[0])
        elif path.startswith("~"):
            yield Fault(place, f"`{path}`: `~` is not known here; write the path out, or from the study file's folder")
        elif format_of(path) is None and (is_address(path) or not is_pattern(path)):
            listed = ", ".join(f".{known}" for known in FORMATS[:-1])
            yield Fault(
                place, f"`{path}` must end in {listed} or .{FORMATS[-1]}; save the table in one of these formats"
            )
        if path in data.path[:i]:
            yield Fault(place, f"`{path}` is named twice, so its rows would count twice; keep one")


def _pins(data: Data) -> Iterator[Fault]:
    """Every digest must be of a file, and where one file has a digest each of them must."""
    if not data.sha256:
        return
    place = ("data", "sha256")
    if data.database is not None and not data.path:
        yield Fault(place, "belongs to files; a database's rows have no digest that could be known before")
    elif ALONE in data.sha256:
        yield Fault(place, "must name the files when there are several: `{a.csv: <digest>, b.csv: <digest>}`")
    elif not any(is_pattern(path) and not is_address(path) for path in data.path):
        for name in data.sha256:
            if name not in data.path:
                yield Fault(place, f"names `{name}`, which is not under `path`; {suggestion(name, data.path)}")
        for name in data.path:
            if name not in data.sha256 and not is_address(name):
                yield Fault(place, f"must name `{name}` too: where one file is pinned, each is")


def _text(data: Data) -> Iterator[Fault]:
    kinds = {format_of(path) for path in data.path}
    for key in ("delimiter", "decimal"):
        if getattr(data, key) is not None and not kinds & {*DELIMITED, None}:
            yield Fault(("data", key), "belongs to text files (csv, tsv, txt)")
    if data.delimiter is not None and not _is_sign(NAMED_DELIMITERS.get(data.delimiter, data.delimiter)):
        said = f"must be one plain sign, or `tab`, `comma`, `semicolon` or `pipe`, not {shown(data.delimiter)}"
        yield Fault(("data", "delimiter"), said)
    elif data.delimiter in (",", "comma") and data.decimal == ",":
        yield Fault(("data", "decimal"), "a comma cannot be the decimal mark and the delimiter as well")
    if data.encoding is None:
        return
    if not kinds & {*DELIMITED, *LABELLED, None}:
        yield Fault(("data", "encoding"), "belongs to text files and to those of Stata, SPSS and SAS")
    try:
        "".encode(data.encoding)  # also refuses codecs that are no encodings of text, such as base64
    except (LookupError, UnicodeError):
        said = f"there is no encoding `{data.encoding}`; write one such as `utf-8`, `latin-1` or `windows-1252`"
        yield Fault(("data", "encoding"), said)


def _is_sign(sign: str) -> bool:
    """Whether a delimiter is one that a text file can have: no letter, digit, quote or line break."""
    return len(sign) == 1 and sign.isascii() and not sign.isalnum() and sign not in "\"'\r\n.-+"


def _database(data: Data) -> Iterator[Fault]:
    if data.database is None:
        if data.query is not None:
            yield Fault(("data", "query"), "is asked of a database; name it (`database:`)")
        return
    if data.path:
        yield Fault(("data", "database"), "stands beside `path`; the table comes from files or from a query, not both")
    if data.query is None:
        yield Fault(("data", "query"), "is missing: the SELECT whose rows are the table")
    if "://" not in data.database:
        yield Fault(("data", "database"), "must be a URL, such as `sqlite:///registry.db`")
    secrets = [found["word"] or found["said"] or "" for found in PASSWORD.finditer(data.database)]
    if any(secret and not PLACEHOLDER.fullmatch(secret) for secret in secrets):
        yield Fault(
            ("data", "database"),
            "holds a password, which a study file must not; write `${PGPASSWORD}` in its place, and set PGPASSWORD in "
            "the environment",
        )
