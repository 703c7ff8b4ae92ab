"""Diagnostics: whether residuals and clusters look as the model says, in words and pictures, without p-values."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import (
    Block,
    Bullets,
    Column,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Strong,
    Table,
    say,
)
from epiladder.report.plots import diagnostics as picture
from epiladder.report.results import Results

SEEN, NOT_SEEN = "beyond chance", "within chance"


def section(results: Results) -> Section | None:
    """What was looked at, what stood out, a picture and a table; nothing where nothing was looked at."""
    found = results.diagnostics
    if found is None:
        return None
    if found["reason"] is not None:
        return Section("diagnostics", "Diagnostics", (Paragraph((found["reason"],)),))
    flagged = _flagged(results, found)
    blocks: list[Block] = [Paragraph(_what(results, found)), Paragraph(_verdict(flagged))]
    blocks += [Bullets(tuple(flagged))] if flagged else []
    drawn = picture.figure(results)
    blocks += [drawn] if drawn else []
    return Section("diagnostics", "Diagnostics", (*blocks, _table(results, found)))


def _what(results: Results, found: dict[str, Any]) -> Parts:
    if results.scale.gaussian:
        words = (
            "Residuals of the rung that is read are taken from its fixed part and conditional modes. The variance of "
            "each cluster's residuals is set beside a chi-square band [@raudenbush2002], and modes beside the normal "
            "law [@lange1989]."
        )
    else:
        words = (
            "Quantile residuals [@dunn1996] give each outcome its own probability under the rung that is read, the "
            "effects of clusters drawn anew (unconditional). They, the dispersion and the zeros are set beside those "
            "of data sets drawn from the model, and modes beside the normal law [@lange1989]."
        )
    if found.get("data_set"):
        words += " Of the imputed data sets, the first was used."
    return say(words)


def _verdict(flagged: list[Parts]) -> Parts:
    if not flagged:
        return (Strong("Nothing here speaks against the model"), ", as far as chance allows.")
    things = "One thing stands" if len(flagged) == 1 else f"{len(flagged)} things stand"
    return (Strong(f"{things} out beyond chance"), ":")


def _flagged(results: Results, found: dict[str, Any]) -> list[Parts]:
    said = [_of_residuals(found["residuals"])] if found["residuals"]["flagged"] else []
    said += [_of_dispersion(found["dispersion"])] if found["dispersion"]["flagged"] else []
    said += [_of_zeros(found["zeros"])] if found["zeros"]["flagged"] else []
    said += [_of_spread(results, found["spread"])] if found["spread"]["flagged"] else []
    return said + [_of_modes(results, one) for one in found["modes"] if one["flagged"]]


def _of_residuals(one: dict[str, Any]) -> Parts:
    if one["kind"] == "quantile":
        return say(
            "Outcomes do not follow the law of the model: the distance of the quantile residuals from uniform is "
            "{distance}, and the largest of {draws} drawn data sets {limit}.",
            distance=numbers.fixed(one["distance"], 3),
            draws=numbers.count(one["draws"]),
            limit=numbers.fixed(one["limit"], 3),
        )
    tails = "heavier" if one["excess_kurtosis"] > 0 else "lighter"
    return say(
        "Residuals have {tails} tails than the normal law, or lean (skewness {skewness}, excess kurtosis {kurtosis}): "
        "fixed effects bear that well, variances and what is said of single {units} less.",
        tails=(tails,),
        skewness=numbers.fixed(one["skewness"], 1),
        kurtosis=numbers.fixed(one["excess_kurtosis"], 1),
        units=("units",),
    )


def _of_dispersion(one: dict[str, Any]) -> Parts:
    more = one["ratio"] > 1
    return say(
        "Outcomes vary {ratio} times as much around their fitted values as the model says ({draws} drawn data sets: "
        "{range}): standard errors are too {size}.",
        size=("small" if more else "large",),
        ratio=numbers.fixed(one["ratio"], 2),
        draws=numbers.count(one["draws"]),
        range=numbers.Interval(one["low"], one["high"], numbers.fixed(0.0, 2).format),
    )


def _of_zeros(one: dict[str, Any]) -> Parts:
    if one.get("ratio") is None:
        return say("There are zeros where the model has none.")
    return say(
        "There are {ratio} times as many zeros as the model says ({draws} drawn data sets: {range}).",
        ratio=numbers.fixed(one["ratio"], 2),
        draws=numbers.count(one["draws"]),
        range=numbers.Interval(one["low"], one["high"], numbers.fixed(0.0, 2).format),
    )


def _of_spread(results: Results, one: dict[str, Any]) -> Parts:
    level = results.levels()[-1]
    return say(
        "{outside} of {all} {levels} have a residual variance outside the band that would hold {share} of them if all "
        "had one ({expected} expected outside): the variance differs between {levels}, or residuals are not normal. "
        "Cluster-robust standard errors, beside the models', do not assume one variance.",
        outside=results.clusters_of(level, one["outside"]),
        all=results.clusters_of(level, one["clusters"]),
        levels=results.names.level(level, 2),
        share=numbers.percent(results.confidence()),
        expected=numbers.about(one["expected"]),
    )


def _of_modes(results: Results, one: dict[str, Any]) -> Parts:
    return say(
        "The modes of {term} by {level} do not look normal (skewness {skewness}, excess kurtosis {kurtosis}): look for "
        "a cluster that stands apart, or for a covariate of the {level} that is missing.",
        term=results.names.term(one["term"]),
        level=results.names.level(one["level"], 1),
        skewness=numbers.fixed(one["skewness"], 1),
        kurtosis=numbers.fixed(one["excess_kurtosis"], 1),
    )


def _table(results: Results, found: dict[str, Any]) -> Table:
    rows = [_row("Residuals", found["residuals"], _distance)]
    rows += [_row("Dispersion", found["dispersion"], _ratio), _row("Zeros", found["zeros"], _ratio)]
    rows.append(_row("Spread by cluster", found["spread"], _outside))
    for one in found["modes"]:
        level, term = results.names.level(one["level"], 1), results.names.term(one["term"])
        rows.append(_row(f"Modes: {term}, {level}", one, _distance))
    heads = ("Measure", "Found", "Limit", "Verdict", "Flags what is right")
    return Table(
        id="checks",
        caption=say("Checks of the rung that is read."),
        stub="Check",
        columns=tuple(Column(head, numeric=head not in ("Measure", "Verdict")) for head in heads),
        groups=(RowGroup(None, tuple(row for row in rows if row is not None)),),
        notes=(_limits(results, found),),
    )


def _limits(results: Results, found: dict[str, Any]) -> Parts:
    words = "Limit: where a check begins to flag; the last column says how often it does where the model is right."
    if not results.scale.gaussian:
        return say(words)
    words += " Of residuals a distance below {least} is passed over, since it cannot be seen."
    return say(words, least=numbers.given(found["residuals"]["visible"]))


def _row(label: str, one: dict[str, Any], cells: Any) -> Row | None:
    """A check that does not apply has no row."""
    if one.get("reason") is not None:
        return None
    verdict = SEEN if one["flagged"] else NOT_SEEN
    return Row(label, (*cells(one), verdict, numbers.percent(one["error_rate"])))


def _distance(one: dict[str, Any]) -> tuple[Any, ...]:
    limit = max(one["limit"], one.get("visible") or 0.0)
    return ("distance from its law", numbers.fixed(one["distance"], 3), numbers.fixed(limit, 3))


def _ratio(one: dict[str, Any]) -> tuple[Any, ...]:
    form = numbers.fixed(0.0, 2).format
    return ("ratio to the model's", numbers.fixed(one["ratio"], 2), numbers.Interval(one["low"], one["high"], form))


def _outside(one: dict[str, Any]) -> tuple[Any, ...]:
    return ("clusters outside the band", numbers.count(one["outside"]), numbers.count(one["limit"]))
