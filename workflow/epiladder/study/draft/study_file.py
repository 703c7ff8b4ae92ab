"""The text of a drafted study file: keys in the order of reading, and a comment beside every guess."""

from __future__ import annotations

import os
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from epiladder.errors import DataError
from epiladder.study.draft.covariates import independent
from epiladder.study.draft.kinds import Kind, kind_of
from epiladder.study.draft.levels import Hierarchy, called, could_group, hierarchy
from epiladder.study.draft.table import Words, read_words
from epiladder.study.mends import NO_LEVEL
from epiladder.study.names import listing

SCHEMA = Path(__file__).resolve().parents[3] / "schemas" / "study.schema.json"
OUTCOME = re.compile(r"outcome|died|dead|death|mortal|event|case|disease|score|stress|result|^y$|resp", re.IGNORECASE)
COVARIATE = re.compile(r"^(age|sex|gender|year|time|day|date|visit|period|month|week)s?$", re.IGNORECASE)
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|[0-9]+")
WORDS_OF_YAML = ("true", "false", "null", "yes", "no", "on", "off", "~")
WIDTH = 100
MOST_COVARIATES = 12


@dataclass(frozen=True)
class Draft:
    """text: of the study file. open: what had to be left open, in sentences; empty where every key has its guess."""

    text: str
    open: str = ""


def draft(path: Path, folder: Path) -> Draft:
    """A study file for the table at `path`, to lie in `folder`. Raises DataError where no outcome can be guessed."""
    columns = read_words(path)
    kinds = {one.name: kind_of(one) for one in columns}
    found = hierarchy(columns, kinds)
    left_open = ""
    if not found.levels:
        left_open = _no_level([name for name in could_group(columns, kinds) if name != found.unit])
        found = Hierarchy((NO_LEVEL,), {}, found.unit, found.homes)
    variables = {one.name: one for one in columns if one.name not in (*found.levels, found.unit)}
    outcome = _outcome(variables, kinds, found)
    if outcome is None:
        raise DataError(f"{path}: no column holds an outcome: numbers, or a category of two. Write the study by hand.")
    rows = len(columns[0].codes)
    lines = [
        f"# yaml-language-server: $schema={_relative(SCHEMA, folder)}",
        f"# A first study file, drafted from {path.name}: {rows:,} rows, {len(columns)} columns.",
        "# Every line marked CONFIRM holds a guess; take the mark away when it is right.",
        f"id: {_identifier(path)}",
        _marked(f"title: {_word(path.name.split('.')[0])}", "a title for the report"),
        _marked("question: What is asked of these data?", "one sentence"),
        "data:",
        f"  path: {_word(_relative(path, folder))}",
        _decimal(columns, kinds),
        "  missing: complete_case",
        _marked(f"unit: {_unit(found)}", "what a row is"),
        "levels:" if len(found.levels) > 1 or found.within else "",
        *_levels(found, left_open),
        _marked(f"outcome: {_outcome_text(outcome, kinds)}", "what is explained"),
        "variables:",
        *(line for name in variables for line in _variable(variables[name], kinds[name], found, name == outcome)),
        "ladder:",
        *_ladder(variables, kinds, found, outcome),
    ]
    return Draft("\n".join(line for line in lines if line) + "\n", left_open)


def _no_level(candidates: list[str]) -> str:
    """What is said where no column looks like a cluster's id."""
    known = f"Values repeat in {listing(candidates[:12])}: is one of them?"
    if not candidates:
        known = "No column's values repeat: add one that says to which hospital, ward or person each row belongs."
    return f"No column looks like a cluster's id, so `levels: [{NO_LEVEL}]` holds the place of the one that is. {known}"


def _decimal(columns: tuple[Words, ...], kinds: dict[str, Kind]) -> str:
    """The key `decimal` where the numbers of a text have commas for it; empty where they have none, or points too."""
    numbers = [one for one in columns if kinds[one.name].type in ("number", "integer") and not one.typed]
    written = {str(label) for one in numbers for label in one.labels if str(label) not in kinds[one.name].missing_codes}
    has_commas = any("," in word for word in written) and not any("." in word for word in written)
    return _marked("  decimal: ','", "commas are decimal marks") if has_commas else ""


def _marked(text: str, says: str) -> str:
    return f"{text}{' ' * max(2, 60 - len(text))}# CONFIRM: {says}"


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()


def _identifier(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.name.split(".")[0].lower()).strip("-") or "study"


def _word(text: str) -> str:
    """A word as YAML, in quotes where it is not plain."""
    if PLAIN.fullmatch(text) and text.lower() not in WORDS_OF_YAML:
        return text
    return text if text in ("yes", "no") else "'" + text.replace("'", "''") + "'"


def _unit(found: Hierarchy) -> str:
    name = _word(called(found))
    return name if found.unit is None else f"{{name: {name}, id: {_word(found.unit)}}}"


def _levels(found: Hierarchy, left_open: str) -> list[str]:
    if left_open:
        said = [f"# {line}" for line in textwrap.wrap(left_open, WIDTH)]
        return [*said, _marked(f"levels: [{NO_LEVEL}]", "to be completed: the column of the clusters' ids")]
    made = []
    for name in found.levels:
        text = _word(name)
        if name in found.within:
            text = f"{{name: {_word(name)}, id: {_word(name)}, unique_within: {_word(found.within[name])}}}"
        says = "ids begin anew in each of these" if name in found.within else "clusters, outermost first"
        made.append((text, says))
    if len(made) == 1 and not found.within:
        return [_marked(f"levels: [{made[0][0]}]", "the clusters")]
    return [_marked(f"  - {text}", says) for text, says in made]


def _outcome(variables: dict[str, Words], kinds: dict[str, Kind], found: Hierarchy) -> str | None:
    """A column by an outcome's name, else the first yes or no, else the first number of the units."""
    inner = [name for name in variables if found.homes.get(name) is None and _can_be_explained(kinds[name])]
    inner = [name for name in inner if not COVARIATE.match(name)] or inner
    named = [name for name in inner if OUTCOME.search(name)]
    binary = [name for name in inner if kinds[name].type in ("boolean", "category")]
    numbers = [name for name in inner if kinds[name].type == "number"] or inner
    return next(iter([*named, *numbers, *binary]), None)


def _can_be_explained(kind: Kind) -> bool:
    return kind.type in ("number", "integer", "boolean") or (kind.type == "category" and len(kind.categories) == 2)


def _outcome_text(name: str, kinds: dict[str, Kind]) -> str:
    kind = kinds[name]
    if kind.type == "boolean":
        return f"{{variable: {_word(name)}, family: binomial}}"
    if kind.type == "category":
        return f"{{variable: {_word(name)}, family: binomial, event: {_word(kind.categories[-1])}}}"
    return f"{{variable: {_word(name)}, family: gaussian}}"


def _variable(column: Words, kind: Kind, found: Hierarchy, is_outcome: bool) -> list[str]:
    parts = [f"type: {kind.type}"]
    if kind.format:
        parts.append(f"format: {_word(kind.format)}")
    if kind.type in ("number", "integer") and kind.values is not None:
        low, high = np.nanmin(kind.values), np.nanmax(kind.values)
        parts += [f"min: {low:g}", f"max: {high:g}"] if _exact(low) and _exact(high) else []
    if kind.categories:
        parts.append(f"categories: [{', '.join(_word(category) for category in kind.categories)}]")
    if kind.missing_codes:
        parts.append(f"missing_codes: [{', '.join(_word(code) for code in kind.missing_codes)}]")
    home = None if is_outcome else found.homes.get(column.name)
    if home is not None:
        parts.append(f"level: {_word(home)}")
    says = "; ".join([*_asked(parts), *kind.doubts])
    text = f"  {_word(column.name)}: {{{', '.join(parts)}}}"
    if len(text) <= WIDTH:
        return [_marked(text, says)]
    return [f"  {_word(column.name)}:  # CONFIRM: {says}", *(f"    {part}" for part in parts)]


def _exact(value: float) -> bool:
    return float(f"{value:g}") == value


def _asked(parts: list[str]) -> list[str]:
    """What is to be confirmed of a variable, by the keys that were guessed."""
    words = {
        "min": "the range is that of the data",
        "categories": "the first is the reference",
        "missing_codes": "what means missing",
        "level": "constant within these",
        "format": "how dates are written",
    }
    keys = [part.split(":")[0] for part in parts]
    return [words[key] for key in keys if key in words] or ["the type"]


def _ladder(variables: dict[str, Words], kinds: dict[str, Kind], found: Hierarchy, outcome: str) -> list[str]:
    usable = [name for name in variables if name != outcome and _explains(variables[name], kinds[name])]
    inner = [name for name in usable if found.homes.get(name) is None]
    outer = [name for name in usable if found.homes.get(name) is not None]
    chosen = independent([variables[name] for name in [*inner, *outer]], kinds)[:MOST_COVARIATES]
    listed = ", ".join(_term(name) for name in chosen)
    return [_marked(f"  covariates: [{listed}]", "in the order in which they enter; slopes and products are for you")]


def _explains(column: Words, kind: Kind) -> bool:
    if len(np.unique(column.codes[column.filled])) < 2:
        return False
    return kind.type in ("number", "integer", "boolean", "category")


def _term(name: str) -> str:
    """A name as a term: in backticks where formulas would read it otherwise."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f'"`{name}`"'
