"""Whether a plan's ladder makes sense: terms of known names, slopes and products that stand on main effects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from epiladder.study.choices import rungs_of
from epiladder.study.faults import Fault
from epiladder.study.names import listing, suggestion
from epiladder.study.plan import Plan
from epiladder.study.roles import roles
from epiladder.study.term import Term, parse_term
from epiladder.study.terms import derived, known_names, mean_columns, product, resolve
from epiladder.study.yaml12 import Place

# Functions that a term may call: Python's I, NumPy's under their short names, and formulaic's own.
FUNCTIONS = (
    "I", "C", "log", "log2", "log10", "exp", "exp2", "exp10", "bs", "cs", "cc", "cr", "poly", "center", "scale",
    "standardize", "lag", "hashed", "np.log", "np.log1p", "np.log2", "np.log10", "np.exp", "np.sqrt", "np.abs",
    "np.sin", "np.cos", "np.minimum", "np.maximum", "np.where", "np.clip", "np.floor", "np.square", "np.power",
)  # fmt: skip
ROLES = {
    "outcome": "the outcome, so it cannot explain itself",
    "events": "the number of events, the outcome, so it cannot explain itself",
    "trials": "the number of trials, out of which the events are counted; it is not a covariate",
    "exposure": "the exposure, which enters every rung with the coefficient one; it is not a covariate",
    "weights": "the weight, which says how often a row stands; it is not a covariate",
}


def ladder_faults(plan: Plan) -> list[Fault]:
    """All that is wrong in `ladder`."""
    terms, faults = _terms(plan)
    faults += _block_names(plan)
    faults += _retain(plan)
    faults += _slope_levels(plan)
    if faults:
        return faults
    return [*_twice(plan), *_main_effects(plan, terms), *_slopes(plan), *_products(plan)]


def _written(plan: Plan) -> Iterator[tuple[Place, str]]:
    """Every term of the ladder with its place in the study file."""
    for block in plan.ladder.covariates:
        for i, text in enumerate(block.terms):
            yield ("ladder", "covariates", *([block.name] if block.name else []), i), text
    for i, slope in enumerate(plan.ladder.random_slopes):
        yield ("ladder", "random_slopes", i, "of"), slope.of
    for i, entry in enumerate(plan.ladder.cross_level):
        for j, text in enumerate(entry):
            yield ("ladder", "cross_level", i, j), text


def _terms(plan: Plan) -> tuple[list[tuple[Place, Term]], list[Fault]]:
    terms: list[tuple[Place, Term]] = []
    faults: list[Fault] = []
    told: set[str] = set()  # a wrong role is told once, at the first of its places
    used = roles(plan)
    for place, text in _written(plan):
        try:
            term = parse_term(text, known_names(plan))
        except ValueError as error:
            faults.append(Fault(place, str(error)))
            continue
        terms.append((place, term))
        faults += [fault for fault in _names(plan, place, term) if fault.message not in told]
        told |= {fault.message for fault in faults if fault.variables and fault.variables[0] in used}
    for i, entry in enumerate(plan.ladder.cross_level):
        if len(entry) < 2:
            said = "must name two variables or more of different levels, such as `[training, size]`"
            faults.append(Fault(("ladder", "cross_level", i), said))
    return terms, faults


def _names(plan: Plan, place: Place, term: Term) -> Iterator[Fault]:
    ids = {level.id: level.name for level in plan.levels}
    made, used = derived(plan), roles(plan)
    for name in term.names:
        about = (name,)
        if name in used:
            yield Fault(place, f"`{name}` is {ROLES[used[name]]}", about)
        elif name in ids:
            yield Fault(place, f"`{name}` identifies the level `{ids[name]}`; its clusters are not a covariate", about)
        elif name == plan.unit.id:
            yield Fault(place, f"`{name}` identifies the units; it is not a covariate", about)
        elif name in plan.variables:
            yield from _type(plan, place, term, name)
        elif name not in made:
            yield Fault(place, _unknown(plan, name), (name, name.split(".")[0]))
    for factor in term.factors:
        for function in factor.functions:
            if function not in FUNCTIONS:
                said = f"`{term.text}`: there is no function `{function}`; {suggestion(function, FUNCTIONS)}"
                yield Fault(place, said)


def _unknown(plan: Plan, name: str) -> str:
    variable, _, ending = name.partition(".")
    found = plan.variables.get(variable)
    if found is not None and ending.split(".")[0] == "within":
        return f"`{name}` comes with `centre: cluster_mean` of `{variable}`, which the plan does not say"
    if found is not None and ending.split(".")[0] == "mean":
        made = [column for column, _ in mean_columns(plan, variable)]
        if made:
            return f"`{name}` is not among the means of `{variable}`; {suggestion(name, made)}"
        return f"`{name}` comes with `centre: cluster_mean, means: true` of `{variable}`, which the plan does not say"
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1 and all(part in known_names(plan) for part in parts):
        return f"`{name}` is read as one name; write a list, `[{', '.join(parts)}]`"
    return f"there is no variable `{name}`; {suggestion(name, known_names(plan))}"


def _type(plan: Plan, place: Place, term: Term, name: str) -> Iterator[Fault]:
    kind = plan.variables[name].type
    if kind in ("text", "date"):
        said = f"`{name}` is of `type: {kind}`, which no model can read; use a number or a category"
        yield Fault(place, said, (name,))
    for factor in term.factors:
        if kind == "category" and name in factor.names and not factor.is_plain and "C" not in factor.functions:
            yield Fault(place, f"`{factor.text}` computes with `{name}`, which is a category", (name,))


def _block_names(plan: Plan) -> list[Fault]:
    faults = []
    for block in plan.ladder.covariates:
        place: Place = ("ladder", "covariates", *([block.name] if block.name else []))
        if block.name is not None and not re.fullmatch(r"[a-z0-9_]+", block.name):
            faults.append(Fault(place, "a block's name may hold only small letters, digits and `_`"))
        if not block.terms:
            faults.append(Fault(place, "a block needs at least one term"))
    return faults


def _retain(plan: Plan) -> list[Fault]:
    retain, place = plan.ladder.retain, ("ladder", "retain", "rung")
    if retain.rung is None:
        return []
    if retain.rule != "preset":
        return [Fault(place, f"`rung` belongs to `rule: preset`; the rule `{retain.rule}` chooses by itself")]
    rungs = rungs_of(plan.ladder)
    if retain.rung in rungs:
        return []
    return [Fault(place, f"the plan makes no rung `{retain.rung}`; {suggestion(retain.rung, rungs, 'it makes')}")]


def _twice(plan: Plan) -> Iterator[Fault]:
    """Terms that stand in the ladder twice, whatever the order of their factors."""
    seen: dict[frozenset[str], str] = {}
    for place, text in _written(plan):
        if place[1] != "covariates":
            continue
        key = frozenset(factor.text for factor in parse_term(text, known_names(plan)).factors)
        if key in seen:
            yield Fault(place, f"`{text}` is named twice among the covariates; keep one")
        seen[key] = text
    resolved = [frozenset(parse_term(term).text.split(":")) for _, block in resolve(plan).blocks for term in block]
    for i, entry in enumerate(plan.ladder.cross_level):
        key = frozenset(product(plan, entry).text.split(":"))
        if key in resolved and len(key) > 1:
            yield Fault(("ladder", "cross_level", i), f"{':'.join(entry)} stands in the ladder already; keep one")
        resolved.append(key)


def _main_effects(plan: Plan, terms: list[tuple[Place, Term]]) -> Iterator[Fault]:
    """Products among the covariates whose factors do not all stand there by themselves."""
    mains = _mains(plan)
    for place, term in terms:
        if place[1] == "covariates" and len(term.factors) > 1:
            resolved = product(plan, (term.text,))
            absent = [f.text for f, r in zip(term.factors, resolved.factors, strict=True) if r.text not in mains]
            if absent:
                yield Fault(place, f"the product `{term.text}` needs its main effects: add {listing(absent)}")


def _mains(plan: Plan) -> set[str]:
    return {term for _, block in resolve(plan).blocks for term in block}


def _slope_levels(plan: Plan) -> Iterator[Fault]:
    levels = [level.name for level in plan.levels]
    for i, slope in enumerate(plan.ladder.random_slopes):
        if slope.over not in levels:
            place = ("ladder", "random_slopes", i, "over")
            yield Fault(place, f"there is no level `{slope.over}`; {suggestion(slope.over, levels)}")


def _slopes(plan: Plan) -> Iterator[Fault]:
    levels = [level.name for level in plan.levels]
    mains = _mains(plan)
    seen = set()
    for i, (slope, resolved) in enumerate(zip(plan.ladder.random_slopes, resolve(plan).slopes, strict=True)):
        place: Place = ("ladder", "random_slopes", i)
        names = parse_term(slope.of, known_names(plan)).names
        if resolved.of not in mains:
            yield Fault(
                (*place, "of"), f"`{slope.of}` is not among the covariates; add it, or leave the slope out", names
            )
        depth = max(depths(plan, name) for name in names)
        if depth <= levels.index(slope.over):
            said = f"`{slope.of}` does not vary within a {slope.over}, so its slope cannot differ between them"
            yield Fault(place, f"{said}; choose a level outside of `{levels[depth]}`, or leave the slope out", names)
        if (resolved.of, slope.over) in seen:
            yield Fault(place, f"the slope of `{slope.of}` over `{slope.over}` is named twice; keep one")
        seen.add((resolved.of, slope.over))


def depths(plan: Plan, name: str) -> int:
    """How deep in the hierarchy a name varies: 0 for the outermost level, the number of levels for units."""
    levels = [level.name for level in plan.levels]
    made = derived(plan)
    level = made[name][1] if name in made else plan.variables[name].level
    return levels.index(level) if level in levels else len(levels)


def _products(plan: Plan) -> Iterator[Fault]:
    mains = _mains(plan)
    for i, entry in enumerate(plan.ladder.cross_level):
        place: Place = ("ladder", "cross_level", i)
        parts = [(text, product(plan, (text,))) for text in entry]
        absent = [text for text, term in parts if any(factor.text not in mains for factor in term.factors)]
        names = tuple(name for _, term in parts for name in term.names)
        if absent:
            said = f"the product of {listing(entry)} needs its main effects: add {listing(absent)} to the covariates"
            yield Fault(place, said, names)
        texts = [factor.text for _, term in parts for factor in term.factors]
        if len(set(texts)) < len(texts):
            yield Fault(place, "multiplies a variable by itself; write `I(x**2)` for a square")
