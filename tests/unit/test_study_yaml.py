"""A study file is read as YAML 1.2: text as written, lines kept, what YAML 1.1 would guess left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from epiladder.errors import PlanError
from epiladder.study.yaml12 import read


def _read(folder: Path, content: str | bytes) -> object:
    path = folder / "study.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path).value


@pytest.mark.parametrize("word", ["no", "yes", "on", "01", "1:30", "1_000", "0x1F", "null", "2024-01-01", "1e3", "="])
def test_words_stay_as_written(tmp_path: Path, word: str) -> None:
    assert _read(tmp_path, f"a: {word}\nb: [{word}]\n'{word}': 1") == {"a": word, "b": [word], word: "1"}


def test_nothing_is_none(tmp_path: Path) -> None:
    assert _read(tmp_path, "a:\nb: ~\nc: ''\n") == {"a": None, "b": None, "c": ""}


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    assert _read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: m\xc3\xa4nnlich\r\n") == {"a": "1", "b": "männlich"}


def test_products_and_transformations_in_a_list(tmp_path: Path) -> None:
    assert _read(tmp_path, "a: [age:sex, I(age**2)]") == {"a": ["age:sex", "I(age**2)"]}


def test_lines_of_places(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("a: 1\nb:\n  - c\n  - d: 2\n", encoding="utf-8")
    document = read(path)
    assert document.line(("b", 1, "d")) == 4
    assert document.line(("b", 1, "absent")) == 4
    assert document.line(("absent",)) is None or document.line(("absent",)) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("# a remark\n", "is empty"),
        ("- a\n- b\n", "is not a study file"),
        ("just words", "is not a study file"),
        ("a: 1\n---\nb: 2\n", "2 documents"),
        ("a: &x\n  b: *x\n", "this alias holds itself"),
        ("a: *x\n", "must stand in quotes"),
        ("a: `b`\n", "put the value in quotes"),
        ("? [a, b]\n: c\n", "a key must be a word"),
        (b"a: \xff\xfe\n", "is not UTF-8"),
        ("a: \x07\n", "a character that no text file should hold"),
    ],
)
def test_what_is_no_study_file(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        _read(tmp_path, content)


def test_a_file_that_is_not_there_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "study.yml").write_text("a: 1", encoding="utf-8")
    with pytest.raises(PlanError, match=r"no such study file\. That folder holds study\.yml"):
        read(tmp_path / "study.yaml")
