"""Table 1, descriptives by level, the level diagram and sizes: what they show, and what they hide of few."""

import copy
import re
from xml.etree import ElementTree

import page_studies
import pytest
from epiladder.report.build import build

HOSTILE = "A|b <i>$x_1$</i> [z] `q` *w*"


def _number(name, level, n, mean):
    return {"name": name, "label": name, "unit": None, "type": "number", "level": level, "role": "covariate", "n": n,
            "missing": 0, "mean": mean, "sd": 2.5, "median": mean, "q1": mean - 1, "q3": mean + 1}  # fmt: skip


def _words(name, level, counts):
    total = sum(counts.values())
    return {"name": name, "label": name, "unit": None, "type": "category", "level": level, "role": "covariate",
            "n": total, "missing": 0,
            "categories": [{"category": word, "count": count, "share": count / total}
                           for word, count in counts.items()]}  # fmt: skip


def _group(value, rows, hospitals, wards, variables):
    return {"value": value, "rows": rows, "clusters": {"hospital": hospitals, "ward": wards},
            "variables": {one["name"]: one for one in variables} | {"region": None}}  # fmt: skip


def _described():
    groups = [
        _group("none", 233, 4, 10, [_number("dose", "nurse", 233, 41.25), _number("beds", "ward", 10, 30.5),
                                    _words("sex", "nurse", {"m": 230, "f": 3})]),
        _group(HOSTILE, 7, 2, 2, [_number("dose", "nurse", 7, 52.75), _number("beds", "ward", 2, 21.5),
                                  _words("sex", "nurse", {"m": 7, "f": 0})]),
    ]  # fmt: skip
    variables = [_number("dose", "nurse", 240, 41.6), _words("sex", "nurse", {"m": 237, "f": 3}),
                 _number("beds", "ward", 12, 29.0), _words("arm", "ward", {"none": 10, HOSTILE: 2}),
                 _words("region", "hospital", {"north": 4, "south": 2})]  # fmt: skip
    return {"outcome": None, "variables": variables, "by": {"variable": "arm", "groups": groups}}


def _study(folder, public):
    plan = page_studies._ward_plan("Label", "training")
    plan["disclosure"] = {"public": public, "minimum_count": 10, "round_to": 5, "person": None}
    for name in ("sex", "beds", "region"):
        plan["variables"][name] = {"type": "number", "label": name}
    plan["variables"]["arm"]["label"] = HOSTILE
    changes = {"plan": plan, "data/description": _described()}
    build(page_studies.wards(folder / "results", **copy.deepcopy(changes)), folder / "report")
    return folder / "report"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return _study(tmp_path_factory.mktemp("shown"), public=True)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    return _study(tmp_path_factory.mktemp("hidden"), public=False)


def _lines(report):
    return (report / "tables" / "table-1.csv").read_text(encoding="utf-8").splitlines()


def test_table_1_shows_every_group_beside_the_other(shown):
    lines = _lines(shown)
    text = "\n".join(lines)
    assert re.search(r"Nurses,233,7$", text, re.MULTILINE)
    assert re.search(r"41\.25 \(2\.50\).*52\.75 \(2\.50\)", text)
    assert re.search(r"f.*3 \(1\.3%\).*0 \(0\.0%\)", text)


def test_a_variable_of_mixed_clusters_stands_empty(shown):
    rows = [line for line in _lines(shown) if "north" in line]
    assert rows
    assert not any(re.search(r"\d", line.split("north")[1]) for line in rows)


def test_small_groups_tell_no_count_and_no_mean(hidden):
    text = "\n".join(_lines(hidden))
    assert re.search(r"Nurses,235,<10$", text, re.MULTILINE)
    assert "52.8" not in text and "52.75" not in text
    assert "21.5" not in text  # the mean of two wards is theirs
    assert "30.5" in text
    whole = "\n".join(path.read_text(encoding="utf-8") for path in hidden.rglob("*") if path.is_file())
    assert "52.75" not in whole


def test_hostile_words_break_neither_page_nor_picture(shown):
    html = (shown / "report.html").read_text(encoding="utf-8")
    assert "<i>$x_1$" not in html
    assert "&lt;i&gt;$x_1$" in html
    markdown = (shown / "report.md").read_text(encoding="utf-8")
    head = next(line for line in markdown.splitlines() if line.startswith("|") and "x_1" in line.replace("\\", ""))
    assert "\\|" in head  # the sign that parts cells is no sign of a cell's own
    for picture in (shown / "figures").glob("*.svg"):
        ElementTree.fromstring(picture.read_text(encoding="utf-8"))


def test_the_diagram_of_levels_says_in_words_what_it_draws(shown, hidden):
    for report in (shown, hidden):
        root = ElementTree.fromstring((report / "figures" / "hierarchy.svg").read_text(encoding="utf-8"))
        said = root[0].text or ""
        assert "6 hospitals" in said and "12 wards" in said and "240 nurses" in said
        assert said.index("6 hospitals") < said.index("12 wards") < said.index("240 nurses")
        assert "40 nurses in each" in said
    assert "quartiles" in said  # where data are not public, no smallest and no largest
