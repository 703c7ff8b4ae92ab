"""Every rung fitted again by an engine that is not ours, from the kept columns, and how far the two are apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from epiladder.audit import peers
from epiladder.design.load import Designed
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.files import read_json, read_parquet

TOLERANCE = 1e-3  # relative; the peers stop their searches sooner than ours
SHORT = 1e-6  # log-likelihood by which a peer falls short of ours before its estimates are no judge of ours


@dataclass(frozen=True)
class Refitted:
    """A rung fitted twice: by which engine, the largest relative difference and where, or why it could not be.

    higher: our log-likelihood less the other's.
    """

    rung: str
    engine: str | None
    difference: float | None
    at: str
    higher: float | None
    reason: str

    @property
    def differs(self) -> bool:
        """Whether the other engine found something else that is at least as likely."""
        return self.difference is not None and self.higher is not None and not self._short() and self._apart()

    def _apart(self) -> bool:
        return bool((self.difference or 0) > TOLERANCE)

    def _short(self) -> bool:
        return bool((self.higher or 0) > SHORT and self._apart())

    def line(self) -> str:
        """The rung in a line for the terminal."""
        if self.difference is None:
            return f"  {self.rung}: not fitted again: {self.reason}"
        found = f"{self.engine}, largest relative difference {self.difference:.1e} ({self.at})"
        if self._short():
            found += f"; the other engine stopped {self.higher:.1e} short of our log-likelihood, and judges nothing"
        return f"  {self.rung}: {found}{': DIFFERS' if self.differs else ''}"


def refit(results: Path) -> list[Refitted]:
    """Every rung of a study fitted again by maximum likelihood; where data are imputed, on the first data set."""
    plan, approximation = read_json(results / "plan.json"), read_json(results / "approximation.json")
    imputed = (plan.get("data") or {}).get("imputation") is not None
    designed = Designed(results / "imputed" / "1" / "design" if imputed else results / "design")
    return [
        _one(results / "fits" / (f"{rung}/1.json" if imputed else f"{rung}.json"), rung, designed, plan, approximation)
        for rung in designed.rungs
    ]


def _one(path: Path, rung: str, designed: Designed, plan: dict[str, Any], approximation: dict[str, Any]) -> Refitted:
    ours = read_json(path)
    if ours["status"] != "fitted":
        return Refitted(rung, None, None, "", None, f"the ladder has no fit of it ({ours.get('message')})")
    found = ours["estimates"]["ML"]
    try:
        reply = peers.fit(_task(rung, designed, plan, approximation))
    except peers.CannotError as reason:
        return Refitted(rung, None, None, "", None, str(reason))
    apart, at = max(_differences(found, reply))
    return Refitted(rung, reply.engine, apart, at, found["log_likelihood"] - reply.log_likelihood, "")


def _differences(ours: dict[str, Any], reply: peers.Reply) -> Iterator[tuple[float, str]]:
    """Relative differences: of the log-likelihood, of estimates against themselves or their standard error, whichever
    is larger, and of standard errors."""
    yield abs(ours["log_likelihood"] - reply.log_likelihood) / max(abs(reply.log_likelihood), 1.0), "log-likelihood"
    for at, row in enumerate(ours["fixed"]):
        size = max(abs(float(reply.estimates[at])), float(row["std_error"] or 0.0))
        yield abs(row["estimate"] - float(reply.estimates[at])) / size, row["term"]
        if reply.errors is not None:
            error = float(reply.errors[at])
            yield abs((row["std_error"] or 0.0) - error) / error, f"standard error of {row['term']}"


def _task(rung: str, designed: Designed, plan: dict[str, Any], approximation: dict[str, Any]) -> peers.Task:
    model, columns = designed.model(rung), designed.columns(rung)
    outcome = plan["outcome"]
    exact = outcome["family"] == "gaussian"
    return peers.Task(
        outcome["family"],
        outcome["link"],
        model,
        columns[model.outcome],
        np.column_stack([columns[name] for name in model.fixed]),
        columns,
        _clusters(designed),
        columns.get(TRIALS),
        columns.get(OFFSET),
        columns.get(WEIGHT),
        None if exact else approximation["nodes"] or 1,
    )


def _clusters(designed: Designed) -> dict[str, np.ndarray]:
    """Codes of every level's clusters, (N,) each; clusters of one name in unlike parents are unlike."""
    levels = [level["name"] for level in designed.stored["levels"]]
    table = read_parquet(designed.folder / "columns.parquet", [f".{level}" for level in levels])
    path: list[tuple[str, ...]] = [()] * table.num_rows
    found = {}
    for level in levels:
        labels = table.column(f".{level}").to_pylist()
        path = [(*above, str(label)) for above, label in zip(path, labels, strict=True)]
        numbered = {each: at for at, each in enumerate(dict.fromkeys(path))}
        found[level] = np.array([numbered[each] for each in path])
    return found
