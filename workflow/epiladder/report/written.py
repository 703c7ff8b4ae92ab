"""How a study's pages are written: the language and the style of numbers that its plan asks for, and its own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from epiladder.report.language import ENGLISH, spoken
from epiladder.report.names import capital
from epiladder.report.results import Results
from epiladder.report.styles import written_in


@contextmanager
def written_for(results: Results, language: str | None = None) -> Iterator[None]:
    """Words in a language, the plan's where none is given, and numbers in its style; a language has a house style."""
    asked = results.plan.get("report") or {}
    style, name = str(asked.get("style") or "house"), language or language_of(results.plan)
    own = tuple(_spoken(results)) if name != ENGLISH else ()
    plain = (
        *_strings(results.plan),
        *own_words(results),
        *own,
        *(results.provenance.get("versions") or {}),
        *_files(results),
    )
    with written_in(style, name), spoken(name, own, plain, _categories(results)):
        yield


def language_of(plan: dict[str, Any]) -> str:
    """The language that a plan asks for; English where it asks for none."""
    return str((plan.get("report") or {}).get("language") or ENGLISH)


def _strings(value: Any) -> Iterator[str]:
    """Every text of the plan."""
    if isinstance(value, str):
        yield from (value, value.strip(), value.strip().rstrip("."))
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _strings(one)


def _files(results: Results) -> Iterator[str]:
    yield from (str(one["path"]) for one in results.provenance.get("inputs") or ())


def _spoken(results: Results) -> Iterator[str]:
    """The study's words as sentences have them: of its things also plurals, capitals and names of terms."""
    names = results.names
    things = [names.unit(1), names.unit(2), *(names.level(one, many) for one in results.levels() for many in (1, 2))]
    terms = [names.term(column["name"]) for column in results.design.get("columns", ())]
    units = [names.unit_of(name) for name in results.plan["variables"]]
    labels = [names.variable(name) for name in results.plan["variables"]]
    rungs = [name for fit in results.fits for name in (names.rung(fit["rung"]), names.rung_inside(fit["rung"]))]
    for word in (
        *things,
        *terms,
        *labels,
        *units,
        names.outcome(),
        *(rung for rung in rungs if rung.lower() != "null"),
    ):
        yield from (word, capital(word))


def _categories(results: Results) -> Iterator[str]:
    """Categories and what was asked of them: words that may have other senses in a sentence."""
    for variable in results.plan["variables"].values():
        yield from map(str, variable.get("categories") or ())


def own_words(results: Results) -> Iterator[str]:
    """Words that the plan itself uses, which are no names of clusters: ids, labels, categories."""
    plan = results.plan
    yield from (plan["id"], plan["unit"]["name"], *(level["name"] for level in plan["levels"]))
    for name, variable in plan["variables"].items():
        yield from (name, str(variable.get("label") or name), *map(str, variable.get("categories") or ()))
