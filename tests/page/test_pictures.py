"""The flow of rows and the distribution of random effects: what they tell, to whom, and where panels stand."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist, fmean

import page_ratios
import page_studies
import pytest
from epiladder.report.assemble import blocks_of, page
from epiladder.report.disclosure import Disclosure
from epiladder.report.numbers import Estimate, Number
from epiladder.report.page import Figure, Row, Table
from epiladder.report.plots import canvas, distribution, flow, sizes
from epiladder.report.results import read

STUDIES = {
    "sleep": page_studies.sleep,
    "wards": page_studies.wards,
    "contraception": page_ratios.contraception,
    "epilepsy": page_ratios.epilepsy,
}
HIDDEN = {"public": False, "minimum_count": 10, "round_to": 5, "person": None}


def test_every_mode_stands_in_one_bar_and_the_model_s_share_is_that_of_its_law(tmp_path: Path) -> None:
    results = read(page_ratios.contraception(tmp_path / "r"))
    found = distribution.spreads(results)
    assert [(one.level, one.term) for one in found] == [("district", "(Intercept)"), ("district", "urban")]
    fit = json.loads((tmp_path / "r" / "fits" / "random_slope.json").read_text(encoding="utf-8"))
    covariance = fit["estimates"]["ML"]["random"][0]["covariance"]
    for at, one in enumerate(found):
        assert sum(one.counts()) == len(one.modes) == 60
        errors = [m["std_error"] for m in results.modes["random_slope"] if m["term"] == one.term]
        own = [math.sqrt(covariance[at][at] - error**2) for error in errors]
        tenth = fmean(NormalDist(0, each).cdf(0.1) - 0.5 for each in own)
        assert one.share(0.0, 0.1) == pytest.approx(tenth, rel=1e-9)
        assert one.share(-50, 50) == pytest.approx(1)
        assert sum(one.expected()) == pytest.approx(60, abs=1.5)


def test_the_finding_is_said_and_the_bars_stand_in_a_table(tmp_path: Path) -> None:
    results = read(page_studies.sleep(tmp_path / "r"))
    figure = _drawn(distribution.figure(results))
    modes = [m["mode"] for m in results.modes["random_slope"] if m["term"] == "days"]
    spread = math.sqrt(fmean(mode**2 for mode in modes))
    assert f"Days of deprivation by subject: the standard deviation of 18 modes is {spread:.2f}" in figure.alternative
    assert figure.data is not None
    assert [sum(_value(row, 2) for row in group.rows) for group in figure.data.groups] == [18, 18]


def test_clusters_that_may_not_be_shown_are_left_out_and_nothing_stands_behind_the_picture(tmp_path: Path) -> None:
    use = {"use": {"type": "category", "categories": ["no", "yes"]}}
    plan = page_ratios._plan("c", "woman", "district", "use", use, "binomial", "logit", event="yes")
    results = read(page_ratios.contraception(tmp_path / "r", plan={**plan, "disclosure": HIDDEN}))
    small = sum(size < 10 for size in results.sizes("district").values())
    assert small == 3
    assert {len(one.modes) for one in distribution.spreads(results)} == {60 - small}
    assert _drawn(distribution.figure(results)).data is None


def test_a_variance_of_zero_or_few_clusters_have_no_distribution(tmp_path: Path) -> None:
    assert distribution.figure(read(page_studies.wards(tmp_path / "r"))) is not None
    few = [{"level": "hospital", "cluster": f"h{at}", "term": "(Intercept)", "mode": 0.1 * at, "std_error": 0.2}
           for at in range(6)]  # fmt: skip
    wards = read(page_studies.wards(tmp_path / "few"))
    assert distribution.figure(replace(wards, modes={"cross_level": tuple(few)})) is None
    fit = wards.fit("cross_level")
    assert fit is not None
    for part in fit["estimates"]["REML"]["random"]:
        part["covariance"] = [[0.0] * len(part["terms"]) for _ in part["terms"]]
    assert distribution.figure(wards) is None


def test_the_flow_tells_what_was_lost_and_why(tmp_path: Path) -> None:
    figure = _drawn(flow.figure(read(page_studies.sleep(tmp_path / "r"))))
    assert figure.alternative == (
        "The flow of rows: 187 rows read; 2 rejected by a check (range: Reaction time 2); "
        "5 incomplete on a column of the plan (Days of deprivation 5); 180 rows used."
    )
    texts = re.findall(r">([^<>\n]+)</text>", figure.svg)
    assert {"187 rows read", "2 rejected by a check", "180 rows used"} <= set(texts)


def test_a_flow_without_losses_is_no_picture_and_small_losses_are_hidden(tmp_path: Path) -> None:
    whole = {"rows_read": 180, "rows_used": 180, "rows_incomplete": 0, "rows_rejected": [], "rows_missing": [],
             "levels": []}  # fmt: skip
    assert flow.figure(read(page_studies.sleep(tmp_path / "a", **{"data/accounting": whole}))) is None
    plan = page_studies._sleep_plan() | {"disclosure": HIDDEN}
    hidden = _drawn(flow.figure(read(page_studies.sleep(tmp_path / "b", plan=plan))))
    assert "<10 rejected by a check (range: Reaction time <10)" in hidden.alternative
    assert "185 rows read" in hidden.alternative


def test_panels_share_what_their_writing_leaves() -> None:
    """Two columns of 1 to 3: the labels of the first take their room, the rest is parted by the ratios."""
    places = {}

    def draw(paper) -> None:
        for at, axes in enumerate(paper.subplots(1, 2, gridspec_kw={"width_ratios": [1, 3]})):
            axes.set_ylabel("A label" if at == 0 else "")
            places[at] = axes

    canvas.paper(2.0, draw, "test", "A test.")
    left, right = (places[at].get_position() for at in (0, 1))
    assert right.width == pytest.approx(3 * left.width)
    assert 0 < left.x0 < left.x1 < right.x0 < right.x1 < 1
    assert (left.y0, left.y1) == pytest.approx((right.y0, right.y1))


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_every_picture_tells_its_finding_and_has_its_numbers_behind_it(tmp_path: Path, study: str) -> None:
    made = page(read(STUDIES[study](tmp_path / "r")))
    figures = blocks_of(made, Figure)
    assert len(figures) >= 4
    for figure in figures:
        assert re.search(r"\d", figure.alternative), figure.id
        assert figure.alternative.endswith(".") and "nan" not in figure.alternative
        assert figure.data is not None, figure.id
        rows = [row for group in figure.data.groups for row in group.rows]
        assert rows and all(len(row.cells) == len(figure.data.columns) for row in rows)
        assert any(cell is not None for row in rows for cell in row.cells)
    names = [table.id for table in blocks_of(made, Table)]
    assert len(names) == len(set(names))


def test_lines_of_a_cross_level_effect_are_those_of_its_coefficients(tmp_path: Path) -> None:
    """The invented wards: 4 + 0.5 dose + 0.1 arm - 0.3 dose arm, the ends of the dose at -1.6 and 1.6."""
    made = page(read(page_studies.wards(tmp_path / "r")))
    lines = next(figure.data for figure in blocks_of(made, Figure) if figure.id == "cross-level-1")
    assert lines is not None
    ends = [[_value(group.rows[at], 0) for at in (0, -1)] for group in lines.groups]
    assert ends[0] == pytest.approx([4 - 0.5 * 1.6, 4 + 0.5 * 1.6])
    assert ends[1] == pytest.approx([4.1 - 0.2 * 1.6, 4.1 + 0.2 * 1.6])


def test_bars_of_sizes_hold_every_cluster_and_no_persons_that_are_clusters(tmp_path: Path) -> None:
    results = read(page_ratios.contraception(tmp_path / "r"))
    data = _drawn(sizes.figure(results)).data
    assert data is not None
    assert sum(_value(row, 2) for group in data.groups for row in group.rows) == 60
    rule = {**results.plan, "disclosure": {**HIDDEN, "person": "district"}}
    persons = replace(results, plan=rule, disclosure=Disclosure.of(rule))
    assert sizes.figure(persons) is None


def test_what_disclosure_hides_stands_in_no_table_behind_a_picture(tmp_path: Path) -> None:
    results = read(page_ratios.contraception(tmp_path / "r"))
    rule = {**results.plan, "disclosure": HIDDEN}
    made = page(replace(results, plan=rule, disclosure=Disclosure.of(rule)))
    behind: dict[str, Table | None] = {figure.id: figure.data for figure in blocks_of(made, Figure)}
    by_cluster = {"caterpillar-1", "shrinkage-1", "slopes", "distribution"}
    assert {name for name, data in behind.items() if data is None} == by_cluster
    levels = behind["hierarchy"]
    assert levels is not None
    assert {column.label for column in levels.columns} == {
        "Number", "Lower quartile", "Median", "Upper quartile"
    }  # fmt: skip


def _value(row: Row, at: int) -> float:
    cell = row.cells[at]
    assert isinstance(cell, (Number, Estimate)) and cell.value is not None
    return cell.value


def _drawn(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure
