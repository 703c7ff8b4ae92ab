"""Pooling out of sample: what partial pooling gains over each cluster alone, and over one estimate for all."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import Block, Column, Note, Paragraph, Parts, Row, RowGroup, Strong, Table, say
from epiladder.report.results import Results

LOSSES = {
    "squared_error": "mean squared error",
    "brier": "Brier score (the mean squared error of a probability)",
    "log_score": "logarithmic score (minus the log-probability of what was seen)",
}
SHORT = {"squared_error": "mean squared error", "brier": "Brier score", "log_score": "logarithmic score"}
LABELS = {"all": "All", "smallest": "Smallest third", "middle": "Middle third", "largest": "Largest third"}


def blocks(results: Results) -> list[Block]:
    """Words, the sentence to quote, and a table; nothing where it was not judged."""
    found = results.pooling_cv
    if found is None:
        return []
    made: list[Block] = [
        Note("remark", say("Pooling was not judged out of sample: {reason}.", reason=(one["reason"],)))
        for one in found["rungs"][:1]
        if one["reason"]
    ]
    known = [one for one in found["rungs"] if not one["reason"]]
    if not known:
        return made
    return [
        *made,
        Paragraph(_what(results, found)),
        Paragraph(_sentence(results, found, known[0])),
        _table(results, found, known),
    ]


def _what(results: Results, found: dict[str, Any]) -> Parts:
    words = (
        "Out of sample: the {units} of each {level} were spread over {folds} folds, and each fold predicted from the "
        "others; errors are compared by {loss} [@gneiting2007]."
    )
    return say(
        words,
        units=results.names.unit(2),
        level=results.names.level(found["level"], 1),
        folds=numbers.count(found["folds"]),
        loss=(LOSSES[found["loss"]],),
    )


def _sentence(results: Results, found: dict[str, Any], rung: dict[str, Any]) -> Parts:
    """What a reader may quote: of the smallest third, or of all where sizes are the same."""
    group = next((one for one in rung["groups"] if one["group"] == "smallest"), rung["groups"][0])
    less = group["partial_less_none"]
    many = results.names.level(found["level"], 2)
    whom = f"the smallest third of {many}" if group["group"] == "smallest" else f"all {many}"
    if less["difference"] is None or group["none"] is None:
        return say("Of {whom} none could be predicted alone.", whom=(whom,))
    better = less["difference"] < 0
    told = less["ci_low"] is not None and (less["ci_high"] < 0 or less["ci_low"] > 0)
    form = numbers.significant(less["difference"], 2)
    low, high = (None if less[key] is None else less[key] * (1 if not better else -1) for key in ("ci_low", "ci_high"))
    low, high = (high, low) if better else (low, high)
    return (
        "For ",
        whom,
        ", ",
        Strong(f"partial pooling errs by {'less' if better else 'more'} than each alone"),
        *say(
            ": {loss} {partial} against {none}, a difference of {difference}{unsure} (null rung).",
            loss=(SHORT[found["loss"]],),
            partial=numbers.magnitude(group["partial"], 4),
            none=numbers.magnitude(group["none"], 4),
            difference=numbers.Estimate(abs(less["difference"]), low, high, form, found["confidence"]),
            unsure=() if told else (", which chance alone could give",),
        ),
    )


def _table(results: Results, found: dict[str, Any], known: list[dict[str, Any]]) -> Table:
    groups = tuple(
        RowGroup(
            results.names.rung(rung["rung"]),
            tuple(Row(LABELS[group["group"]], _cells(results, found, group)) for group in rung["groups"]),
        )
        for rung in known
    )
    heads = ("Clusters", "Complete", "None", "Partial", "Partial less none", "Partial less complete")
    left_out = sum(rung["units_left_out"] or 0 for rung in known[:1])
    notes = [
        say(
            "Below zero: partial pooling errs less. Intervals ({share}) take outermost clusters as drawn at random.",
            share=numbers.percent(found["confidence"]),
        )
    ]
    if left_out:
        notes.append(
            say(
                "Left out: {n} that no cluster alone could predict, having no other rows.",
                n=results.disclosure.count(left_out),
            )
        )
    return Table(
        id="pooling-out-of-sample",
        caption=say(
            "Errors out of sample by size of the {level}: {loss}.", level=found["level"], loss=(SHORT[found["loss"]],)
        ),
        stub="Clusters by size",
        columns=tuple(Column(head) for head in heads),
        groups=groups,
        notes=tuple(notes),
    )


def _cells(results: Results, found: dict[str, Any], group: dict[str, Any]) -> tuple[Any, ...]:
    return (
        results.clusters_of(found["level"], group["clusters"]),
        *(numbers.magnitude(group[way], 4) for way in ("complete", "none", "partial")),
        *(_difference(group[f"partial_less_{other}"]) for other in ("none", "complete")),
    )


def _difference(less: dict[str, Any]) -> numbers.Estimate:
    form = numbers.significant(less["difference"], 2)
    return numbers.Estimate(less["difference"], less["ci_low"], less["ci_high"], form)
