"""What a reader meets: nothing fetched, nothing said, nothing out of reach, at any width, in dark, on paper."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from conftest import HERE, REPORTS, SHOTS, STUDIES

WIDTHS = (320, 768, 1280)
AXE = (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LARGEST = 1_000_000
PAPER = 672  # CSS pixels between the margins of A4: 210 mm less twice 16 mm
FOCUSABLE = "a[href], summary, [tabindex='0']"
OUT_OF_THE_PAGE = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  const inside = e.closest('.scroll, .equation, svg, .skip');
  return !inside && box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1);
}).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 60)).slice(0, 5)"""
CLIPPED = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const paper = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(t => {
    const box = t.getBoundingClientRect();
    return box.width && (box.right > paper.right + 2 || box.left < paper.left - 2 || box.bottom > paper.bottom + 2);
  }).map(t => svg.getAttribute('aria-labelledby') + ': ' + t.textContent);
})"""
FAINT = """() => {
  const light = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('svg text')].filter(t => {
    const ink = light(getComputedStyle(t).fill);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5;
  }).map(t => t.textContent).slice(0, 5);
}"""


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_quiet_alone_and_within_its_window(visit, study, width, dark):
    opened = visit(study, width, dark)
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = f"{study}-{width}-{'dark' if dark else 'light'}"
    opened.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    opened.page.screenshot(path=SHOTS / f"{name}-first.png")
    assert opened.said == [] and opened.asked == []
    inner, outer = opened.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert inner <= outer, opened.page.evaluate(OUT_OF_THE_PAGE)
    assert opened.page.evaluate(OUT_OF_THE_PAGE) == []
    assert opened.page.evaluate(CLIPPED) == []
    assert opened.page.evaluate(FAINT) == []


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize(("width", "dark"), [(320, False), (1280, False), (1280, True)])
def test_axe_finds_nothing(visit, study, width, dark):
    page = visit(study, width, dark).page
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    told = [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
    assert len(found["passes"]) > 20
    assert told == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_index_of_all_studies_keeps_the_same_rules(visit, width):
    opened = visit("", width)
    opened.page.screenshot(path=SHOTS / f"index-{width}.png", full_page=True)
    assert opened.page.locator("article").count() == len(STUDIES)
    assert opened.said == [] and opened.asked == []
    assert opened.page.evaluate(OUT_OF_THE_PAGE) == []
    opened.page.evaluate(AXE)
    assert opened.page.evaluate("() => axe.run(document)")["violations"] == []
    opened.page.locator("article h2 a").first.click()
    assert opened.page.locator("h1").inner_text()
    assert opened.page.url.endswith("/report.html")


@pytest.mark.parametrize("study", STUDIES)
def test_keys_reach_every_link_and_everything_that_scrolls(visit, study):
    page = visit(study, 320).page
    page.evaluate(
        f'() => [...document.querySelectorAll("{FOCUSABLE}")].filter(e => e.offsetParent || e.getClientRects().length)'
        ".forEach((e, at) => e.dataset.stop = at)"
    )
    wanted = page.evaluate("() => document.querySelectorAll('[data-stop]').length")
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.dataset.stop"))
    assert wanted > 40
    assert reached == [str(at) for at in range(wanted)]
    stuck = page.evaluate(
        "() => [...document.querySelectorAll('main *, header *')].filter(e => !e.closest('svg')"
        " && e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)"
        " && e.tabIndex < 0).map(e => e.outerHTML.slice(0, 120))"
    )
    assert stuck == []


@pytest.mark.parametrize("study", STUDIES)
def test_the_focus_is_seen_and_the_skip_link_skips(visit, study):
    page = visit(study).page
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.get_attribute("href") == "#main"
    box = skip.bounding_box()
    assert box and box["x"] >= 0 and box["y"] >= 0
    assert skip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


@pytest.mark.parametrize("study", STUDIES)
def test_it_reads_the_same_with_scripts_off(visit, study):
    with_scripts, without = visit(study), visit(study, scripts=False)
    assert without.page.locator("script").count() == 0
    assert without.page.locator("main table").first.is_visible()
    assert without.page.locator("main").inner_text() == with_scripts.page.locator("main").inner_text()
    assert without.page.screenshot() == with_scripts.page.screenshot()


@pytest.mark.parametrize("study", STUDIES)
def test_nothing_is_cut_on_paper(visit, study):
    opened = visit(study, PAPER, media="print")
    cut = opened.page.evaluate(OUT_OF_THE_PAGE.replace(".scroll, .equation, ", ""))
    assert cut == []
    wide = opened.page.evaluate(
        f"() => [...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > {PAPER} + 1)"
        ".map(t => t.closest('figure').id)"
    )
    assert wide == []
    SHOTS.mkdir(parents=True, exist_ok=True)
    data = opened.page.pdf(path=SHOTS / f"{study}.pdf", prefer_css_page_size=True, tagged=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert 5 <= pages <= 40
    assert b"/StructTreeRoot" in data and b"/Lang" in data


@pytest.mark.parametrize("study", STUDIES)
def test_a_table_can_be_saved_without_a_server(visit, study):
    page = visit(study).page
    with page.expect_download() as saved:
        page.locator("a.csv").first.click()
    name = saved.value.suggested_filename
    assert saved.value.path().read_bytes() == (REPORTS / study / "tables" / name).read_bytes()


@pytest.mark.parametrize("study", [*STUDIES, ""])
def test_the_page_is_valid_and_small(study):
    path = REPORTS / study / ("report.html" if study else "index.html")
    assert path.stat().st_size < LARGEST
    tool = HERE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    command = ["node", str(tool), "--config", str(HERE / "htmlvalidate.json"), "--formatter", "json", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [one for file in json.loads(answer.stdout) for one in file["messages"]]
    found = [f"{one['line']}: {one['ruleId']}: {one['message']}" for one in told]
    assert (found[:10], answer.returncode) == ([], 0)
