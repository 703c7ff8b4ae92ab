"""A second language: all but complete for the golden studies, the same numbers, honest about what it lacks."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import page_derived
import page_ratios
import page_studies
import pytest
from epiladder.report import language
from epiladder.report.assemble import page
from epiladder.report.build import build
from epiladder.report.guidelines import LISTS
from epiladder.report.language import FOLDER, English, read
from epiladder.report.page import Name, say
from epiladder.report.plots import canvas
from epiladder.report.results import Results
from epiladder.report.results import read as results_of
from epiladder.report.translation import _prose
from epiladder.report.written import written_for
from epiladder.study.reporting import Reporting
from pydantic import ValidationError

STUDIES = {"sleep": page_studies.sleep, "contraception": page_ratios.contraception, "epilepsy": page_ratios.epilepsy}
INVENTED = {"wards": page_studies.wards}
LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
RUNGS = ("null", "random_intercept", "random_slope")
FIXTURES = ("The idea of ", "With {1} clusters, little is known.")  # words that the fixtures made up for themselves
STYLES = ("house", "bmj", "lancet", "jama")
PLACE = re.compile(r"\{\d+\}")


def german(folder: Path, style: str = "house") -> Results:
    found = results_of(folder)
    return replace(found, plan={**found.plan, "report": {"language": "de", "style": style}})


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_translation_has_the_places_of_its_sentence_and_stands_once(name: str) -> None:
    import yaml

    seen: Counter[str] = Counter()
    for path in sorted((FOLDER / name).glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300, path.name
        for sentence, told in yaml.safe_load(text).items():
            seen[sentence] += 1
            assert told.strip(), sentence
            assert set(PLACE.findall(sentence)) == set(PLACE.findall(told)), sentence
            assert sentence.endswith(".") == told.endswith("."), sentence
    assert [sentence for sentence, times in seen.items() if times > 1] == []
    assert len(seen) > 500


def test_languages_of_the_plan_are_those_that_there_are() -> None:
    from typing import get_args

    assert sorted(get_args(Reporting.model_fields["language"].annotation)) == sorted(["en", *LANGUAGES])
    with pytest.raises(ValidationError):
        Reporting(language="fr")  # pyright: ignore[reportArgumentType]


def lacking(catalogue: language.Catalogue | None) -> list[str]:
    assert catalogue is not None
    return [one for one in catalogue.unknown if not one.startswith(FIXTURES)]


@pytest.mark.parametrize("style", STYLES)
def test_no_style_of_numbers_takes_a_translation_away(tmp_path: Path, style: str, monkeypatch) -> None:
    """A comma behind a number, a probability without its zero, a mark of the thousands: the sentence is the same."""
    monkeypatch.setattr(canvas, "paper", lambda *_: "<svg/>")
    for name, make in (STUDIES | INVENTED).items():
        results = german(make(tmp_path / name), style)
        with written_for(results):
            page(results)
            assert lacking(language.current()) == []


def test_every_checklist_is_in_the_language(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(canvas, "paper", lambda *_: "<svg/>")
    results = german(page_studies.sleep(tmp_path))
    results = replace(results, plan=results.plan | {"report": {"language": "de", "checklist": list(LISTS)}})
    with written_for(results):
        page(results)
        assert lacking(language.current()) == []


@pytest.mark.parametrize(
    "differs", [{"outcome": "a"}, {"exposure": "a", "sex": "f"}, {"outcome": "a", "b": "c", "d": "e"}]
)
def test_looks_are_in_the_language(tmp_path: Path, differs: dict[str, str], monkeypatch) -> None:
    monkeypatch.setattr(canvas, "paper", lambda *_: "<svg/>")
    expanded = {"of": "sleep", "looks": 2, "differs": differs}
    results = german(page_studies.sleep(tmp_path, plan=page_studies._sleep_plan() | {"expanded": expanded}))
    with written_for(results):
        page(results)
        assert lacking(language.current()) == []


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_no_sentence_of_the_golden_studies_lacks_a_translation(tmp_path: Path, study: str) -> None:
    results = german(STUDIES[study](tmp_path))
    with written_for(results):
        told = page(results)
        found = language.current()
        assert found is not None
        assert lacking(found) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas, "paper", lambda *_: "<svg/>")
        english = page(results_of(tmp_path))
    # confidence and style may change how numbers are printed, never what they are
    assert Counter(page_derived.printed(told)) == Counter(page_derived.printed(english))


def test_a_german_report_from_end_to_end(tmp_path: Path) -> None:
    plan = page_studies._sleep_plan() | {"report": {"language": "de", "plurals": {"subject": "Personen"}}}
    build(page_studies.sleep(tmp_path / "r", plan=plan), tmp_path / "out")
    html, text = ((tmp_path / "out" / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    assert html.startswith('<!doctype html>\n<html lang="de">')
    assert "Im Mittel ist Reaction time je Einheit von Days of deprivation \\[days\\] um **10,5 ms höher**" in text
    assert "(95%-KI 7,4 bis 13,5, p <0,001)" in text
    assert "18 Personen" in text and "## 1 Daten und ihr Verbleib" in text
    assert "Departure from the average" not in html and "Abweichung vom Durchschnitt" in html
    english = re.findall(r'<span lang="en">(.*?)\.?</span>', html)
    assert {f"The idea of {one}" for one in RUNGS} <= set(english)
    counted = re.search(r"(\d+) Sätze dieser Seite haben keine Übersetzung", html)
    assert counted and int(counted[1]) >= len(set(english))  # text alternatives count too
    assert re.search(r'<ol class="references" lang="en">', html)  # titles of works are not translated
    drawn = (tmp_path / "out" / "figures" / "hierarchy.svg").read_text(encoding="utf-8")
    assert '<title id="hierarchy-title">Die Hierarchie von der äußersten Ebene: 18 Personen' in drawn


def test_what_has_no_translation_stays_english_is_marked_and_counted(tmp_path: Path, monkeypatch) -> None:
    known = dict(read("de"))
    del known["Every rung of the ladder stands on the same rows."]
    monkeypatch.setattr(language, "read", lambda name: known)
    plan = page_studies._sleep_plan() | {"report": {"language": "de"}}
    build(page_studies.sleep(tmp_path / "r", plan=plan), tmp_path / "out")
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '<span lang="en">Every rung of the ladder stands on the same rows.</span>' in html


def test_places_are_filled_from_the_sentence_and_never_from_what_fills_them() -> None:
    """Labels with braces, or with the marks that stand for places, are text."""
    with language.spoken("de", own=("{2} {1}",)) as catalogue:
        assert catalogue is not None
        assert language.word("Same {2} {1}") == "Selbes Cluster ({2} {1})"
        parts = say("Size: number of {unit} in a cluster.", unit="{1}\ue0000\ue001")
        assert _prose(parts, catalogue) == ("Größe: Anzahl der ", Name("{1}\ue0000\ue001"), " in einem Cluster.")
        assert _prose(("\ue0005\ue001 of no known sentence",), catalogue) == (English("5 of no known sentence"),)
