"""The page from results to files: one file that fetches nothing, the same bytes twice, hostile names as text."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import page_studies
import pytest
from epiladder.report.build import build

HOSTILE = '<script>alert(1)</script>|$x$ *b* _c_ \u202ertl עברית 🦠 =cmd "q" \\ `t` [a](b) ' + "long" * 60
HOSTILE_CATEGORY = '=HYPERLINK("http://x")<b>|:]x'


class Reading(HTMLParser):
    """Tags with their attributes and the text between, as a browser would meet them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def sleep(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sleep")
    build(page_studies.sleep(folder / "results"), folder / "report")
    return folder / "report"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    build(page_studies.wards(folder / "results", HOSTILE, HOSTILE_CATEGORY), folder / "report")
    return folder / "report"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("study", ["sleep", "hostile"])
def test_the_page_fetches_nothing_and_runs_nothing(study, request):
    reading = Reading(read(request.getfixturevalue(study) / "report.html"))
    assert not {tag for tag, _ in reading.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in reading.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")]
        href = attributes.get("href") or "#"
        assert href.startswith(("#", "data:text/csv;")) or (tag == "a" and href.startswith("https://doi.org/"))
    style = re.search(r"<style>(.*?)</style>", read(request.getfixturevalue(study) / "report.html"), re.S)
    assert style and "url(" not in style[1] and "@import" not in style[1]


@pytest.mark.parametrize("study", ["sleep", "hostile"])
def test_ids_are_unique_and_links_lead_somewhere(study, request):
    html = read(request.getfixturevalue(study) / "report.html")
    tags = Reading(html).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [(a.get("href") or "")[1:] for _, a in tags if (a.get("href") or "").startswith("#")]
    targets += re.findall(r"url\(#([^)]+)\)", html)
    targets += [part for _, a in tags for part in (a.get("aria-labelledby") or "").split()]
    assert set(targets) <= set(ids)


def test_the_same_results_give_the_same_bytes(sleep, tmp_path):
    build(page_studies.sleep(tmp_path / "results"), tmp_path / "report")
    names = sorted(path.relative_to(sleep) for path in sleep.rglob("*") if path.is_file())
    assert names == sorted(p.relative_to(tmp_path / "report") for p in (tmp_path / "report").rglob("*") if p.is_file())
    for name in names:
        assert (sleep / name).read_bytes() == (tmp_path / "report" / name).read_bytes(), name


@pytest.mark.parametrize("study", ["sleep", "hostile"])
def test_every_picture_is_well_formed_and_says_its_finding(study, request):
    folder = request.getfixturevalue(study)
    pictures = sorted((folder / "figures").glob("*.svg"))
    assert len(pictures) >= 4
    html = read(folder / "report.html")
    for path in pictures:
        root = ElementTree.fromstring(read(path))
        title = root[0]
        assert title.tag.endswith("title") and re.search(r"\d", title.text or ""), path.name
        assert root.get("role") == "img" and root.get("aria-labelledby") == title.get("id")
        assert f'id="{title.get("id")}"' in html
        inks = {v for e in root.iter() for k, v in e.attrib.items() if k in ("fill", "stroke") and v.startswith("#")}
        assert all(f'"{ink}"' in html.split("</style>")[0] for ink in inks), inks


def test_every_shown_shape_has_an_explicit_ink(sleep):
    for path in (sleep / "figures").glob("*.svg"):
        for element in ElementTree.fromstring(read(path)).iter():
            if element.tag.endswith("}text"):
                assert element.get("fill", "").startswith("#"), path.name


def test_hostile_names_are_text_in_html_and_pictures(hostile):
    reading = Reading(read(hostile / "report.html"))
    assert "alert(1)" in "".join(reading.texts)
    assert not [tag for tag, _ in reading.tags if tag in ("script", "b>")]
    for path in (hostile / "figures").glob("*.svg"):
        assert not [e for e in ElementTree.fromstring(read(path)).iter() if e.tag.endswith("script")]


def test_hostile_names_are_text_in_markdown(hostile):
    markdown = read(hostile / "report.md")
    outside = re.sub(r"```math\n.*?\n```", "", markdown, flags=re.S)
    assert not re.search(r"(?<!\\)<(script|/script|b>)", outside)
    assert "\u202e" not in outside
    lines = [line for line in outside.splitlines() if line.startswith("| ")]
    tables = [line for line in lines if re.search(r"(?<!\\)\|\s*$", line)]
    assert lines == tables


def test_tables_of_markdown_have_as_many_cells_in_each_row(hostile):
    blocks = re.split(r"\n\s*\n", read(hostile / "report.md"))
    grids = [block.splitlines() for block in blocks if block.startswith("| ")]
    assert len(grids) >= 8
    for grid in grids:
        assert len({len(re.findall(r"(?<!\\)\|", line.replace(r"\\", ""))) for line in grid}) == 1


def test_hostile_names_are_text_in_csv(hostile):
    import csv

    for path in (hostile / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert len({len(row) for row in rows}) == 1, path.name
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "@", "\t")), (path.name, cell)
            assert not cell.startswith("-") or float(cell) <= 0, (path.name, cell)


def test_what_an_older_report_left_is_taken_away(tmp_path):
    results = page_studies.sleep(tmp_path / "results")
    old = tmp_path / "report" / "tables" / "caterpillar-9.csv"
    old.parent.mkdir(parents=True)
    old.write_text("a secret", encoding="utf-8")
    build(results, tmp_path / "report")
    assert not old.exists()


def test_the_page_is_small(sleep):
    assert (sleep / "report.html").stat().st_size < 300_000
