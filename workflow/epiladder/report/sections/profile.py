"""Profile-likelihood intervals of the rung that is read: coefficients, standard deviations, correlations."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Cell, Column, Parts, Row, RowGroup, Table, say
from epiladder.report.results import Results
from epiladder.report.sections.simulated import intervals

WORDS = {"sd": "standard deviation", "correlation": "correlation"}


def table(results: Results, rung: str) -> Table | None:
    """A row a quantity; none where no profile was made of this rung."""
    found = results.profile or {}
    if found.get("rung") != rung or not found.get("rows"):
        return None
    fixed = [row for row in found["rows"] if row["kind"] == "coefficient"]
    rest = [row for row in found["rows"] if row["kind"] != "coefficient"]
    ratio = bool(results.scale.ratio)
    heads = ("Estimate (ML)", "Lower end", "Upper end")
    heads = (*heads, *((f"{capital(str(results.scale.ratio))} (CI)",) if ratio else ()))
    heads = (*heads, "Variance", "Lower end of the variance", "Upper end of the variance")
    groups = [RowGroup("Coefficients", tuple(_row(results, row, ratio) for row in fixed))]
    groups += [RowGroup("Random part", tuple(_row(results, row, ratio) for row in rest))] if rest else []
    return Table(
        id="profile",
        caption=say("Profile-likelihood intervals of the rung “{rung}”.", rung=results.names.rung_inside(rung)),
        stub="Parameter",
        columns=tuple(Column(head) for head in heads),
        groups=tuple(groups),
        notes=(_law(results), *_reasons(results, found["rows"])),
    )


def _row(results: Results, row: dict, ratio: bool) -> Row:
    cells: list[Cell | None] = [*_three(row, "estimate", "ci_low", "ci_high")]
    if ratio:
        shown = row["kind"] == "coefficient" and row["terms"] != ["(Intercept)"]
        cells.append(numbers.ratio({**row, "std_error": _width(row)}) if shown else None)
    variance = row["kind"] in ("sd", "residual_sd")
    cells += _three(row, "variance", "variance_low", "variance_high") if variance else [None] * 3
    return Row(_name(results, row), tuple(cells))


def _three(row: dict, *keys: str) -> list[numbers.Number]:
    values = [row[key] for key in keys]
    gaps = [abs(end - values[0]) for end in values[1:] if end is not None and end != values[0]]
    form = numbers.significant((gaps[0] if gaps else abs(values[0]) or 1.0) / 2, 2)
    return [numbers.Number(value, form) for value in values]


def _width(row: dict) -> float | None:
    ends = [end for end in (row["ci_low"], row["ci_high"]) if end is not None]
    return abs(ends[0] - row["estimate"]) / 2 if ends else None


def _name(results: Results, row: dict) -> str:
    if row["kind"] == "residual_sd":
        return "Residual standard deviation"
    if row["kind"] == "dispersion":
        return "Dispersion"
    terms = [results.names.term(term) for term in row["terms"]]
    if row["kind"] == "coefficient":
        return terms[0]
    return f"{capital(row['level'])}: {WORDS[row['kind']]}, {' with '.join(terms)}"


def _law(results: Results) -> Parts:
    share = f"{results.confidence() * 100:g}%"
    words = "An end is where the deviance, at its lowest over all other parameters, has risen by the {share} point of "
    words += "chi-square with one degree of freedom [@venzon1988], by maximum likelihood. Such an interval need not be "
    found = say(words + "symmetric, but is no remedy for few clusters.", share=share)
    return (*found, *intervals(results, "profile", "such 95% intervals of a standard deviation between clusters"))


def _reasons(results: Results, rows: list[dict]) -> tuple[Parts, ...]:
    """Why an end is not there, one note a reason."""
    told: dict[str, list[str]] = {}
    for row in rows:
        for side, key in (("lower", "low_reason"), ("upper", "high_reason")):
            if row[key]:
                told.setdefault(row[key], []).append(f"{_name(results, row)} ({side} end)")
    return tuple(say("{who}: {reason}.", who="; ".join(who), reason=reason) for reason, who in told.items())
