"""The other engines of `verify --refit` fit the model that is asked for, and say so when they cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from epiladder.audit import peers
from epiladder.design.build import cluster_starts
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian

ONE = "(Intercept)"


def task(*random: RandomColumns) -> tuple[peers.Task, float]:
    """A Gaussian model of wards in hospitals, and our log-likelihood."""
    rng = np.random.default_rng(8)
    outer, inner = np.repeat(np.arange(12), 30), np.repeat(np.arange(48), np.tile([5, 7, 8, 10], 12))
    x = rng.normal(size=360)
    y = 2 + x * (0.5 + rng.normal(scale=0.5, size=12)[outer]) + rng.normal(size=12)[outer] + rng.normal(size=48)[inner]
    y = y + rng.normal(size=360)
    columns = {ONE: np.ones(360), "x": x, "y": y}
    starts = cluster_starts([outer, inner])
    cross = crossproducts(
        list(columns), list(columns.values()), starts, ["hospital", "ward"], [outer[starts], inner[starts]]
    )
    model = Model("y", (ONE, "x"), random)
    ours = fit_gaussian(cross, model, ("ML",))["ML"].log_likelihood
    clusters = {"hospital": outer, "ward": inner}
    fixed = np.column_stack([columns[ONE], x])
    return peers.Task("gaussian", "identity", model, y, fixed, columns, clusters, None, None, None, None), ours


@pytest.mark.parametrize(
    "random",
    [
        (RandomColumns("hospital", ((ONE, "x"),)),),
        (RandomColumns("hospital", ((ONE,), ("x",))),),
        (RandomColumns("hospital", ((ONE,),)), RandomColumns("ward", ((ONE,),))),
        (RandomColumns("hospital", ((ONE, "x"),)), RandomColumns("ward", ((ONE,),))),
    ],
    ids=["slope", "independent slope", "three levels", "three levels with slope"],
)
def test_mixed_linear_models_have_our_likelihood(random: tuple[RandomColumns, ...]) -> None:
    asked, ours = task(*random)
    reply = peers._mixed_linear(asked)
    assert reply.log_likelihood == pytest.approx(ours, abs=1e-5)


def test_what_no_engine_can_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _ = task(RandomColumns("hospital", ((ONE,),)), RandomColumns("ward", ((ONE, "x"),)))
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(peers.CannotError, match="glmm is not installed; MixedLM cannot let slopes vary below"):
        peers.fit(asked)
    with pytest.raises(peers.CannotError, match="no frequency weights"):
        peers.fit(replace(asked, weights=np.ones(360)))
