"""Products of the ladder that promise more than they can keep: made of imputed values, or of variables of one level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from epiladder.study.findings import Failure, plural
from epiladder.study.names import listing
from epiladder.study.plan import Plan
from epiladder.study.sense_ladder import depths
from epiladder.study.term import parse_term
from epiladder.study.terms import derived, known_names

MANY = 0.05  # share of cells from which imputing a factor may move the coefficient of its product


def product_failures(plan: Plan, account: dict[str, Any]) -> Iterator[Failure]:
    """Failures of `imputed_products` and `same_level_product`."""
    yield from _imputed(plan, account)
    yield from _of_one_level(plan)


def _imputed(plan: Plan, account: dict[str, Any]) -> Iterator[Failure]:
    """Products of different variables of which one has many gaps that are imputed."""
    cells = account.get("cells_imputed", [])
    gappy = {one["column"] for one in cells if one["cells"] >= MANY * one["of"]}
    told = set()
    for names in _products(plan):
        factors = tuple(name for name in names if name in gappy)
        if not factors or names in told:
            continue
        told.add(names)
        says = (
            f"The ladder has the product of {listing(names)}, and {listing(factors)} "
            f"{'has' if len(factors) == 1 else 'have'} many empty cells: the product is made of imputed values "
            "afterwards, which holds it only nearly, so its coefficient may be drawn towards zero somewhat"
        )
        mend = (
            "Fit the ladder with `missing: complete_case` too, and read the product from both; say so where they "
            "differ. Where gaps do not hang on the outcome, complete cases are the safer of the two."
        )
        yield Failure("imputed_products", factors[0], says, mend)


def _products(plan: Plan) -> Iterator[tuple[str, ...]]:
    """The different variables of each product of the ladder; a variable's deviation or mean counts as the variable."""
    known, made = known_names(plan), derived(plan)
    entries = [list(entry) for entry in plan.ladder.cross_level]
    entries += [[text] for block in plan.ladder.covariates for text in block.terms]
    for entry in entries:
        factors = [factor for text in entry for factor in parse_term(text, known).factors]
        names = dict.fromkeys(name for factor in factors for name in factor.names)
        variables = tuple(dict.fromkeys(made[name][0] if name in made else name for name in names))
        if len(factors) > 1 and len(variables) > 1:
            yield variables


def _of_one_level(plan: Plan) -> Iterator[Failure]:
    known = known_names(plan)
    levels = [*(level.name for level in plan.levels), plan.unit.name]
    for entry in plan.ladder.cross_level:
        deep = {depths(plan, name) for text in entry for name in parse_term(text, known).names}
        if len(deep) > 1:
            continue
        says = (
            f"The product of {listing(entry)} in `cross_level` joins variables of one level, the "
            f"{plural(levels[deep.pop()])}, so the rung `cross_level` holds an ordinary product there"
        )
        mend = f"Write `{':'.join(entry)}` among the covariates if that is meant, or correct the `level` of one."
        yield Failure("same_level_product", None, says, mend)
