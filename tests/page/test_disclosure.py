"""What leaves the house: nothing of a single cluster unless the data are public."""

import re
from xml.etree import ElementTree

import page_studies
import pytest
from epiladder.report.build import build
from epiladder.report.disclosure import Disclosure
from epiladder.report.numbers import show


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    folder = tmp_path_factory.mktemp("private")
    results = page_studies.wards(folder / "results", label="Ward-of-secrets")
    plan = page_studies._ward_plan("Ward-of-secrets", "training")
    plan["disclosure"] = {"public": False, "minimum_count": 10, "round_to": 5, "person": None}
    finding = {"check": "range", "severity": "warn", "message": "Ward-of-secrets 3 has 99", "mend": "", "rows": 3}
    changed = {"validation": {"findings": [finding]}, "plan": plan}
    build(page_studies.wards(results, label="Ward-of-secrets", **changed), folder / "report")
    return folder / "report"


def test_no_table_stands_behind_pictures_by_cluster(private):
    names = {path.stem for path in (private / "tables").glob("*.csv")}
    assert not {name for name in names if name.startswith(("caterpillar", "shrinkage", "slopes"))}


def test_no_cluster_is_named_anywhere(private):
    for path in private.rglob("*"):
        if path.is_file():
            assert not re.search(r"Ward-of-secrets \d", path.read_text(encoding="utf-8")), path.name


def test_small_clusters_are_not_drawn(private):
    """Of twelve wards those of 5 and 8 nurses are left out of the picture, and of its words."""
    root = ElementTree.fromstring((private / "figures" / "caterpillar-2.svg").read_text(encoding="utf-8"))
    assert (root[0].text or "").startswith("10 wards")


def test_small_counts_are_hidden_and_the_rest_rounded(private):
    table = (private / "tables" / "variables.csv").read_text(encoding="utf-8")
    assert "<10" in table and ",7," not in table and "233" not in table
    accounting = (private / "tables" / "accounting.csv").read_text(encoding="utf-8")
    assert "Rows read,245" in accounting and "Rows used,240" in accounting
    assert "Rejected by a check,<10" in accounting


def test_extremes_of_size_are_left_out(private):
    assert "Smallest" not in (private / "tables" / "levels.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (9, "<10"), (10, "10"), (12, "10"), (13, "15"), (1234, "1,235")])
def test_the_rule(count, text):
    assert show(Disclosure(public=False, minimum_count=10, round_to=5).count(count)) == text
    assert show(Disclosure(public=True, minimum_count=10, round_to=5).count(count)) == f"{count:,}"
