"""The plan lock and the blinded run: what is written, what is refused, what is permuted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from epiladder import steps
from epiladder.audit.plan_lock import deviations
from epiladder.audit.studies import studies_of
from epiladder.cli import run as epiladder
from epiladder.errors import PlanError
from epiladder.files import read_json, read_parquet, sha256_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
from runs import write_study


def test_a_lock_holds_plan_digest_and_time_and_is_never_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path)
    assert epiladder(["lock", str(study)]) == 0
    held = read_json(tmp_path / "study.lock.json")
    assert held["plan_sha256"] == sha256_of(held["plan"]) and held["plan"]["id"] == "wards"
    assert held["locked"].endswith("+00:00") and held["commit"] is None
    assert epiladder(["lock", str(study)]) == 5
    assert "is locked already" in capsys.readouterr().err
    assert read_json(tmp_path / "study.lock.json") == held
    assert deviations(study)["deviations"] == []


def test_a_key_that_is_said_at_its_default_is_no_deviation(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    epiladder(["lock", str(study)])
    study.write_text(study.read_text(encoding="utf-8") + "screen: {icc: 0.05}\n", encoding="utf-8")
    assert deviations(study)["deviations"] == []


def test_a_lock_that_was_mended_proves_nothing(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    epiladder(["lock", str(study)])
    path = tmp_path / "study.lock.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"icc": 0.05', '"icc": 0.5'), encoding="utf-8")
    assert "proves nothing" in deviations(study)["reason"]
    path.write_text("[]", encoding="utf-8")
    assert "proves nothing" in deviations(study)["reason"]
    assert epiladder(["lock", str(study)]) == 5


def test_without_a_lock_there_is_nothing_to_depart_from(tmp_path: Path) -> None:
    assert deviations(write_study(tmp_path))["locked"] is None


def rows(study: Path, results: Path, blind: bool) -> dict[str, np.ndarray]:
    steps.plan(study=study, results=results, blind=blind)
    steps.validate(study=study, results=results, blind=blind)
    table = read_parquet(results / "data" / "rows.parquet")
    order = np.argsort(table.column(".row").to_pylist())
    return {name: np.array(table.column(name).to_pylist())[order] for name in table.column_names}


def test_a_blinded_run_permutes_the_outcome_and_nothing_else(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    true, blind = rows(study, tmp_path / "true", False), rows(study, tmp_path / "blind", True)
    assert sorted(true["stress"]) == sorted(blind["stress"])
    assert (true["stress"] != blind["stress"]).mean() > 0.9
    for name in ("ward", "age", "training", ".row"):
        assert (true[name] == blind[name]).all()
    again = rows(study, tmp_path / "again", True)
    assert (again["stress"] == blind["stress"]).all()
    plan = read_json(tmp_path / "blind" / "plan.json")
    assert plan["id"] == "wards-blinded" and plan["blind"]["on"]


def test_strata_keep_their_outcomes(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    study.write_text(study.read_text(encoding="utf-8") + "blind: {strata: [training]}\n", encoding="utf-8")
    true, blind = rows(study, tmp_path / "true", False), rows(study, tmp_path / "blind", True)
    for arm in ("control", "training"):
        one, two = (made["stress"][made["training"] == arm] for made in (true, blind))
        assert sorted(one) == sorted(two) and (one != two).any()


@pytest.mark.parametrize(("name", "said"), [("wards", "no variable"), ("stress", "is the outcome")])
def test_strata_that_make_no_sense_are_faults(tmp_path: Path, name: str, said: str) -> None:
    study = write_study(tmp_path)
    study.write_text(study.read_text(encoding="utf-8") + f"blind: {{strata: [{name}]}}\n", encoding="utf-8")
    with pytest.raises(PlanError, match=said):
        steps.plan(study=study, results=tmp_path / "results")


def test_rejected_rows_of_a_blinded_run_hold_no_outcome(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    table = tmp_path / "wards.csv"
    table.write_text(table.read_text(encoding="utf-8") + "w1,30,training,77.25\n", encoding="utf-8")
    rows(study, tmp_path / "blind", True)
    text = (tmp_path / "blind" / "data" / "rejected.csv").read_text(encoding="utf-8")
    assert "range" in text and "77.25" not in text
    assert "77.25" not in (tmp_path / "blind" / "validation.json").read_text(encoding="utf-8")


def test_the_configuration_asks_for_blinded_runs(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    assert list(studies_of({"studies": [str(study)], "blind": True}, tmp_path)) == ["wards-blinded"]
    assert list(studies_of({"studies": [str(study)], "blind": "false"}, tmp_path)) == ["wards"]
    with pytest.raises(PlanError, match="true or false"):
        studies_of({"studies": [str(study)], "blind": "perhaps"}, tmp_path)


def test_every_page_and_picture_of_a_blinded_run_is_marked(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "page"))
    import page_studies
    from epiladder.report.build import build

    folder = page_studies.sleep(tmp_path / "results")
    plan = read_json(folder / "plan.json")
    build(page_studies.sleep(folder, plan={**plan, "blind": {"on": True, "strata": []}}), tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert '<div class="watermark" aria-hidden="true">BLINDED</div>' in page
    assert ".watermark{position:fixed" in page and page.count("Blinded run.") >= 2
    assert "Blinded run." in (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    pictures = list((tmp_path / "report" / "figures").glob("*.svg"))
    assert pictures and all(">BLINDED</text>" in path.read_text(encoding="utf-8") for path in pictures)
