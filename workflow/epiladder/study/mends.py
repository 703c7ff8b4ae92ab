"""How to mend cells that are not of their type, or of no category: what the file's own words make likely."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from epiladder.study.days import MOMENT, is_moment
from epiladder.study.names import listing, nearest
from epiladder.study.plan import Variable
from epiladder.study.scalars import shown

ABSENT = ("na", "n/a", "nan", "none", "null", "nil", ".", "-", "--", "?", "missing", "unknown", "#n/a", "#null!")
OTHER_DATE = re.compile(r"[0-9]{1,4}[./ -][0-9A-Za-z]{1,9}[./ -][0-9]{1,4}")
OTHER_MOMENT = re.compile(OTHER_DATE.pattern + r"[T ]+[0-9]{1,2}:[0-9]{2}.*")
SERIAL, COMPACT = re.compile(r"[2-5][0-9]{4}"), re.compile(r"(19|20)[0-9]{6}")
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(['\u2019.\s][0-9]{3})+([.,][0-9]+)?")
MINUS = re.compile("[\u2010-\u2015\u2212][0-9.,]+")
LARGE = re.compile(r"[-+]?[0-9]{16,}")
REJECT = "or leave such rows out with `checks: {{{check}: reject}}`"
NO_LEVEL = "cluster"  # what a draft calls the level that no column of the table seems to be
SLIPS = 0.05  # share of a column up to which a word may be a slip of another


def absent_words(words: Sequence[str]) -> list[str]:
    """The words that most people write where a value is missing, each once."""
    return list(dict.fromkeys(word.strip() for word in words if word.strip().lower() in ABSENT))


def codes(words: Sequence[str]) -> str:
    """Words as a list of `missing_codes` holds them."""
    return ", ".join(f'"{word}"' if word in (".", "-", "--", "?") or "#" in word else word for word in words)


def type_mend(name: str, variable: Variable, seen: Sequence[str], commas: bool) -> str:
    """How cells that are not of a variable's type may be mended. commas: the file has decimal commas."""
    absent, said = absent_words(seen), []
    if absent:
        said.append(
            f"If {listing(absent)} means missing, write `missing_codes: [{codes(absent)}]` under `variables: {name}`."
        )
    rest = [word.strip() for word in seen if word.strip() not in absent]
    said += list(_BY_TYPE.get(variable.type, lambda *_: [])(variable, rest, commas))
    said.append(f"Mend the cells, {REJECT.format(check='type')}.")
    return " ".join(said)


def _of_numbers(variable: Variable, seen: Sequence[str], commas: bool) -> list[str]:
    said = []
    if any(THOUSANDS.fullmatch(word) for word in seen):
        said.append("Write numbers without thousands marks: 1234, not 1'234 or 1 234.")
    elif commas and any("." in word for word in seen):
        said.append("Commas are read as decimal marks in this file; if points are, write `data: {decimal: .}`.")
    elif any("," in word for word in seen):
        said.append(
            "Write numbers with a decimal point and without thousands marks: 1234.5, not 1,234.5 or 1234,5; where "
            'commas are decimal marks, write `data: {decimal: ","}`.'
        )
    if any(MINUS.fullmatch(word) for word in seen):
        said.append("A minus sign is the sign `-` of the keyboard, not a dash.")
    if any(word.endswith("%") for word in seen):
        said.append("Write shares without `%`, and say `unit: percent` in the plan.")
    if variable.type == "integer" and any("." in word or "e" in word.lower() for word in seen):
        said.append("For numbers with decimals write `type: number`.")
    if any(LARGE.fullmatch(word) for word in seen):
        said.append("Numbers from 2^53 on cannot be told apart; an identifier is no number but `type: text`.")
    if any("e+" in word.lower() or re.search(r"[eE][0-9]{3}", word) for word in seen):
        said.append("Numbers beyond 1e100 cannot be computed with; choose another unit.")
    if seen and all(word.lower() in ("true", "false") for word in seen):
        said.append("For true and false write `type: boolean`.")
    return said


def _of_dates(variable: Variable, seen: Sequence[str], commas: bool) -> list[str]:
    said = _of_moments(variable, seen)
    if variable.format or said:
        return said
    if any(OTHER_DATE.fullmatch(word) for word in seen):
        return ["For dates written otherwise say how, `format: DD/MM/YYYY`, `MM/DD/YYYY` or the like."]
    if any(COMPACT.fullmatch(word) for word in seen):
        return ["For dates without signs between write `format: YYYYMMDD`."]
    if any(SERIAL.fullmatch(word) for word in seen):
        return ["These look like a spreadsheet's count of days; give the column a date format there and save it again."]
    return []


def _of_moments(variable: Variable, seen: Sequence[str]) -> list[str]:
    """Of words with a time of day, which a day cannot hold."""
    if any(is_moment(word) for word in seen):
        return [
            "A date is a day, and would lose the time of day. If it may be left out, say that it is there, "
            f"`format: {MOMENT}`; a column that keeps it is `type: text`."
        ]
    if any(OTHER_MOMENT.fullmatch(word) for word in seen):
        return [
            "A date is a day; a time of day is left out where the format says that it is there, "
            "`format: DD/MM/YYYY hh:mm` or the like, or cut it off in the file."
        ]
    return []


def _of_booleans(variable: Variable, seen: Sequence[str], commas: bool) -> list[str]:
    found = list(dict.fromkeys(seen))
    if len(found) != 2:
        return ["For other words write `type: category` with `categories: [no, yes]`."] if found else []
    low, high = sorted(found)
    return [
        f"For other words write `type: category` with `categories: [{low}, {high}]`, or say what they mean, "
        f"such as `recode: {{{low}: false, {high}: true}}`."
    ]


_BY_TYPE = {"number": _of_numbers, "integer": _of_numbers, "date": _of_dates, "boolean": _of_booleans}


def column_mend(column: str | None, levels: Sequence[str]) -> str:
    """How a column that is not there may be mended. levels: the columns of the levels' ids."""
    if column not in levels:
        return "Mend the name in the plan, or the header."
    drafted = (
        f" A drafted study says `{NO_LEVEL}` where no column of the table looked like one: complete it."
        if column == NO_LEVEL
        else ""
    )
    return (
        "It stands under `levels`, which names the columns that say to which hospital, ward or person a row belongs."
        f"{drafted} Mend the name in the plan, or add the column to the table."
    )


def category_mend(categories: Sequence[str], seen: Sequence[str], rows: int, severity: str) -> str:
    """How cells that hold none of the categories may be mended. rows: of the column. seen: the words of such cells."""
    hint = ""
    for word, times in Counter(seen).items():
        meant = _meant(word, categories, times <= max(2, SLIPS * rows))
        if meant is not None and severity == "stop":
            hint = f"If {shown(word)} means '{meant}', write `recode: {{{_key(word)}: {meant}}}`. "
            break
    return (
        f"{hint}Mend the cells, add the category to the plan, name it in `missing_codes`, "
        f"{REJECT.format(check='categories')}."
    )


def _key(word: str) -> str:
    """A word as a key of YAML."""
    return word if re.fullmatch(r"\w+", word) else shown(word)


def _plain(word: str) -> str:
    """A word but for its case and for how its accents are stored."""
    return unicodedata.normalize("NFC", word).casefold()


def _meant(word: str, categories: Sequence[str], is_rare: bool) -> str | None:
    """The category that a word is like: but for case, stored accents, spaces or `.0`; where it is rare, a slip."""
    plain = _plain(word.strip().removesuffix(".0"))
    same = next((category for category in categories if _plain(category) == plain), None)
    return same if same is not None or not is_rare or len(word.strip()) <= 3 else nearest(word, categories)
