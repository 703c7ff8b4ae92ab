"""Looks: of how many studies of one plan this is one, how it differs, and what their number does to chance."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Bullets, Code, Name, Paragraph, Parts, Section, join, say
from epiladder.report.results import Results


def section(results: Results) -> Section | None:
    """What differs, and how far chance goes over so many looks; nothing where the study is one by itself."""
    found = results.plan.get("expanded")
    if found is None or found["looks"] < 2:
        return None
    opening = say(
        "This study is one of {n} into which the plan of {of} was spread; the others lie beside it. What differs here:",
        n=numbers.count(found["looks"]),
        of=Code(found["of"]),
    )
    return Section(
        "looks", "Looks at the data", (Paragraph(opening), Bullets(_differing(results)), Paragraph(_chance(results)))
    )


def cautions(results: Results) -> list[Parts]:
    """A sentence for the first page where one plan gives more than one look."""
    found = results.plan.get("expanded")
    if found is None or found["looks"] < 2:
        return []
    words = "This is one of {n} looks at the data of one plan (here {differs}); nothing is adjusted for their number."
    return [say(words, n=numbers.count(found["looks"]), differs=differences(results))]


def differences(results: Results) -> Parts:
    """`outcome: death, sex: female`."""
    return join(_differing(results), last=", ")


def _differing(results: Results) -> tuple[Parts, ...]:
    differs = (results.plan.get("expanded") or {}).get("differs") or {}
    return tuple(say("{what}: {label}", what=_what(results, what), label=Name(one)) for what, one in differs.items())


def _what(results: Results, what: str) -> str:
    """The column's label; `outcome` and `exposure` are no columns."""
    return results.names.variable(what)


def _chance(results: Results) -> Parts:
    looks = results.plan["expanded"]["looks"]
    chance = 1 - results.confidence()
    return say(
        "With {n} looks, and no effect in any of them, {expected} intervals of a coefficient would be expected to "
        "exclude no effect by chance alone. Neither intervals nor p-values are adjusted: who singles out the most "
        "notable of {n} looks should, by Bonferroni's rule, call a p-value small below {limit}, not below {level}. "
        "Subgroups and periods of the same outcome are compared by an interaction in one model, not by which of them "
        "has a small p-value.",
        n=numbers.count(looks),
        expected=numbers.magnitude(looks * chance, 2),
        limit=numbers.magnitude(chance / looks, 2),
        level=numbers.given(round(chance, 10)),
    )
