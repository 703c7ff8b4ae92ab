"""The index over the studies of a run: an entry a study, in order, each with its answer, its links and its identity."""

import json
import re

import page_ratios
import page_studies
import pytest
from epiladder.cli import run
from epiladder.report import index
from epiladder.report.build import build
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
    return {path.suffix: path.read_text(encoding="utf-8") for path in (folder / "reports").glob("index.*")}


def test_studies_stand_in_order_with_links_to_their_reports(made):
    links = re.findall(r'<h2 id="[^"]*"><a href="([^"]+)/report.html">', made[".html"])
    assert links == sorted(links) and len(links) == 3
    assert re.findall(r"^## \[.*\]\((.*)/report\.md\)$", made[".md"], re.M) == links


def test_each_entry_has_answer_clustering_rung_and_identity(made):
    sleep = made[".md"].split("(sleep/report.md)")[1].split("\n## ")[0]
    assert "**10·5 ms higher**" in sleep  # each study in its own style
    assert "- ICC, subject: 0·395" in sleep and "- Rung that is read: Random slope" in sleep
    assert "run ended 2026-03-04 05:06 UTC" in sleep
    contraception = made[".md"].split("(contraception/report.md)")[1].split("\n## ")[0]
    assert "**2.26 times**" in contraception and "run ended" not in contraception


def test_hostile_names_are_text_and_nothing_is_fetched(made):
    tags = Reading(made[".html"]).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
    hrefs = [attributes["href"] or "" for tag, attributes in tags if tag == "a"]
    assert all(re.fullmatch(r"#main|[a-z0-9-]+/report\.(html(#warnings)?|md)", href) for href in hrefs)


def test_what_one_plan_was_spread_into_says_so_on_index_and_pages(tmp_path):
    for name in ("f", "m"):
        differs = {"outcome": "reaction", "sex": name}
        expanded = {"of": "sleep", "looks": 2, "differs": differs}
        plan = page_studies._sleep_plan() | {"id": f"sleep--sex-{name}", "expanded": expanded}
        page_studies.sleep(tmp_path / "results" / plan["id"], plan=plan)
    folders = tuple((tmp_path / "results").iterdir())
    index.build(folders, tmp_path / "reports")
    text = (tmp_path / "reports" / "index.md").read_text(encoding="utf-8")
    assert "The plan of `sleep` was spread into 2 studies, each a look at the same data" in text
    assert "Differs: outcome: reaction, sex: f" in text
    assert "was spread into 2 studies" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    build(folders[0], tmp_path / "page")
    page = (tmp_path / "page" / "report.md").read_text(encoding="utf-8")
    assert page.index("This is one of 2 looks at the data of one plan") < page.index("## 2 ")
    assert "With 2 looks, and no effect in any of them, 0.10 intervals" in page
    assert "call a p-value small below 0.025, not below 0.05" in page


def test_the_index_is_labelled_and_names_no_cluster_of_private_data(tmp_path):
    plan = page_studies._ward_plan("Ward-of-secrets", "training") | {"title": "Why Ward-of-secrets 3 is late"}
    plan["disclosure"] = {"public": False, "minimum_count": 10, "round_to": 5, "person": None}
    page_studies.wards(tmp_path / "results" / "wards", label="Ward-of-secrets", plan=plan)
    index.build((tmp_path / "results" / "wards",), tmp_path / "reports")
    for name in ("index.html", "index.md"):
        text = (tmp_path / "reports" / name).read_text(encoding="utf-8")
        assert "is late" in text and not re.search(r"Ward-of-secrets \d", text)
    told = json.loads((tmp_path / "reports" / "RELEASE.json").read_text(encoding="utf-8"))
    assert {row["path"]: row["label"] for row in told["files"]} == dict.fromkeys(
        ("index.html", "index.md"), "releasable"
    )
    assert told["studies"][0]["rule"] == {"minimum_count": 10, "round_to": 5}
    assert any(row["what"] == "names of clusters" for row in told["studies"][0]["hidden"])


def in_languages(folder, **languages):
    """The index of the same study in several languages, of one plan spread into them, its files by their suffix."""
    for name, language in languages.items():
        expanded = {"of": "sleep", "looks": len(languages), "differs": {"outcome": "reaction", "sex": name}}
        plan = page_studies._sleep_plan() | {"id": f"sleep-{name}", "report": {"language": language}}
        page_studies.sleep(folder / "results" / plan["id"], plan=plan | {"expanded": expanded})
    ended = {"ended": "2026-03-04T05:06:07+00:00"}
    first = folder / "results" / f"sleep-{next(iter(languages))}"
    (first / "manifest.json").write_text(json.dumps(ended), encoding="utf-8")
    index.build(tuple((folder / "results").iterdir()), folder / "reports")
    return {path.suffix: path.read_text(encoding="utf-8") for path in (folder / "reports").glob("index.*")}


def test_the_index_of_german_studies_is_german_throughout(tmp_path):
    made = in_languages(tmp_path, f="de", m="de")
    html, text = made[".html"], made[".md"]
    assert html.startswith('<!doctype html>\n<html lang="de">') and 'lang="en"' not in html
    assert "<title>Studien dieses Laufs</title>" in html and "<h1>2 Studien</h1>" in html
    assert "um **10,5 ms höher**" in text and "(95%-KI 7,4 bis 13,5, p <0,001)" in text
    assert "- ICC, subject: 0,395" in text and "- Maßgebliche Stufe: Zufällige Steigung" in text
    assert "Unterschied: Zielgröße: reaction, sex: f" in text
    assert "Der Plan von `sleep` wurde in 2 Studien aufgeteilt" in text
    assert "Lauf beendet am 2026-03-04 05:06 UTC" in text and "Lauf beendet am 2026-03-04 05:06 UTC" in html
    english = re.compile(r"\b(the|of|and|was|were|run|warnings?|studies|study|rung|higher|weigh|as)\b")
    own = page_studies._sleep_plan()
    words = re.sub(r"<style>.*?</style>|<[^>]*>", "", html, flags=re.DOTALL)
    for told in (words, text):
        told = told.replace(own["title"], "").replace(own.get("question") or "-", "")
        assert english.findall(told.replace("Days of deprivation", "")) == []


def test_the_german_index_has_no_english_whatever_the_outcome_and_tells_warnings(tmp_path):
    makers = (page_studies.sleep, page_studies.wards, page_ratios.contraception, page_ratios.epilepsy)
    for make in makers:
        plan = make(tmp_path / make.__name__) / "plan.json"
        german = json.loads(plan.read_text(encoding="utf-8")) | {"report": {"language": "de"}}
        plan.write_text(json.dumps(german), encoding="utf-8")
    index.build(tuple(tmp_path / make.__name__ for make in makers), tmp_path / "reports")
    html, text = ((tmp_path / "reports" / name).read_text(encoding="utf-8") for name in ("index.html", "index.md"))
    assert html.startswith('<!doctype html>\n<html lang="de">') and 'lang="en"' not in html
    assert '<span class="n">1</span> Warnung in <code>wards</code></a> zu bedenken' in html
    assert "**1 Warnung** zu bedenken, siehe den Bericht." in text


def test_the_index_of_studies_in_several_languages_is_english(tmp_path):
    made = in_languages(tmp_path, f="de", m="en")
    assert made[".html"].startswith('<!doctype html>\n<html lang="en">')
    assert "2 studies" in made[".html"] and "Studien" not in made[".html"] + made[".md"]
    assert made[".md"].count("**10.5 ms higher**") == 2


def test_the_command_needs_a_study(tmp_path, capsys):
    page_studies.sleep(tmp_path / "results" / "sleep")
    assert run(["index", str(tmp_path / "results" / "sleep"), "--out", str(tmp_path / "reports")]) == 0
    assert (tmp_path / "reports" / "index.html").is_file()
    assert run(["index", str(tmp_path / "results" / "absent"), "--out", str(tmp_path / "reports")]) == 5
    assert "absent" in capsys.readouterr().err
