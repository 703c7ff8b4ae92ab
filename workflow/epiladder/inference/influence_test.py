"""The test of the rung that is read, with every cluster of a level left out in turn, by the law that the ladder reads.

Where a reference law is known it gives a p-value without each cluster. Where only the parametric bootstrap can judge,
statistics are held against its critical value with all clusters in: drawing anew for each would cost a bootstrap each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.errors import LikelihoodError
from epiladder.inference.compare import Rung, law_of
from epiladder.inference.influence_deleted import Deleted
from epiladder.inference.reference import Law

if TYPE_CHECKING:
    from epiladder.inference.influence import Study

Record = dict[str, Any]
NO_STEP = "the rung that is read has no rung with random effects below it"
NO_LAW = "no law of its statistic is known, and the plan asks for no bootstrap, or for too few replicates"
FIRST = "of the first imputed data set, by the law that holds for one data set"


@dataclass(frozen=True)
class Judge:
    """A step of the ladder and what judges it: a law, or a critical value of the bootstrap; or why there is neither."""

    smaller: str | None = None
    larger: str | None = None
    criterion: str | None = None
    law: Law | None = None
    critical: float | None = None
    reason: str | None = None

    def as_json(self, imputed: bool) -> Record:
        """How the test is judged, for the record: test, smaller, larger, criterion, reference, reason, note."""
        reference = None if self.law is None else str(self.law)
        test = "likelihood_ratio" if self.law is not None else "bootstrap" if self.critical is not None else None
        step = {"smaller": self.smaller, "larger": self.larger, "criterion": self.criterion}
        note = FIRST if imputed and test else None
        return {"test": test, **step, "reference": reference, "critical": self.critical, "reason": self.reason,
                "note": note}  # fmt: skip


def judge_of(study: Study, retained: str, comparisons: Sequence[Record]) -> Judge:
    """What judges the rung that is read against the one below it."""
    steps = [row for row in comparisons if row["larger"] == retained and not row["smaller"].startswith("single_level")]
    row = next((row for row in steps if row["p_value"] is not None), None)
    row = row or next((row for row in steps if row.get("bootstrap_critical") is not None), None)
    if row is None:
        return Judge(reason=NO_LAW if any(one["statistic"] is not None for one in steps) else NO_STEP)
    step = (row["smaller"], row["larger"], row["criterion"])
    if row["p_value"] is None:
        return Judge(*step, critical=row["bootstrap_critical"])
    designed = study.designed
    rungs = [Rung.of(designed.spec(rung), designed.model(rung), study.fits[rung]) for rung in step[:2]]
    law = law_of(rungs[0], rungs[1], [designed.cross.cluster_sizes(name) for name in designed.cross.levels])
    return Judge(*step, law=law) if isinstance(law, Law) else Judge(*step, reason=law)


def crossed(study: Study, level: str, judge: Judge, alpha: float) -> Iterator[tuple[Deleted, int, Record]]:
    """Clusters without which the test's verdict is another, and what it then says."""
    if judge.smaller is None or judge.larger is None or judge.reason is not None:
        return
    try:
        low, high = (study.without(rung, level, str(judge.criterion)) for rung in (judge.smaller, judge.larger))
    except LikelihoodError:
        return
    whole = _verdict(judge, low.whole.deviance - high.whole.deviance, alpha)
    statistic = low.deviance - high.deviance
    for c in np.flatnonzero(np.isfinite(statistic)):
        without = _verdict(judge, float(statistic[c]), alpha)
        if without["significant"] != whole["significant"]:
            yield high, int(c), {"with_all": whole, "without": without}


def _verdict(judge: Judge, statistic: float, alpha: float) -> Record:
    statistic = max(statistic, 0.0)
    if judge.law is not None:
        p_value = judge.law.p_value(statistic)
        return {"statistic": statistic, "p_value": p_value, "significant": p_value < alpha}
    assert judge.critical is not None
    return {"statistic": statistic, "p_value": None, "significant": statistic > judge.critical}
