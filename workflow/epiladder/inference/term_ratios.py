"""Likelihood-ratio tests of terms: the rung that is read fitted again by maximum likelihood without each of them.

A Gaussian model is refitted from its cross-products; another is brought to where the term's coefficients are zero, from
its optimum. Terms whose product is in the model stay, as in `term_tests`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.constrained import constrained
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.surface import Surface
from epiladder.errors import LikelihoodError
from epiladder.inference.reference import chi_square_tail
from epiladder.inference.term_tests import TermColumns, TermTest, refused

ZERO = 1e-8  # a statistic this near to zero is zero
BELOW = 1e-3  # fall of the deviance without a term that says that its fit was no maximum


def term_ratios(
    surface: Surface, terms: TermColumns, gaussian: tuple[Crossproducts, Model] | None
) -> list[dict[str, Any]]:
    """A test of each term. gaussian: cross-products and model, where the model is to be refitted from them."""
    reasons = refused(terms)
    return [_test(surface, term, columns, reasons.get(term), gaussian).as_json() for term, columns in terms.items()]


def _test(
    surface: Surface,
    term: str,
    columns: tuple[str, ...],
    reason: str | None,
    gaussian: tuple[Crossproducts, Model] | None,
) -> TermTest:
    made = TermTest(term, columns, "likelihood_ratio", len(columns), reason=reason)
    if reason is not None:
        return made
    try:
        deviance = _without(surface, columns) if gaussian is None else _refitted(*gaussian, columns)
    except LikelihoodError as error:
        return replace(made, reason=f"the model without the term could not be fitted ({str(error).rstrip('.')})")
    statistic = deviance - surface.peak.value
    if statistic < -BELOW:
        return replace(made, reason="the model without the term fits better than with it: its search did not arrive")
    statistic = statistic if statistic > ZERO else 0.0
    return replace(made, statistic=statistic, p_value=chi_square_tail(statistic, len(columns)))


def _refitted(cross: Crossproducts, model: Model, columns: tuple[str, ...]) -> float:
    smaller = replace(model, fixed=tuple(name for name in model.fixed if name not in columns))
    return fit_gaussian(cross, smaller, ("ML",))["ML"].deviance


def _without(surface: Surface, columns: tuple[str, ...]) -> float:
    """The deviance where the coefficients of columns are zero, the best of all else."""
    at = [surface.names.index(column) for column in columns]
    p = len(surface.names)
    errors = np.linalg.norm(surface.to_raw[at] @ surface.spread[:p], axis=1)
    return constrained(surface, lambda place: surface.coefficients(place)[at] / errors).value
