"""A ladder with one variable in the place of another, or without some: what `expand:` does to it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from epiladder.study.choices import Block, Ladder
from epiladder.study.plan import Plan
from epiladder.study.term import Term, parse_term, renamed
from epiladder.study.terms import derived, known_names


def swapped(plan: Plan, ladder: Ladder, old: str, new: str) -> Ladder:
    """The ladder with `new` for `old` in every term; what centring makes of one stands for that of the other."""
    names = {old: new, f"{old}.within": f"{new}.within", f"{old}.mean": f"{new}.mean"}
    names |= {f"{old}.mean.{level.name}": f"{new}.mean.{level.name}" for level in plan.levels}
    known = {*known_names(plan), *names, *names.values()}

    def change(text: str) -> str:
        return Term(tuple(renamed(factor, names) for factor in parse_term(text, known).factors)).text

    return _each(ladder, change)


def left_out(plan: Plan, ladder: Ladder, names: Collection[str]) -> Ladder:
    """The ladder without the terms that read any of these variables; the same ladder where none does."""
    made, known = derived(plan), known_names(plan)

    def reads(text: str) -> bool:
        return any((made[name][0] if name in made else name) in names for name in parse_term(text, known).names)

    blocks = [
        block.model_copy(update={"terms": tuple(text for text in block.terms if not reads(text))})
        for block in ladder.covariates
    ]
    kept = ladder.model_copy(
        update={
            "covariates": tuple(block for block in blocks if block.terms),
            "random_slopes": tuple(slope for slope in ladder.random_slopes if not reads(slope.of)),
            "cross_level": tuple(entry for entry in ladder.cross_level if not any(map(reads, entry))),
        }
    )
    return ladder if kept == ladder else kept


def _each(ladder: Ladder, change: Callable[[str], str]) -> Ladder:
    return ladder.model_copy(
        update={
            "covariates": tuple(
                block.model_copy(update={"terms": tuple(map(change, block.terms))}) for block in ladder.covariates
            ),
            "random_slopes": tuple(slope.model_copy(update={"of": change(slope.of)}) for slope in ladder.random_slopes),
            "cross_level": tuple(tuple(map(change, entry)) for entry in ladder.cross_level),
        }
    )


def ladder_document(ladder: Ladder, before: dict[str, Any]) -> dict[str, Any]:
    """The ladder as a study file writes it; what it says of the rung that is read stays."""
    made = {key: value for key, value in before.items() if key == "retain"}
    if ladder.cross_level:
        made = {"cross_level": [list(entry) for entry in ladder.cross_level], **made}
    if ladder.random_slopes:
        slopes = [{"of": one.of, "over": one.over, "correlated": one.correlated} for one in ladder.random_slopes]
        made = {"random_slopes": slopes, **made}
    return {"covariates": _covariates(ladder.covariates), **made} if ladder.covariates else made


def _covariates(blocks: tuple[Block, ...]) -> list[str] | dict[str, list[str]]:
    if all(block.name is None for block in blocks):
        return [text for block in blocks for text in block.terms]
    return {str(block.name): list(block.terms) for block in blocks}
