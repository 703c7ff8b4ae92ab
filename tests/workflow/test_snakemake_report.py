"""Snakemake's own report of a run: the study's page, tables and figures, with their captions and labels."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

from runs import run


def test_snakemakes_report_holds_pages_tables_and_figures_with_captions_and_labels(
    finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run", symlinks=True)
    made = run(tmp_path / "run", "--cores", "1", "--report", "report.zip")
    assert made.code == 0, made.said
    told = _told(tmp_path / "run" / "report.zip")
    results = {one["name"]: one for one in told.values()}
    reports = tmp_path / "run" / "reports" / "wards"
    wanted = {path.name for path in (*reports.glob("tables/*.csv"), *reports.glob("figures/*.svg"))}
    assert len(wanted) > 15
    assert wanted | {"report.html", "index.html"} <= set(results)
    page, table, figure = results["report.html"], results["ladder.csv"], results["caterpillar-1.svg"]
    assert page["labels"] == {"study": "wards", "what": "report"}
    assert table["labels"] == {"study": "wards", "what": "table ladder"}
    assert figure["labels"] == {"study": "wards", "what": "figure caterpillar-1"}
    assert "The report of study wards" in _words(page) and "unrounded" in _words(table)
    assert "A figure of the report of study wards" in _words(figure)


def _told(path: Path) -> dict[str, dict]:
    """The record of results in the zipped report: by the path of each, its name, caption and labels."""
    with zipfile.ZipFile(path) as whole:
        name = next(one for one in whole.namelist() if one.endswith("report.html") and one.count("/") <= 1)
        text = whole.read(name).decode("utf-8")
    start = 'var results = {"reports/'
    return json.JSONDecoder().raw_decode(text, text.index(start) + len("var results = "))[0]


def _words(result: dict) -> str:
    return " ".join(re.sub("<[^>]+>", " ", result["caption"] or "").split())
