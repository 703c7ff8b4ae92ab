"""The nearest right name: what a message offers when a plan or a table says a name that nobody knows."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `name` (case and spaces do not count), or None when none is alike."""
    names = list(dict.fromkeys(known))
    plain = {_plain(candidate): candidate for candidate in reversed(names)}
    found = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=0.6 if len(name) > 2 else 0.5)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(name.split()).casefold().replace("-", "_")


def visible(name: str) -> str:
    """A name as it can be read: signs that nobody sees, such as line breaks and blanks of no width, are written out."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in name)


def _unlike(name: str, best: str) -> str:
    """In what two names differ that look the same."""
    same = unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", best)
    return " It looks the same, but its accents are signs of their own (Unicode's NFD)." if same else ""


def suggestion(name: str, known: Iterable[str], what: str = "known are") -> str:
    """A sentence that names the nearest known name, or else lists what is known (the first dozen)."""
    names = list(dict.fromkeys(known))
    best = nearest(name, names)
    if best is not None:
        return f"did you mean `{visible(best)}`?{_unlike(name, best)}"
    if not names:
        return "there are none"
    listed = ", ".join(f"`{candidate}`" for candidate in names[:12])
    return f"{what} {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def listing(names: Iterable[str], last: str = "and") -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" {last} " + quoted[-1] if quoted else "none"
