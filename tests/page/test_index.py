"""The index over the studies of a run: an entry a study, in order, each with its answer, its links and its identity."""

import json
import re

import page_ratios
import page_studies
import pytest
from epiladder.cli import run
from epiladder.report import index
from test_page import HOSTILE, HOSTILE_CATEGORY, Reading


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    plan = page_studies._sleep_plan() | {"id": "sleep", "title": "Sleep", "report": {"style": "lancet"}}
    page_studies.sleep(folder / "results" / "sleep", plan=plan)
    page_ratios.contraception(folder / "results" / "contraception")
    page_studies.wards(folder / "results" / "wards", HOSTILE, HOSTILE_CATEGORY)
    ended = {"ended": "2026-03-04T05:06:07+00:00"}
    (folder / "results" / "sleep" / "manifest.json").write_text(json.dumps(ended), encoding="utf-8")
    folders = tuple(folder / "results" / name for name in ("wards", "sleep", "contraception"))
    index.build(folders, folder / "reports")
    return {path.suffix: path.read_text(encoding="utf-8") for path in (folder / "reports").iterdir()}


def test_studies_stand_in_order_with_links_to_their_reports(made):
    links = re.findall(r'<h2 id="[^"]*"><a href="([^"]+)/report.html">', made[".html"])
    assert links == sorted(links) and len(links) == 3
    assert re.findall(r"^## \[.*\]\((.*)/report\.md\)$", made[".md"], re.M) == links


def test_each_entry_has_answer_clustering_rung_and_identity(made):
    sleep = made[".md"].split("(sleep/report.md)")[1].split("\n## ")[0]
    assert "**10·5 ms** **higher**" in sleep  # each study in its own style
    assert "- ICC, subject: 0·395" in sleep and "- Rung that is read: Random slope" in sleep
    assert "run ended 2026-03-04 05:06 UTC" in sleep
    contraception = made[".md"].split("(contraception/report.md)")[1].split("\n## ")[0]
    assert "**2.26 times**" in contraception and "run ended" not in contraception


def test_hostile_names_are_text_and_nothing_is_fetched(made):
    tags = Reading(made[".html"]).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
    hrefs = [attributes["href"] or "" for tag, attributes in tags if tag == "a"]
    assert all(re.fullmatch(r"#main|[a-z0-9-]+/report\.(html(#warnings)?|md)", href) for href in hrefs)


def test_the_command_needs_a_study(tmp_path, capsys):
    page_studies.sleep(tmp_path / "results" / "sleep")
    assert run(["index", str(tmp_path / "results" / "sleep"), "--out", str(tmp_path / "reports")]) == 0
    assert (tmp_path / "reports" / "index.html").is_file()
    assert run(["index", str(tmp_path / "results" / "absent"), "--out", str(tmp_path / "reports")]) == 5
    assert "absent" in capsys.readouterr().err
