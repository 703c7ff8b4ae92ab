"""A sentence on what simulation has shown of a method that does not keep its nominal rate, with figure and page."""

from __future__ import annotations

from typing import Any

from epiladder.inference.simulated import INTERVALS, SAID, VARIANCES, shown
from epiladder.report import numbers
from epiladder.report.numbers import Number
from epiladder.report.page import Code, Parts, say
from epiladder.report.results import Results


def shares(found: dict[str, Any] | None, what: str, nominal: float, page: str, **more: Number) -> Parts:
    """` In simulations of Gaussian outcomes with n clusters <what>, where <nominal> is nominal (page).`

    Nothing where nothing was found.

    what: a clause in which `{share}` stands for the shares, and other names for `more`.
    """
    if not found:
        return ()
    low, high = (numbers.Number(found[key], numbers.Format("fixed", 3)) for key in ("low", "high"))
    share: Parts = (low,) if found["low"] == found["high"] else (low, " to ", high)
    return say(
        " " + SAID.replace("{what}", what),
        n=numbers.count(found["clusters"]),
        share=share,
        nominal=numbers.given(nominal),
        page=Code(page),
        **more,
    )


def intervals(results: Results, method: str, what: str, icc: float = 0.2) -> Parts:
    """Of intervals of variances by a method, for a study with so few clusters that they hold the truth too seldom.

    icc: that of the simulated studies.
    """
    clusters = min((level["n_clusters"] for level in results.design["levels"]), default=0)
    found = shown(INTERVALS[method], clusters, 0.95)
    clause = what + " held the true one in {share} of studies with an ICC of {icc}"
    return shares(found.as_json() if found else None, clause, 0.95, VARIANCES, icc=numbers.given(icc))
