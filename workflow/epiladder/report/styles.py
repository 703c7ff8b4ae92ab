"""Journal styles: how each writes a number, an interval and a p-value; one record a style, chosen in the plan.

The house's own style is the plain one that most journals take. The others follow what the journals print: the BMJ
(thin spaces in thousands, a capital P without spaces), the Lancet (a raised decimal point, thin spaces from 10,000,
an en dash inside intervals unless a limit is negative) and JAMA (no zero before the point of a P value, two digits
from .01 on, a comma after CI, a hyphen inside intervals unless a limit is negative).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

THIN = "\u202f"


@dataclass(frozen=True)
class Style:
    """How one journal writes: marks, the minus sign, the word inside an interval, and the p-value.

    `thousands_from` is the first number whose thousands are parted; `between_signed` stands inside an interval with a
    negative limit; `equals` and `p` make `p = 0.03`; `p_zero` is the zero before the mark of a p-value; `p_places` the
    decimals of a p-value from 0.1, from 0.01 and below; `p_least` the smallest that is written out.
    """

    decimal: str = "."
    thousands: str = ","
    thousands_from: int = 1000
    minus: str = "\u2212"
    between: str = " to "
    between_signed: str = " to "
    missing: str = "\u2013"
    interval: str = "CI "
    p: str = "p"
    equals: str = " = "
    below: str = " <"
    p_zero: bool = True
    p_places: tuple[int, int, int] = (2, 3, 3)
    p_least: float = 0.001


HOUSE = Style()
BMJ = Style(thousands=THIN, p="P", equals="=", below="<")
LANCET = Style(
    decimal="\u00b7",
    thousands=THIN,
    thousands_from=10_000,
    between="\u2013",
    equals="=",
    below="<",
    p_places=(2, 3, 4),
    p_least=0.0001,
)
JAMA = Style(between="-", between_signed=" to ", interval="CI, ", p="P", below=" < ", p_zero=False, p_places=(2, 2, 3))

STYLES = {"house": HOUSE, "bmj": BMJ, "lancet": LANCET, "jama": JAMA}

_CURRENT: ContextVar[Style] = ContextVar("style", default=HOUSE)


def current() -> Style:
    """The style that numbers are written in now: the house's, unless a page is being made in another."""
    return _CURRENT.get()


def heading(label: str) -> str:
    """A column's head with the style's letter for a p-value."""
    return re.sub(r"\bp\b", current().p, label)


@contextmanager
def written_in(name: str | None) -> Iterator[None]:
    """Write every number of a page in the style of this name; without a name, the house's."""
    token = _CURRENT.set(STYLES[name or "house"])
    try:
        yield
    finally:
        _CURRENT.reset(token)
