"""Decisions: the plan's rules applied to the evidence, each with its margin."""

from __future__ import annotations

import re
from typing import Any

from epiladder.report import numbers
from epiladder.report.page import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Table,
    join,
    say,
)
from epiladder.report.results import Results
from epiladder.report.sections import few_clusters, turned

RULES = {
    "clustering": "Clustering",
    "few_clusters": "Number of clusters",
    "random_slope": "Random slope",
    "cross_level": "Cross-level effects",
    "approximation": "Approximation of the likelihood",
    "retained_rung": "Rung that is read",
}


CALLED = {
    "icc": "ICC",
    "p_value": "p",
    "p_value_naive": "naive p",
    "p_value_bootstrap": "bootstrap p",
    "aic": "AIC",
    "bic": "BIC",
    "criterion": "by",
}


def section(results: Results) -> Section | None:
    """The decisions in words and as a table; nothing when the plan decides nothing."""
    if not results.decisions:
        return None
    words = "Each rule of the plan is applied to one piece of evidence. The margin says how far the evidence is from "
    words += "turning the decision: small margins are decisions that another sample could turn."
    sentences = tuple(_words(_spoken(results, one)) for one in results.decisions if one.get("words"))
    others = turned.table(results, {one["rule"]: rule(results, one["rule"]) for one in results.decisions})
    blocks: list[Block] = [Paragraph(say(words)), Bullets(sentences), _table(results)]
    cautions = turned.turned(results)
    if cautions:
        lead = say("Some decisions would have fallen otherwise under another choice that could have been made as well:")
        blocks += [Paragraph(lead), Bullets(tuple(cautions))]
    return Section("decisions", "Decisions", (*blocks, *((others,) if others else ())))


def _words(text: str) -> Parts:
    """A decision's own sentence, what stands between backticks as code."""
    return tuple(Code(piece) if at % 2 else piece for at, piece in enumerate(text.split("`")) if piece)


def _spoken(results: Results, one: dict) -> str:
    """The decision's sentence with rungs by their names; `null` is one only where a rung is chosen."""
    text = str(one["words"])
    if one["rule"] == "retained_rung":
        text = re.sub(r"\bnull\b", f"“{results.names.rung_inside('null')}”", text)
    return results.names.spoken(text)


def rule(results: Results, name: str) -> str:
    """A rule's name in words, with its level."""
    base, dot, level = name.partition(".")
    return RULES.get(base, base.replace("_", " ")) + (f", {level}" if dot else "")


def _table(results: Results) -> Table:
    rows = tuple(
        Row(
            rule(results, one["rule"]),
            (
                _evidence(_renamed(results, one["evidence"])),
                _threshold(one["threshold"]),
                _outcome(results, one),
                _evidence(one["margin"]),
            ),
        )
        for one in results.decisions
    )
    heads = ("Evidence", "Threshold", "Outcome", "Margin")
    return Table(
        id="decisions",
        caption=say("Decisions of the plan."),
        stub="Rule",
        columns=tuple(Column(head, numeric=False) for head in heads),
        groups=(RowGroup(None, rows),),
    )


def _renamed(results: Results, evidence: Any) -> Any:
    """Evidence by rung with the rungs' names, everything else as it is."""
    rungs = {fit["rung"] for fit in results.fits}
    if not isinstance(evidence, dict):
        return evidence
    evidence = few_clusters.evidence(results, evidence)
    return {results.names.rung(key) if key in rungs else key: value for key, value in evidence.items()}


def _outcome(results: Results, one: dict) -> Cell:
    outcome = str(one["outcome"])
    return results.names.rung(outcome) if one["rule"] == "retained_rung" else outcome.replace("_", " ")


def _evidence(value: Any, name: str = "") -> Parts:
    """Named numbers as `ICC 0.18 (0.15 to 0.22); design effect 9.1`; a lone number by itself."""
    if value is None or value == {}:
        return ("–",)
    if isinstance(value, dict):
        return join([_item(value, key) for key in _order(value)], "; ", "; ")
    if isinstance(value, (bool, str)):
        return (str(value),)
    return (_number(value, name),)


def _threshold(value: Any) -> Parts:
    """A threshold with the digits that the plan wrote."""
    if isinstance(value, dict):
        items: list[Parts] = [(f"{_called(key)} ", numbers.given(value[key])) for key in _order(value)]
        return join(items, "; ", "; ")
    return (numbers.given(value),) if isinstance(value, float) else _evidence(value)


def _order(value: dict[str, Any]) -> list[str]:
    """Keys in the order of reading: the ICC first, with its limits inside it, then the rest as they stand."""
    limits = ("ci_low", "ci_high") if value.get("icc") is not None else ()
    return sorted((key for key in value if key not in limits and value[key] is not None), key=lambda key: key != "icc")


def _called(key: str) -> str:
    return CALLED.get(key, key.replace("_", " "))


def _item(value: dict[str, Any], key: str) -> Parts:
    if key == "icc" and "ci_low" in value:
        form = numbers.icc(value["icc"]).format
        return ("ICC ", numbers.Estimate(value["icc"], value["ci_low"], value["ci_high"], form))
    return (f"{_called(key)} ", *_evidence(value[key], key))


def _number(value: float, name: str) -> numbers.Number:
    if name.startswith("p_value") or name == "p":
        return numbers.p_exact(value)
    if isinstance(value, int):
        return numbers.count(value)
    return numbers.magnitude(value, 3)
