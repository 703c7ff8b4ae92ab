"""What another admissible choice would have said where the plan's rule decided, and whether it would have turned it.

Admissible are, for a step of the ladder: the naive law, the mixture, a bootstrap or an exact test where there is one,
AIC, and BIC with the number of clusters or of rows; for the rung that is read, each rule that `retain:` knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epiladder.inference.compare import Comparison

Record = dict[str, Any]
LAWS = (
    ("p_value", "{law} law ({criterion})"),
    ("p_value_naive", "naive chi-square law ({criterion})"),
    ("p_value_bootstrap", "parametric bootstrap ({criterion})"),
)


@dataclass(frozen=True)
class Alternative:
    """A choice in words, the number it looks at, what that is held against, and the outcome; value None: no answer."""

    choice: str
    value: float | None
    threshold: float | None
    outcome: str | None

    def as_json(self) -> Record:
        """Plain values."""
        return dict(self.__dict__)


def with_alternatives(decision: Record, found: Sequence[Alternative], outcome: str | None = None) -> Record:
    """The decision with its alternatives; it turned when one of them has another outcome.

    outcome: the decision's own where alternatives call it otherwise.
    """
    own = decision["outcome"] if outcome is None else outcome
    found = [] if own == "not_tested" else found  # where nothing was decided nothing can turn
    turned = any(one.outcome is not None and one.outcome != own for one in found)
    return {**decision, "alternatives": [one.as_json() for one in found], "turned": turned}


def of_a_step(
    comparisons: Sequence[Comparison],
    smaller: str,
    larger: str,
    fits: Mapping[str, Record],
    alpha: float,
    outcomes: tuple[str, str],
) -> list[Alternative]:
    """Every other judgement of a step. outcomes: what it is called to take the step, and not to."""
    rows = [row for row in comparisons if (row.smaller, row.larger) == (smaller, larger)]
    read = next((row for row in rows), None)
    found: list[Alternative] = []
    for row in rows:
        for key, words in LAWS:
            value = getattr(row, key)
            own = "p_value" if row.p_value is not None else "p_value_bootstrap"
            if (row is read and key == own) or (key == "p_value_naive" and value == row.p_value):
                continue  # the plan's own choice; and a naive law that is the right one
            if value is not None:
                choice = words.format(law=named(row), criterion=row.criterion)
                found.append(Alternative(choice, value, alpha, outcomes[0] if value < alpha else outcomes[1]))
    return [*found, *_criteria(fits.get(smaller), fits.get(larger), outcomes)]


def named(row: Comparison) -> str:
    """A reference law in a word."""
    return "mixture" if "+" in (row.reference or "") else "chi-square"


def _criteria(low: Record | None, high: Record | None, outcomes: tuple[str, str]) -> list[Alternative]:
    """Information criteria: their fall from the smaller to the larger model, which must be more than nothing."""
    before, after = _values(low), _values(high)
    return [
        Alternative(name, before[name] - after[name], 0.0, outcomes[0] if after[name] < before[name] else outcomes[1])
        for name in before
        if name in after
    ]


def _values(fit: Record | None) -> dict[str, float]:
    """Information criteria of the ML fit by their names."""
    estimate = ((fit or {}).get("estimates") or {}).get("ML")
    if estimate is None or (estimate.get("convergence") or {}).get("status") == "failed":
        return {}
    bic = estimate.get("bic") or {}
    named = {
        "AIC": estimate.get("aic"),
        "BIC by clusters": bic.get("clusters"),
        "BIC by rows": bic.get("rows"),
        "BIC (hybrid)": bic.get("hybrid"),
    }
    return {name: value for name, value in named.items() if value is not None}


def smallest(ladder: Sequence[str], fits: Mapping[str, Record], name: str) -> str | None:
    """The rung with the smallest value of an information criterion; None unless all have one, for then none is known.

    Pooled over imputed data sets a rung has none, while one that no imputed value enters has.
    """
    values = {rung: found[name] for rung in ladder for found in [_values(fits[rung])] if name in found}
    return min(values, key=lambda rung: values[rung]) if len(values) == len(ladder) and values else None
