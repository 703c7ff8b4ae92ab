"""A study with gaps from its table to its report: imputed, fitted on every data set, pooled, and read truthfully."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from runs import ROOT, contents, copy, dry_run, run

sys.path.insert(0, str(ROOT / "tests" / "unit"))
import gappy

RUNGS = ["single_level.null", "single_level", "null", "random_intercept", "random_slope", "cross_level"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gappy")
    gappy.write(folder)
    done = run(folder)
    assert done.code == 0, done.said
    return folder


def read(folder: Path, name: str):
    return json.loads((folder / "results" / "gappy" / name).read_text(encoding="utf-8"))


def test_every_rung_is_fitted_on_every_data_set_and_pooled(finished: Path) -> None:
    for rung in RUNGS:
        pooled = read(finished, f"fits/{rung}.json")
        sets = [read(finished, f"fits/{rung}/{number}.json") for number in (1, 2, 3)]
        assert pooled["imputations"]["number"] == 3
        assert pooled["imputations"]["differ"] == (rung not in ("single_level.null", "null"))
        for i, row in enumerate(pooled["estimates"]["REML"]["fixed"]):
            own = [one["estimates"]["REML"]["fixed"][i] for one in sets]
            assert row["estimate"] == pytest.approx(sum(one["estimate"] for one in own) / 3)
            assert row["std_error"] ** 2 >= sum(one["std_error"] ** 2 for one in own) / 3 * (1 - 1e-12)
            assert 0 <= row["fraction_missing_information"] <= 1


def test_what_no_imputed_value_enters_is_as_with_complete_data(finished: Path) -> None:
    null, own = read(finished, "fits/null.json"), read(finished, "fits/null/1.json")
    assert null["estimates"]["ML"]["log_likelihood"] == own["estimates"]["ML"]["log_likelihood"]
    first = read(finished, "comparisons.json")[0]
    assert (first["smaller"], first["larger"]) == ("single_level.null", "null")
    assert first["p_value"] is not None and "chi2" in first["reference"]


def test_fixed_effects_are_tested_by_d3_and_variances_not_at_all(finished: Path) -> None:
    found = {(row["smaller"], row["larger"]): row for row in read(finished, "comparisons.json")}
    assert found["null", "random_intercept"]["reference"].startswith("F(7, ")
    assert found["null", "random_intercept"]["source"] == "Meng and Rubin 1992"
    slopes = found["random_intercept", "random_slope"]
    assert slopes["p_value"] is None and "no law of a pooled statistic is known" in slopes["reason"]
    assert found["random_slope", "cross_level"]["p_value"] is not None
    assert read(finished, "fits/random_slope.json")["estimates"]["ML"]["log_likelihood"] is None


def test_standard_practice_is_pooled_too(finished: Path) -> None:
    rows = [row for row in read(finished, "standard_practice.json")["rows"] if row["reason"] is None]
    assert {row["method"] for row in rows} >= {"ordinary", "cluster_robust", "gee_exchangeable", "fixed_effects"}
    mixed = next(row for row in rows if row["method"] == "cross_level" and row["term"] == "size")
    pooled = read(finished, "fits/cross_level.json")["estimates"]["REML"]["fixed"]
    expected = next(row for row in pooled if row["term"] == "size")
    assert (mixed["estimate"], mixed["std_error"]) == pytest.approx((expected["estimate"], expected["std_error"]))
    assert mixed["df"] == pytest.approx(expected["df"])


def test_measures_are_pooled_on_their_working_scale(finished: Path) -> None:
    found = read(finished, "measures.json")
    assert found["retained"] == "cross_level"
    read_rows = [row for row in found["icc"] if row["rung"] == "cross_level"]
    assert read_rows
    for row in read_rows:
        assert row["together"]["method"].endswith("pooled over imputed data sets by Rubin's rules")
        assert row["together"]["ci_low"] < row["together"]["estimate"] < row["together"]["ci_high"]
    # the outcome is never imputed, so that the null rung's measures are as with complete data
    assert not any("Rubin" in (row["together"]["method"] or "") for row in found["icc"] if row["rung"] == "null")
    slopes = read(finished, "cross_level.json")["simple_slopes"]
    assert slopes and all(point["std_error"] > 0 for row in slopes for point in row["points"])


def test_no_decision_turns_for_want_of_a_criterion(finished: Path) -> None:
    """Pooled rungs have no AIC or BIC, and slopes no test: that is no reason to read another rung."""
    found = {one["rule"]: one for one in read(finished, "decisions.json")}
    assert (found["retained_rung"]["alternatives"], found["retained_rung"]["turned"]) == ([], False)
    assert (found["random_slope"]["outcome"], found["random_slope"]["turned"]) == ("not_tested", False)
    assert found["few_clusters.hospital"]["evidence"]["tests"] == "satterthwaite"
    asked = read(finished, "influence.json")["asked"]["test"]
    assert (asked["test"], asked["smaller"], asked["larger"]) == ("likelihood_ratio", "random_slope", "cross_level")
    assert "first imputed data set" in asked["note"]


def test_the_report_says_what_was_done(finished: Path) -> None:
    text = (finished / "reports" / "gappy" / "report.md").read_text(encoding="utf-8")
    assert "imputed 3 times by chained equations that respect the clusters" in text
    assert "Fraction of missing information" in text
    assert "Barnard J, Rubin DB" in text and "Meng XL, Rubin DB" in text
    assert "tests of variances are not pooled" in text
    assert (finished / "reports" / "gappy" / "figures" / "chains.svg").exists()
    assert "size: 2 rows were empty although their cluster’s value stands in another row" in text


def test_the_manifest_holds_the_data_sets(finished: Path) -> None:
    manifest = read(finished, "manifest.json")
    paths = {row["path"] for row in manifest["outputs"]}
    assert "results/gappy/imputed/3/rows.parquet" in paths
    assert "results/gappy/fits/null/2.json" in paths
    assert {"impute.1", "fit-imputed.3", "gather", "pool"} <= {row["rule"] for row in manifest["runs"]}


def test_another_order_of_rows_and_two_cores_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    gappy.write(tmp_path, gappy.table().sample(frac=1, random_state=4))
    done = run(tmp_path, "--cores", "2", "--until", "pool_gappy")
    assert done.code == 0, done.said
    before, after = contents(finished), contents(tmp_path)
    same = [name for name in before if "/fits/" in name or "/design/" in name]
    assert len(same) == 60
    assert [name for name in same if before[name] != after[name]] == []


def test_more_data_sets_leave_those_that_are_there(finished: Path, tmp_path: Path) -> None:
    folder = copy(finished, tmp_path / "copy")
    study = folder / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8").replace("number: 3", "number: 4"), encoding="utf-8")
    seen = dry_run(folder)
    assert {"gather", "pool_gappy", "infer", "report"} <= seen.rules
    assert "imputed/4/rows.parquet" in seen.said
    assert "rule impute:\n    input: results/gappy/plan.json" in seen.said.replace("\r", "")
    assert seen.said.count("\nrule impute:") == 1


def test_the_report_says_which_products_are_made_of_imputed_values(finished: Path, tmp_path: Path) -> None:
    """The check's own sentence and how to mend it, among the remarks on imputation; nothing where nothing is found."""
    from epiladder.report.build import build

    found = read(finished, "validation.json")["findings"]
    said = next(one for one in found if one["check"] == "imputed_products")
    html = (finished / "reports" / "gappy" / "report.html").read_text(encoding="utf-8")
    section = html[html.index('id="imputation"') :].split("</section>", 1)[0]
    for words in ("made of imputed values afterwards", "and read the product from both"):
        assert words in said["message"] + said["mend"]
        assert words in section
    folder = copy(finished / "results" / "gappy", tmp_path / "gappy")
    record = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    record["findings"] = [one for one in record["findings"] if one["check"] != "imputed_products"]
    (folder / "validation.json").write_text(json.dumps(record), encoding="utf-8")
    build(folder, tmp_path / "report")
    assert "made of imputed values afterwards" not in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
