"""A warning in words where Wald's z is used for coefficients that few clusters carry."""

from __future__ import annotations

from collections.abc import Sequence

from epiladder.report.page import Parts, say
from epiladder.report.results import Results

FEW = 30  # clusters below which the normal law misleads for what varies between them alone


def carried_by_few(
    terms: Sequence[str], columns: Sequence[dict], levels: Sequence[dict]
) -> dict[str, tuple[int, list[str]]]:
    """Terms measured on clusters of which there are few: level to its number of clusters and the terms."""
    lives = {column["name"]: column.get("level") for column in columns}
    few = {level["name"]: level["n_clusters"] for level in levels if level["n_clusters"] < FEW}
    found: dict[str, tuple[int, list[str]]] = {}
    for term in terms:
        level = lives.get(term)
        if level is not None and level in few:
            found.setdefault(level, (few[level], []))[1].append(term)
    return found


def notes(results: Results, found: dict) -> tuple[Parts, ...]:
    """A note for each level of few clusters; none where a t law with degrees of freedom knows how many there are."""
    if any(row["df"] is not None for row in found["fixed"]):
        return ()
    terms = [row["term"] for row in found["fixed"] if row["term"] != "(Intercept)"]
    carried = carried_by_few(terms, results.design.get("columns", ()), results.design["levels"])
    words = "Few clusters: {terms} can be told from {n} {levels} only. Wald's z takes the variance between {levels} as "
    words += "known, so that these intervals are too narrow and their p-values too small."
    return tuple(
        say(
            words,
            terms=", ".join(results.names.term(term) for term in named),
            n=results.clusters_of(level, number),
            levels=results.names.level(level, 2),
        )
        for level, (number, named) in carried.items()
    )
