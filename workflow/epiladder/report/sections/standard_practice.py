"""Standard practice: what each coefficient would be under the methods that others use."""

from __future__ import annotations

import math

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Block, Cell, Column, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import forest
from epiladder.report.results import Results

ALIKE = 0.1  # standard errors that differ by less are not worth a sentence at the head of the page
RATIO = "Ratio of errors: this method's standard error over the mixed model's, for the same fixed part."


def section(results: Results) -> Section | None:
    """Each coefficient under each method; nothing when there are no covariates."""
    rows = chosen(results)
    if not rows:
        return None
    words = (
        "The same fixed part, estimated by the methods in common use. Ordinary regression takes every row as "
        "independent: its standard errors are too small for what varies between clusters, and too large for what "
        "varies only within them [@moulton1986]. Cluster-robust errors and GEE [@liang1986] mend the errors, fixed "
        "effects remove all differences between clusters, and with them every coefficient of a cluster-level variable."
    )
    if any(row["method"] == "cluster_robust_cr2" for row in rows):
        words += (
            " With few clusters plain cluster-robust errors are too small: CR2 corrects their bias, and tests each "
            "coefficient with degrees of freedom of its own [@bell2002][@pustejovsky2018]; where these fall below some "
            "four or five, few clusters carry the coefficient, and its p-value is to be trusted little."
        )
    blocks: list[Block] = [Paragraph(say(words))]
    blocks += [Paragraph(parts) for parts in (_two_questions(results, rows), contrast(results)) if parts]
    figure = forest.figure(results, rows)
    blocks += [figure] if figure else []
    return Section("practice", "What clustering does to the answer", (*blocks, _table(results, rows)))


def _two_questions(results: Results, rows: list[dict]) -> Parts | None:
    """Population-average and cluster-specific coefficients answer two questions: said plainly, where they differ."""
    scale = results.scale
    if scale.gaussian:
        return None
    what = (f"{scale.ratio}s" if scale.ratio else "coefficients",)
    marginal = any(row["method"] == "marginal" for row in rows)
    beside = (
        " The row “{marginal}” averages the mixed model's coefficients over the clusters: it is the one to set beside "
    )
    beside += "the other population-average rows."
    log = scale.link == "log"
    average = "The population-average one mostly lies nearer to {none}, the more so the more clusters differ: no bias."
    if log:
        average = "With a log link and random intercepts only, both are the same but for the intercept."
    return say(
        "Two questions are asked here, and the {what} answer one or the other [@neuhaus1991][@zeger1988]. "
        "**Population-average**: how do {units} with different values differ, taken over all {levels}? "
        "**Cluster-specific**: how do {units} of the same {level} differ? " + average + (beside if marginal else ""),
        what=what,
        units=results.names.unit(2),
        levels=results.names.level(results.levels()[-1], 2),
        level=results.levels()[-1],
        none=("1" if scale.ratio else "0",),
        marginal=(results.names.method("marginal"),),
    )


def chosen(results: Results, rung: str | None = None) -> list[dict]:
    """The rows whose fixed part is a rung's, the retained one's if none is named, or else the largest one there is."""
    rows = results.standard_practice["rows"]
    wanted = rung or results.retained() or ""
    parts = [row["fixed_part"] for row in rows]
    alike = [part for part in parts if part.partition(".")[0] == wanted.partition(".")[0]]
    pick = wanted if wanted in parts else next(iter(alike or parts[-1:]), None)
    return [row for row in rows if row["fixed_part"] == pick]


def contrast(results: Results) -> Parts | None:
    """The coefficient whose ordinary standard error is furthest from the mixed model's, in one sentence."""
    ratios = _error_ratios(results)
    if not ratios or all(abs(ratio - 1) < ALIKE for ratio in ratios.values()):
        return None
    worst = max(ratios, key=lambda term: abs(math.log(ratios[term])))
    return say(
        "Ordinary regression, which ignores the clusters, would give the coefficient of {term} a standard error "
        "{ratio} times that of the mixed model{average}: it would claim to know {how} than these data tell.",
        term=results.names.term(worst),
        ratio=numbers.fixed(ratios[worst], 2),
        average=() if results.scale.gaussian else (" averaged over clusters",),
        how=("more",) if ratios[worst] < 1 else ("less",),
    )


def _error_ratios(results: Results) -> dict[str, float]:
    """Ordinary standard errors over the mixed model's, on one scale.

    Outside the Gaussian family a conditional coefficient is larger than an average one, its error with it: there the
    mixed model's coefficients averaged over clusters are compared, and nothing is said where there are none.
    """
    rows = [row for row in chosen(results) if row["term"] != "(Intercept)"]
    plain = [row for row in rows if row["method"] == "ordinary"]
    if results.scale.gaussian:
        return {row["term"]: row["std_error_ratio"] for row in plain if row.get("std_error_ratio")}
    average = {row["term"]: row["std_error"] for row in rows if row["method"] == "marginal" and row["std_error"]}
    return {r["term"]: r["std_error"] / average[r["term"]] for r in plain if r["std_error"] and r["term"] in average}


def _table(results: Results, rows: list[dict]) -> Table:
    scale = results.scale
    estimate = f"{capital(scale.predictor)} (CI)" if scale.predictor else "Estimate (CI)"
    freedom = scale.gaussian or any(row["df"] is not None for row in rows)
    heads = (estimate, "Standard error", "Ratio of errors", *(("df",) if freedom else ()), "p")
    terms = dict.fromkeys(row["term"] for row in rows)
    groups = tuple(
        RowGroup(results.names.term(term), tuple(_row(results, row, freedom) for row in rows if row["term"] == term))
        for term in terms
    )
    first = (Column("Answers", numeric=False),) if not scale.gaussian else ()
    first = (*first, Column(f"{capital(scale.ratio)} (CI)")) if scale.ratio else first
    return Table(
        id="practice",
        caption=say("Each coefficient under standard practice and under the ladder."),
        stub="Method",
        columns=(*first, *(Column(head) for head in heads)),
        groups=groups,
        notes=(say(RATIO), *_reasons(results, rows)),
    )


def _row(results: Results, row: dict, freedom: bool) -> Row:
    cells: tuple[Cell | None, ...] = (
        numbers.coefficient(row),
        numbers.magnitude(row["std_error"], 3),
        numbers.fixed(row["std_error_ratio"], 2),
        *((numbers.degrees_of_freedom(row["df"]),) if freedom else ()),
        numbers.p_value(row["p_value"]),
    )
    if row["estimate"] is None:
        cells = (None,) * len(cells)
    ratio = numbers.ratio(row) if row["estimate"] is not None and row["term"] != "(Intercept)" else None
    first: tuple[Cell | None, ...] = () if results.scale.gaussian else (str(row.get("scale") or ""),)
    first = (*first, ratio) if results.scale.ratio else first
    return Row(results.names.method(row["method"]), (*first, *cells))


def _reasons(results: Results, rows: list[dict]) -> tuple[Parts, ...]:
    """What a method leaves out, and why it has no estimate: one note a method and reason."""
    left_out = dict.fromkeys((results.names.method(row["method"]), row["note"]) for row in rows if row.get("note"))
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.get("reason"):
            key = (results.names.method(row["method"]), results.names.spoken(row["reason"].rstrip(".")))
            told.setdefault(key, []).append(results.names.term(row["term"]))
    every = {name: sum(results.names.method(row["method"]) == name for row in rows) for name, _ in told}
    return (
        *(say("{method}: {note}.", method=method, note=results.names.spoken(note)) for method, note in left_out),
        *(
            say(
                "{method}{terms}: {reason}.",
                method=method,
                terms=say(", {terms}", terms=", ".join(terms)) if len(terms) < every[method] else (),
                reason=reason,
            )
            for (method, reason), terms in told.items()
        ),
    )
