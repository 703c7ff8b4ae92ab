"""Journal styles: how each writes a number, an interval and a p-value; one record a style, chosen in the plan.

The house's own style is the plain one that most journals take. The others follow what the journals print. All three
part thousands by a thin space, and from 10,000 only: numbers of four digits are closed up (AMA Manual of Style 2020,
17.4.3). The BMJ: a capital P without spaces. The Lancet: a raised decimal point, p-values of two significant digits
down to 0.0001, an en dash inside intervals unless a limit is negative. JAMA: no zero before the point of a P value, two
digits from .01 on, but three where rounding would lift it to .05, a comma after CI, a hyphen inside intervals unless a
limit is negative.

What rests on a source that was read: that no zero stands before the point of P, alpha and beta, and one does of all
else, as another publisher's guide gives the AMA manual's rule (JMIR, Guidelines for Reporting Statistics, which cites
its 19.5). What does not: the AMA manual itself, JAMA's and The BMJ's instructions and the numerals of The Lancet's
were looked for in November 2026 and not found in full; the rest is the usage of their printed papers, to be held
against the instructions of the day before a paper is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

THIN = "\u202f"
CLOSED_UP = 10_000  # the first number whose thousands the journals part


@dataclass(frozen=True)
class Style:
    """How one journal writes: marks, the minus sign, the word inside an interval, and the p-value.

    `thousands_from` is the first number whose thousands are parted; `between_signed` stands inside an interval with a
    negative limit; `share` stands between the confidence and `interval`; `equals` and `p` make `p = 0.03`; `p_zero` is
    the zero before the mark of a p-value; `p_places` the decimals of a p-value from 0.1, from 0.01 and below; `p_least`
    the smallest that is written out; `p_bound` the value that rounding may not lift a smaller p-value to.
    """

    decimal: str = "."
    thousands: str = ","
    thousands_from: int = 1000
    minus: str = "\u2212"
    between: str = " to "
    between_signed: str = " to "
    missing: str = "\u2013"
    share: str = "% "
    interval: str = "CI "
    p: str = "p"
    equals: str = " = "
    below: str = " <"
    p_zero: bool = True
    p_places: tuple[int, int, int] = (2, 3, 3)
    p_least: float = 0.001
    p_bound: float | None = None


HOUSE = Style()
BMJ = Style(thousands=THIN, thousands_from=CLOSED_UP, p="P", equals="=", below="<")
LANCET = Style(
    decimal="\u00b7",
    thousands=THIN,
    thousands_from=CLOSED_UP,
    between="\u2013",
    equals="=",
    below="<",
    p_places=(2, 3, 4),
    p_least=0.0001,
)
JAMA = Style(
    thousands=THIN,
    thousands_from=CLOSED_UP,
    between="-",
    between_signed=" to ",
    interval="CI, ",
    p="P",
    below=" < ",
    p_zero=False,
    p_places=(2, 2, 3),
    p_bound=0.05,
)

GERMAN = Style(decimal=",", thousands=THIN, thousands_from=CLOSED_UP)

STYLES = {"house": HOUSE, "bmj": BMJ, "lancet": LANCET, "jama": JAMA, "german": GERMAN}
HOUSES = {"de": GERMAN}  # the house's style in another language; a journal's marks are the journal's in any
SPOKEN = {"de": {" to ": " bis ", "CI": "KI", "% ": "%-"}}  # the words inside an interval

_CURRENT: ContextVar[Style] = ContextVar("style", default=HOUSE)


def current() -> Style:
    """The style that numbers are written in now: the house's, unless a page is being made in another."""
    return _CURRENT.get()


def heading(label: str) -> str:
    """A column's head with the style's letter for a p-value; what is marked as English stays so."""
    return type(label)(re.sub(r"\bp\b", current().p, label))


@contextmanager
def written_in(name: str | None, language: str = "en") -> Iterator[None]:
    """Write every number of a page in the style of this name, the house's without one, with a language's words."""
    token = _CURRENT.set(style_of(name or "house", language))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def style_of(name: str, language: str = "en") -> Style:
    """A style with the words of a language inside its intervals; the house has a style for each language."""
    found = HOUSES.get(language, HOUSE) if name == "house" else STYLES[name]
    words = SPOKEN.get(language, {})
    return replace(
        found,
        between=words.get(found.between, found.between),
        between_signed=words.get(found.between_signed, found.between_signed),
        share=words.get(found.share, found.share),
        interval=found.interval.replace("CI", words.get("CI", "CI")),
    )
