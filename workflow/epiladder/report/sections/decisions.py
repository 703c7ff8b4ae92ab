"""Decisions: the plan's rules applied to the evidence, each with its margin."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import Bullets, Cell, Column, Paragraph, Parts, Row, RowGroup, Section, Table, join, say
from epiladder.report.results import Results

RULES = {
    "clustering": "Clustering",
    "few_clusters": "Number of clusters",
    "random_slope": "Random slope",
    "cross_level": "Cross-level effects",
    "retained_rung": "Rung that is read",
}


def section(results: Results) -> Section | None:
    """The decisions in words and as a table; nothing when the plan decides nothing."""
    if not results.decisions:
        return None
    words = "Each rule of the plan is applied to one piece of evidence. The margin says how far the evidence is from "
    words += "turning the decision: small margins are decisions that another sample could turn."
    sentences = tuple((str(one["words"]),) for one in results.decisions if one.get("words"))
    return Section("decisions", "Decisions", (Paragraph(say(words)), Bullets(sentences), _table(results)))


def rule(results: Results, name: str) -> str:
    """A rule's name in words, with its level."""
    base, dot, level = name.partition(".")
    return RULES.get(base, base.replace("_", " ")) + (f", {level}" if dot else "")


def _table(results: Results) -> Table:
    rows = tuple(
        Row(
            rule(results, one["rule"]),
            (_evidence(one["evidence"]), _evidence(one["threshold"]), _outcome(results, one), _evidence(one["margin"])),
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


def _outcome(results: Results, one: dict) -> Cell:
    outcome = str(one["outcome"])
    return results.names.rung(outcome) if one["rule"] == "retained_rung" else outcome.replace("_", " ")


def _evidence(value: Any, name: str = "") -> Parts:
    """Named numbers as `ICC 0.18, design effect 9.1`; a lone number by itself."""
    if value is None:
        return ("–",)
    if isinstance(value, dict):
        items = [(f"{_called(k)} ", *_evidence(v, k)) for k, v in value.items() if v is not None]
        return join(items, "; ", "; ") if items else ("–",)
    if isinstance(value, (bool, str)):
        return (str(value),)
    if isinstance(value, (list, tuple)):
        return join([_evidence(each, name) for each in value], " to ", " to ")
    return (_number(value, name),)


def _called(key: str) -> str:
    known = {"icc": "ICC", "p_value": "p", "ci_low": "from", "ci_high": "to", "aic": "AIC", "bic": "BIC"}
    return known.get(key, key.replace("_", " "))


def _number(value: float, name: str) -> numbers.Number:
    if name.startswith("p_value") or name == "p":
        return numbers.p_exact(value)
    return numbers.count(value) if isinstance(value, int) else numbers.magnitude(value, 3)
