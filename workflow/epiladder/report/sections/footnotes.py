"""Footnotes that write themselves: how each interval of a table was had, from which source, and why one is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from epiladder.report.names import capital
from epiladder.report.numbers import Estimate, Format
from epiladder.report.page import Cite, Parts
from epiladder.report.restyled import restyled
from epiladder.report.results import Results

Quantity = Mapping[str, Any]


def shown(quantity: Quantity | None, form: Format) -> Estimate | None:
    """A quantity of the results with its interval."""
    if quantity is None:
        return None
    return Estimate(quantity["estimate"], quantity["ci_low"], quantity["ci_high"], form)


def footnotes(results: Results, columns: Iterable[tuple[str, Iterable[Quantity | None]]]) -> tuple[Parts, ...]:
    """One note a column and method, with its sources, and one a column and reason, each said once."""
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for head, quantities in columns:
        for one in quantities:
            for text, sourced in _texts(results, one):
                key = (text, tuple(one["references"]) if one and sourced else ())
                heads = told.setdefault(key, [])
                heads += [] if head in heads else [head]
    return tuple(_note(heads, text, keys) for (text, keys), heads in told.items())


def _texts(results: Results, one: Quantity | None) -> list[tuple[str, bool]]:
    """What there is to say of a quantity, and whether its sources belong to it."""
    if one is None:
        return []
    share = f"{results.confidence() * 100:g}% interval"
    exact = str(one["method"]).startswith("exact")
    method = f"{share}{': ' if exact else ' by '}{restyled(one['method'])}" if one["method"] else None
    reason = results.names.spoken(str(one["reason"])) if one["reason"] else None
    missing = f"no interval: {reason}" if reason and one["estimate"] is not None else reason
    return [(text, text is method) for text in (method, missing) if text]


def _note(heads: list[str], text: str, keys: tuple[str, ...]) -> Parts:
    joined = ", ".join([capital(heads[0]), *heads[1:]])
    return (f"{joined}: {text}", *((" ",) if keys else ()), *(Cite(key) for key in keys), ".")
