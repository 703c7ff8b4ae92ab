"""What a plan's terms stand for: rungs by name, terms with `x.within` for `x`, and the columns that they read."""

from __future__ import annotations

from dataclasses import dataclass

from epiladder.study.choices import rungs_of
from epiladder.study.plan import Plan, Variable
from epiladder.study.roles import roles
from epiladder.study.term import Factor, Term, parse_term, renamed

__all__ = ["Factor", "ResolvedSlope", "Term", "Terms", "columns_needed", "parse_term", "resolve", "rung_ids"]


@dataclass(frozen=True)
class ResolvedSlope:
    """A random slope: the term whose coefficient varies, over the clusters of which level, correlated or not."""

    of: str
    over: str
    correlated: bool


@dataclass(frozen=True)
class Terms:
    """Terms of a plan with `x.within` (and means) in the place of `x`: blocks (name, terms), slopes, products."""

    blocks: tuple[tuple[str | None, tuple[str, ...]], ...]
    slopes: tuple[ResolvedSlope, ...]
    cross_level: tuple[str, ...]


def rung_ids(plan: Plan) -> tuple[str, ...]:
    """The rungs that a plan makes, in the ladder's order."""
    return rungs_of(plan.ladder)


def mean_columns(plan: Plan, name: str) -> tuple[tuple[str, str], ...]:
    """The cluster means of a variable that the plan asks for: (column, level) pairs such as (x.mean, ward)."""
    means = plan.variables[name].means
    if means is True:
        return ((f"{name}.mean", plan.levels[-1].name),)
    return tuple((f"{name}.mean.{level}", level) for level in means or ())


def is_split(variable: Variable) -> bool:
    """Whether a variable becomes a deviation within clusters."""
    return variable.centre == "cluster_mean"


def derived(plan: Plan) -> dict[str, tuple[str, str]]:
    """Columns that centring makes: name of the column -> (variable, level at which it varies)."""
    made: dict[str, tuple[str, str]] = {}
    for name, variable in plan.variables.items():
        if is_split(variable):
            made[f"{name}.within"] = (name, plan.unit.name)
            made.update({column: (name, level) for column, level in mean_columns(plan, name)})
    return made


def known_names(plan: Plan) -> tuple[str, ...]:
    """Every name that a term may read."""
    return (*plan.variables, *derived(plan))


def _resolved(plan: Plan, text: str) -> Term:
    """The term with `x.within` in the place of every `x` that is centred within clusters."""
    term = parse_term(text, known_names(plan))
    within = {name: f"{name}.within" for name, variable in plan.variables.items() if is_split(variable)}
    return Term(tuple(renamed(factor, within) for factor in term.factors))


def _block(plan: Plan, texts: tuple[str, ...], named: set[str]) -> tuple[str, ...]:
    """Terms of one block; the means of `x` follow `x` itself unless the plan names one of them somewhere."""
    terms: list[str] = []
    for text in texts:
        parsed = parse_term(text, known_names(plan))
        terms.append(_resolved(plan, text).text)
        name = parsed.names[0]
        if len(parsed.factors) == 1 and parsed.factors[0].is_plain and name in plan.variables:
            means = [column for column, _ in mean_columns(plan, name)] if is_split(plan.variables[name]) else []
            terms += [] if named & set(means) else means
    return tuple(terms)


def resolve(plan: Plan) -> Terms:
    """Terms as the design reads them. The plan must have passed `load_plan`."""
    named = {
        name
        for block in plan.ladder.covariates
        for text in block.terms
        for name in parse_term(text, known_names(plan)).names
    }
    blocks = tuple((block.name, _block(plan, block.terms, named)) for block in plan.ladder.covariates)
    slopes = tuple(
        ResolvedSlope(_resolved(plan, slope.of).text, slope.over, slope.correlated)
        for slope in plan.ladder.random_slopes
    )
    products = tuple(product(plan, names).text for names in plan.ladder.cross_level)
    return Terms(blocks, slopes, products)


def product(plan: Plan, texts: tuple[str, ...]) -> Term:
    """The product of the terms of a `cross_level` entry."""
    return Term(tuple(factor for text in texts for factor in _resolved(plan, text).factors))


def columns_needed(plan: Plan) -> tuple[str, ...]:
    """Columns that any rung reads: the outcome, its trials or exposure, the weights, then those of the covariates.

    Complete cases are judged on them and on the ids of the levels.
    """
    texts = [text for block in plan.ladder.covariates for text in block.terms]
    texts += [slope.of for slope in plan.ladder.random_slopes]
    texts += [text for entry in plan.ladder.cross_level for text in entry]
    made, known = derived(plan), known_names(plan)
    names = [name for text in texts for name in parse_term(text, known).names]
    return tuple(dict.fromkeys([*roles(plan)] + [made[name][0] if name in made else name for name in names]))
