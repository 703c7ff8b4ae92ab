"""Study files and tables that nobody writes on purpose: found by trying to break the reader, kept for what they taught.

Each plan must end with code 2 and each table with 3, a message that says where and how to mend it, and no traceback.
"""

from __future__ import annotations

import gzip
import re

from broken import WARD, BrokenPlan, BrokenTable
from broken_tables import NOTE, cell, column, dated

TRAINING = "training, age, gender"
EXPERIENCE = "  experience: {type: number, level: nurse, centre: cluster_mean, means: true}"
GENDER = "{type: category, categories: [male, female], level: nurse}"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(9 * [f'*{before}'])}]\n" for before, name in zip("abcde", "bcdef", strict=True)
)
MIDNIGHT = b"2024-03-01T00:00:00.000Z"
AGE = "age:        {type: integer"
PATH = "path: nurses.csv"


def _path(name: str, said: tuple[str, ...]) -> BrokenPlan:
    return BrokenPlan(f"path {name}", PATH, f"path: {name}", said)


HOSTILE_PLANS = (
    BrokenPlan("notes as a list", "ladder:\n", "notes: [a]\nladder:\n", ("notes: must be a mapping", "not a list")),
    BrokenPlan("checks as a list", "ladder:\n", "checks: [range]\nladder:\n", ("{range: reject}, not a list",)),
    BrokenPlan("merge key", AGE, "age:        {<<: {min: 1}, type: integer", ("YAML 1.2 has no merge keys",)),
    BrokenPlan("alias of nothing", AGE, "age:        {<<: *base, type: integer", ("undefined alias 'base'",)),
    BrokenPlan("aliases without end", "title:", f"{BOMB}title:", ("holds more than 100,000 values",)),
    BrokenPlan("alias of itself", "title:", "notes: &a {b: *a}\ntitle:", ("this alias holds itself",)),
    BrokenPlan("key twice in a variable", AGE, "age: {type: number, type: integer", ("this key stands twice",)),
    BrokenPlan("tab after a colon", "title: Job", "title:\tJob", (":2:", "a tab stands")),
    BrokenPlan("two documents", "title:", "---\ntitle:", ("holds 2 documents",)),
    BrokenPlan("zero byte", "title: Job", "title: Job\0", (":2:", "a character that no text file should hold")),
    BrokenPlan("object of Python", "id: nurse", "id: !!python/object/apply:os.system [ls]\nnotes: {a", ("YAML",)),
    BrokenPlan(
        "levels in one text",
        "levels:\n  - hospital\n  - {name: ward, id: ward_no, unique_within: hospital}",
        "levels: hospital, ward",
        ("is read as one name; write a list, `levels: [hospital, ward]`",),
        False,
    ),
    BrokenPlan("level without a name", "  - hospital\n", "  - ''\n", ("a level needs a name",), False),
    BrokenPlan("outcome as a word", "{variable: stress, family: gaussian}", "stress", ("outcome: must be a mapping",)),
    BrokenPlan("variable as a word", NOTE, "note: text", ("variables.note: must be a mapping", "not 'text'")),
    BrokenPlan("variable of nothing", NOTE, "note:", ("variables.note: must be a mapping",)),
    BrokenPlan("nothing as a category", "[male, female]", "[male, ~]", ("must be a word, not nothing",)),
    BrokenPlan("empty category", "[male, female]", "[male, '']", ("an empty cell is a missing one",)),
    BrokenPlan("a name in backticks", EXPERIENCE, f"{EXPERIENCE}\n  'a`b': {{type: number}}", ("rename the column",)),
    BrokenPlan("a name of ours", EXPERIENCE, f"{EXPERIENCE}\n  (Intercept): {{type: number}}", ("rename the column",)),
    BrokenPlan("empty term", TRAINING, f"'', {TRAINING}", ("`` is not a term",)),
    BrokenPlan("whole formula", TRAINING, f"stress ~ age, {TRAINING}", ("`stress ~ age` is not a term",)),
    BrokenPlan("call of Python", TRAINING, f"\"open('x')\", {TRAINING}", ("`open('x')` reads no variable",)),
    BrokenPlan("attribute", TRAINING, f"I(age.__class__), {TRAINING}", ("no variable `age.__class__`",)),
    BrokenPlan("product by itself", "[[training, size]]", "[[size, size]]", ("multiplies a variable by itself",)),
    BrokenPlan("slope within its level", "over: hospital}", "over: ward}", ("does not vary within a ward",)),
    BrokenPlan("slope over units", "over: hospital}", "over: nurse}", ("there is no level `nurse`",)),
    BrokenPlan("slope key", "over: hospital}", "over: hospital, corelated: no}", ("did you mean `correlated`?",)),
    BrokenPlan("id in two words", "id: nurse-stress", "id: Nurse Stress", ("may hold only small letters",)),
    BrokenPlan("id of a path", "id: nurse-stress", "id: ../../etc", ("may hold only small letters",)),
    BrokenPlan("id without end", "id: nurse-stress", f"id: {'a' * 300}", ("100 at most",)),
    BrokenPlan("seed in hexadecimal", "ladder:\n", "inference: {seed: 0x1F}\nladder:\n", ("must be a whole number",)),
    BrokenPlan("negative seed", "ladder:\n", "inference: {seed: -1}\nladder:\n", ("must be 0 or more",)),
    BrokenPlan("no confidence", "ladder:\n", "inference: {confidence: .nan}\nladder:\n", ("must be a number such as",)),
    BrokenPlan("comma twice", PATH, f"{PATH}\n  decimal: ','\n  delimiter: ','", ("cannot be the decimal mark and",)),
    BrokenPlan("delimiter of quotes", PATH, f"{PATH}\n  delimiter: '\"'", ("must be one plain sign",)),
    BrokenPlan("delimiter beyond ASCII", PATH, f"{PATH}\n  delimiter: \u00e9", ("must be one plain sign",)),
    BrokenPlan("encoding of no text", PATH, f"{PATH}\n  encoding: base64", ("there is no encoding `base64`",)),
    BrokenPlan("covariates in one text", "covariates: [training, age, gender, experience, size]",
               "covariates: training, age", ("is read as one name; write a list, `[training, age]`",), False),

    BrokenPlan("zone in a format", NOTE, "note: {type: date, format: '%Y-%m-%d %H:%M %z'}", ("no time zone",)),
    BrokenPlan("imputation of one", PATH, f"{PATH}\n  imputation: {{number: 1}}", ("must be 2 or more",), False),
    _path("https://example.org/nurses.csv", ("needs its SHA-256", "sha256sum")),
    _path("~/nurses.csv", ("`~` is not known here",)),
    _path("{a: b}", ("must be a list",)),
    _path("''", ("must end in .csv",)),
    _path("[]", ("must name a file",)),
)  # fmt: skip


def _lines(change: str) -> BrokenTable:
    """A line above the header."""
    return BrokenTable(
        f"above the header: {change.strip()}",
        lambda text: change + text,
        ("looks like it", "Delete what"),
        "unreadable",
    )


HOSTILE_TABLES = (
    _lines("Extract of 2024\n"),
    _lines("Extract of 2024,,,,,,,,,\n\n"),
    _lines("# made by a registry\n"),
    BrokenTable("web page", lambda text: "<!DOCTYPE html><p>Login</p>\n", ("is a web page",), "unreadable"),
    BrokenTable("JSON", lambda text: '[{"stress": 1}]\n', ("is JSON",), "unreadable"),
    BrokenTable("pointer", lambda text: "version https://git-lfs.github.com/\n", ("git lfs pull",), "unreadable"),
    BrokenTable("packed", lambda text: gzip.compress(text.encode()), ("give it the ending .gz",), "unreadable"),
    BrokenTable("zero bytes", lambda text: text.replace("male", "m\0le", 1), ("bytes of zero",), "unreadable"),
    BrokenTable("carets", lambda text: text.replace(",", "^"), ("delimiter: '^'",), "unreadable"),
    BrokenTable("nothing of the plan", lambda text: "a,b\n1,2\n", ("none of the 10 columns", "`a` and `b`"),
                "missing_column"),
    BrokenTable("quotes of another kind", lambda text: text.replace("stress", "'stress'"),
                ("did you mean `'stress'`?",), "missing_column"),
    BrokenTable("one row", lambda text: "\n".join(text.splitlines()[:2]), ("has a single cluster",), "one_cluster"),
    BrokenTable("column of units", lambda text: text.replace("\n001", "\n,,,points,years,years,,,,\n001", 1),
                ("'points' (row 2)", "'years' (row 2)"), "type"),
    BrokenTable("infinity", cell(5, "stress", "Infinity"), ("'Infinity' (row 5)",), "type"),
    BrokenTable("hexadecimal", cell(5, "stress", "0x10"), ("'0x10' (row 5)",), "type"),
    BrokenTable("other digits", cell(5, "stress", "\u0663"), ("holds no number",), "type"),
    BrokenTable("underscore", cell(5, "stress", "1_000"), ("'1_000' (row 5)",), "type"),
    BrokenTable("thousands marked by quotes", cell(5, "stress", "1'234"), ("without thousands marks",), "type"),
    BrokenTable("thousands by thin blanks", cell(5, "stress", "1\u202f234"), ("without thousands marks",), "type"),
    BrokenTable("typographic minus", cell(5, "experience", "\u22125"), ("the sign `-` of the keyboard",), "type"),
    BrokenTable("share in percent", cell(5, "experience", "5%"), ("without `%`",), "type"),
    BrokenTable("accents stored as signs of their own", column("gender", lambda old, row: old.replace("e", "e\u0301")),
                ("write `recode:",), "categories", ("[male, female]", "[mal\u00e9, f\u00e9mal\u00e9]")),
    BrokenTable("name with a blank of no width", lambda text: text.replace("stress", "\u200bstress", 1),
                ("did you mean `\\u200bstress`?",), "missing_column"),
    BrokenTable("logarithm of a deviation", lambda text: text, ("reads deviations of `age` from a mean",), "rank",
                (TRAINING, "training, log(age), age, gender")),
    BrokenTable("limit of detection", cell(5, "stress", "<3"), ("'<3' (row 5)",), "type"),
    BrokenTable("beyond squares", cell(5, "experience", "1e200"), ("beyond 1e100",), "type"),
    BrokenTable("first whole number lost", cell(5, "age", "9007199254740993"), ("Numbers from 2^53 on",), "type"),
    BrokenTable("points, and commas said", lambda text: text.replace(",", ";"), ("`data: {decimal: .}`",), "type",
                (PATH, f"{PATH}\n  decimal: ','")),
    BrokenTable("dash for missing", column("age", lambda old, row: "-" if row % 9 == 0 else old),
                ('missing_codes: ["-"]',), "type"),
    BrokenTable("capitals", column("gender", lambda old, row: old.upper()), ("recode: {MALE: male}",), "categories"),
    BrokenTable("another word", column("gender", lambda old, row: "woman" if old == "female" else old),
                ("'woman'", "add the category to the plan"), "categories"),
    BrokenTable("colour of a terminal", cell(5, "gender", "\x1b[31mred"), ("'\\x1b[31mred' (row 5)",), "categories"),
    BrokenTable("word without end", cell(5, "gender", "x" * 9000), ("xxx...' (row 5)",), "categories"),
    BrokenTable("yes and no for a boolean", column("gender", lambda old, row: "no" if old == "male" else "yes"),
                ("categories: [no, yes]", "recode: {no: false, yes: true}"), "type",
                (GENDER, "{type: boolean, level: nurse}")),
    BrokenTable("date without signs", column("note", lambda old, row: "20240102"), ("format: YYYYMMDD",), "type",
                (NOTE, "note: {type: date}")),
    BrokenTable("day of a spreadsheet", column("note", lambda old, row: "44927"), ("count of days",), "type",
                (NOTE, "note: {type: date}")),
    BrokenTable("month 13", column("note", lambda old, row: "2024-13-01"), ("no date",), "type",
                (NOTE, "note: {type: date}")),
    BrokenTable("time of day", column("note", lambda old, row: f"2024-03-01 0{row % 3}:00"),
                ("40 rows of `note` hold no date", "'2024-03-01 02:00' (row 2)", "would lose the time of day",
                 "`format: YYYY-MM-DD hh:mm`", "`type: text`"), "type", (NOTE, "note: {type: date}")),
    BrokenTable("time of day in a zone", column("note", lambda old, row: "2024-03-01T23:30:00+02:00"),
                ("60 rows of `note` hold no date", "`format: YYYY-MM-DD hh:mm`"), "type", (NOTE, "note: {type: date}")),
    BrokenTable("time of day of another land", column("note", lambda old, row: "01/03/2024 13:45"),
                ("`format: DD/MM/YYYY hh:mm` or the like",), "type", (NOTE, "note: {type: date}")),
    BrokenTable("time of day that the format does not name", column("note", lambda old, row: "01/03/2024 13:45"),
                ("no date such as DD/MM/YYYY", "`format: DD/MM/YYYY hh:mm` or the like"), "type",
                (NOTE, "note: {type: date, format: DD/MM/YYYY}")),
    BrokenTable("id out of its range", lambda text: text, ("30 rows of `ward_no` lie outside of 2 to 9",), "range",
                (NOTE, "ward_no: {type: integer, min: 2, max: 9}")),
    BrokenTable("level of days before another day", lambda text: dated(re.sub(r",H(\d),", r",2024-01-0\1,", text),
                lambda row: ("2024-01-02", "")), ("`hospital` lies before `came`",), "order",
                (NOTE, "came: {type: date}\n  hospital: {type: date, after: came}")),
    BrokenTable("id with a hard space", column("hospital", lambda old, row: f"{old}\u00a0" if row == 5 else old),
                ("by spaces around it alone",), "type"),
    BrokenTable("every id its own", column("hospital", lambda old, row: str(row)), ("single ward",), "same_clusters"),
    BrokenTable("no outer id", column("hospital", lambda old, row: ""), ("`hospital` in 60",), "too_few_rows"),
    BrokenTable("all rejected", column("age", lambda old, row: "5"), ("60 rejected (60 by the check `range`",),
                "too_few_rows", ("unit: {name", "checks: {range: reject}\nunit: {name")),
    BrokenTable("every cell a code", column("age", lambda old, row: "99"), ("`age` in 60",), "too_few_rows",
                ("min: 18, max: 80", "min: 18, max: 80, missing_codes: 99.0")),
    BrokenTable("level of single units", lambda text: text, ("single nurse",), "same_clusters",
                (f"unit: {{name: nurse, id: nurse_id}}\nlevels:\n  - hospital\n  - {WARD}",
                 "unit: nurse\nlevels:\n  - hospital\n  - {name: ward, id: nurse_id}")),
)  # fmt: skip

# Files of other kinds by the wrong name, or cut short: (name, bytes made of the sound table, words of the message).
FILES = (
    ("x.csv.gz", lambda text: text, "cannot be unpacked"),
    ("x.csv.gz", lambda text: gzip.compress(text)[:-20], "cannot be unpacked"),
    ("x.csv.gz", lambda text: b"", "is empty"),
    ("x.csv.gz", lambda text: gzip.compress(b"PAR1\x15" + text), "is a Parquet file"),
    ("x.parquet", lambda text: text, "cannot be read as Parquet"),
    ("x.parquet", lambda text: b"", "cannot be read as Parquet"),
    ("x.sav", lambda text: b"$FL2" + b"\0" * 100, "cannot be read as a .sav file"),
    ("x.dta", lambda text: text, "cannot be read as a .dta file"),
    ("x.xpt", lambda text: text, "cannot be read as a .xpt file"),
    ("x.sas7bdat", lambda text: text, "cannot be read as a .sas7bdat file"),
    ("x.csv", lambda text: b"$FL2" + text, "give it the ending .sav"),
    ("x.csv", lambda text: text.decode().encode("utf-16-le"), "bytes of zero"),
    ("x.csv", lambda text: text.decode().encode("utf-32"), "is UTF-32 text"),
    ("x.csv", lambda text: b"%PDF-1.7\n" + text, "is a PDF"),
    ("x.csv", lambda text: b"<?xml version='1.0'?>\n" + text, "is XML"),
    ("x.csv", lambda text: b"SQLite format 3\0" + text, "is a SQLite database"),
    ("x.csv", lambda text: b"ARROW1\0\0" + text, "is an Arrow or Feather file"),
    ("x.csv.gz", lambda text: gzip.compress(b"RDX3\nX\n" + text), "is a file of R"),
    ("x.csv", lambda text: b"\xfd7zXZ\0" + text, "is compressed by xz"),
    ("x.csv", lambda text: b",,,\n,,,\n", "the header names none"),
)  # fmt: skip


def _before(name: bytes, text: bytes) -> bytes:
    """The table with a column before its first."""
    first, *others = text.splitlines()
    return b"\n".join([name + b"," + first, *(b"1," + line for line in others)]) + b"\n"


# Tables that look odd and are sound: (change of the sound table), all of whose 60 rows must be read.
ODD_BUT_SOUND = {
    "a first column by the name of an archive": lambda text: _before(b"PK", text),
    "a first column by the name of a format": lambda text: _before(b"PAR1", text),
    "ids with blanks everywhere": lambda text: text.replace(b",H1,", b",H1 ,"),
    "formulas for ids": lambda text: text.replace(b",H1,", b",=H1(),"),
    "returns alone": lambda text: text.replace(b"\n", b"\r"),
    "returns in a few lines": lambda text: text.replace(b"\n", b"\r", 5),
    "both kinds of ends": lambda text: text.replace(b"\n", b"\r\n", 20),
    "Excel's line": lambda text: b"sep=;\n" + text.replace(b",", b";"),
    "mark before a quoted header": lambda text: b"\xef\xbb\xbf" + text.replace(b"nurse_id", b'"nurse_id"', 1),
    "blank lines": lambda text: text.replace(b"\n", b"\n\n"),
    "end of an old file": lambda text: text + b"\x1a",
    "spaces in the header": lambda text: text.replace(b",stress,", b", stress ,", 1),
    "no last newline": lambda text: text.rstrip(b"\n"),
    "a delimiter too many in every line": lambda text: text.replace(b"\n", b",\n"),
}
