"""The equation of a rung whose outcome is not normal: its law, its link, its linear predictor, its random effects."""

from __future__ import annotations

from typing import Any

from epiladder.report.equation import EQUALS, FOLLOWS, broken, digits, laws, predictor, whole_index
from epiladder.report.mathematics import Digits, Line, Node, Operator, Sub, Words, greek, letter
from epiladder.report.names import Names

COMMA = Operator(",", ",")
OPENED, CLOSED = Operator("(", r"\left("), Operator(")", r"\right)")


def lines(names: Names, found: dict[str, Any]) -> tuple[Node, ...]:
    """Displayed lines: the law of the outcome, the link and the linear predictor, the laws of the random effects."""
    index = whole_index(names)
    mean = Sub(greek("mu" if names.scale.counts else "pi"), index)
    outcome = Line((Sub(Words(names.outcome()), index), FOLLOWS, _law(names, found, mean, index)))
    linked = _called(names.scale.link, mean)
    return (outcome, *broken(linked, [*_offset(names, index), *predictor(names, found)]), *laws(names, found))


def _law(names: Names, found: dict[str, Any], mean: Node, index: Node) -> Node:
    """Bernoulli, binomial of so many trials, Poisson, or negative binomial with its dispersion as estimated."""
    if names.scale.family == "poisson":
        return _called("Poisson", mean)
    if names.scale.family == "negative_binomial":
        theta = Line((greek("theta"), EQUALS, digits(found["dispersion"]))) if found["dispersion"] else greek("theta")
        return _called("NegBin", mean, theta)
    if names.plan["outcome"].get("trials"):
        return _called("Binomial", Sub(letter("n"), index), mean)
    return _called("Bernoulli", mean)


def _called(name: str, *arguments: Node) -> Node:
    inside: list[Node] = []
    for argument in arguments:
        inside += [COMMA, argument] if inside else [argument]
    return Line((Words(name), OPENED, *inside, CLOSED))


def _offset(names: Names, index: Node) -> list[Node]:
    """The logarithm of the exposure, where there is one."""
    exposure = names.plan["outcome"].get("exposure")
    return [] if exposure is None else [_called("log", _exposure(names, exposure, index))]


def _exposure(names: Names, exposure: str | float, index: Node) -> Node:
    """A number as it was written, a column by its label and index."""
    try:
        return Digits(f"{float(exposure):g}")
    except ValueError:
        return Sub(Words(names.variable(str(exposure))), index)
