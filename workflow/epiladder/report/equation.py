"""The equation of a rung as mathematics, with the estimated variances in place.

Letters: i counts units, then j, k, l the clusters from the innermost level outwards; random effects are u, v, w in the
same order; the covariance matrices are printed as estimated (Laird and Ware 1982).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from epiladder.report import numbers
from epiladder.report.mathematics import Digits, Indent, Line, Matrix, Node, Operator, Sub, Words, greek, letter
from epiladder.report.names import Names

INDICES = "ijklmn"
EFFECTS = "uvwrst"
LETTERS_A_LINE = 48

PLUS = Operator("+", "+")
EQUALS = Operator("=", "=")
FOLLOWS = Operator("∼", r"\sim")
TIMES = Operator("·", r"\cdot")


def lines(names: Names, found: dict[str, Any]) -> tuple[Node, ...]:
    """Displayed lines: the mean and the effects, then the law of each level's random effects, then the residual's."""
    everything = whole_index(names)
    outcome = Sub(Words(names.outcome()), everything)
    terms = [*predictor(names, found), Sub(greek("epsilon"), everything)]
    return (*broken(outcome, terms), *laws(names, found), _residual(everything, found["residual_variance"]))


def predictor(names: Names, found: dict[str, Any]) -> list[Node]:
    """The terms of the linear predictor: fixed effects, then random ones from the outermost level."""
    levels = [level["name"] for level in names.plan["levels"]]
    terms = [_fixed(names, at, row["term"]) for at, row in enumerate(found["fixed"])]
    for part in found["random"]:
        terms += [_random(names, levels, part["level"], at, term) for at, term in enumerate(part["terms"])]
    return terms


def laws(names: Names, found: dict[str, Any]) -> list[Node]:
    """The normal law of each level's random effects, a line each."""
    levels = [level["name"] for level in names.plan["levels"]]
    return [_law(levels, part) for part in found["random"]]


def whole_index(names: Names) -> Node:
    """The index of a unit: `ij` with one level, `ijk` with two."""
    return _index([level["name"] for level in names.plan["levels"]], None)


def broken(outcome: Node, terms: Sequence[Node]) -> list[Node]:
    """The sum over several lines, a few terms each, so that it fits a narrow window."""
    rows: list[list[Node]] = [[]]
    for term in terms:
        if rows[-1] and sum(map(_length, [*rows[-1], term])) > LETTERS_A_LINE:
            rows.append([])
        rows[-1].append(term)
    first, *rest = (Line(tuple(_between(row, PLUS))) for row in rows)
    return [Line((outcome, EQUALS, first)), *(Line((Indent(), PLUS, row)) for row in rest)]


def _length(node: Node) -> int:
    """About how many letters wide a term is."""
    if isinstance(node, Line):
        return sum(map(_length, node.nodes))
    return len(node.text) if isinstance(node, Words) else 3


def _between(nodes: Iterable[Node], mark: Node) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        found += [mark, node] if found else [node]
    return found


def _fixed(names: Names, at: int, term: str) -> Node:
    coefficient = Sub(greek("beta"), Digits(str(at)))
    return coefficient if term == "(Intercept)" else Line((coefficient, TIMES, Words(names.term(term))))


def _random(names: Names, levels: list[str], level: str, at: int, term: str) -> Node:
    effect = _effect(levels, level, at)
    return effect if term == "(Intercept)" else Line((effect, TIMES, Words(names.term(term))))


def _effect(levels: list[str], level: str, at: int) -> Node:
    inside = levels[::-1].index(level)
    return Sub(letter(EFFECTS[inside % len(EFFECTS)]), Line((Digits(str(at)), _index(levels, level))))


def _index(levels: list[str], level: str | None) -> Node:
    """`ijk` for a unit (None), `jk` for a cluster of the innermost of two levels, `k` for the outermost."""
    start = 0 if level is None else levels[::-1].index(level) + 1
    return Line(tuple(letter(index) for index in INDICES[start : len(levels) + 1]))


def _law(levels: list[str], part: dict[str, Any]) -> Node:
    effects = [_effect(levels, part["level"], at) for at in range(len(part["terms"]))]
    matrix = part["covariance"]
    if len(effects) == 1:
        return Line((effects[0], FOLLOWS, _normal(Digits("0"), digits(matrix[0][0]))))
    zero = Matrix(tuple((Digits("0"),) for _ in effects))
    sigma = Matrix(tuple(tuple(digits(value) for value in row) for row in matrix))
    return Line((Matrix(tuple((effect,) for effect in effects)), FOLLOWS, _normal(zero, sigma)))


def _residual(index: Node, value: float) -> Node:
    return Line((Sub(greek("epsilon"), index), FOLLOWS, _normal(Digits("0"), digits(value))))


def _normal(mean: Node, variance: Node) -> Node:
    comma, opened, closed = Operator(",", ","), Operator("(", r"\left("), Operator(")", r"\right)")
    return Line((letter("N"), opened, mean, comma, variance, closed))


def digits(value: float) -> Node:
    """A number as it is printed in an equation."""
    return Digits(numbers.show(numbers.magnitude(value)))
