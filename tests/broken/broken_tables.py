"""Tables with one fault each: an edit of the sound table, and the check that finds it."""

from __future__ import annotations

from collections.abc import Callable

from broken import COVARIATES, WARD, BrokenTable

NOTE = "note:       {type: text}"


def cell(row: int, column: str, value: str) -> Callable[[str], str]:
    """Change one cell; the header is row 1."""

    def change(text: str) -> str:
        lines = [line.split(",") for line in text.splitlines()]
        lines[row - 1][lines[0].index(column)] = value
        return "\n".join(",".join(line) for line in lines) + "\n"

    return change


def column(name: str, value: Callable[[str, int], str]) -> Callable[[str], str]:
    """Change every cell of a column: value(old, row)."""

    def change(text: str) -> str:
        lines = [line.split(",") for line in text.splitlines()]
        at = lines[0].index(name)
        for row, line in enumerate(lines[1:], start=2):
            line[at] = value(line[at], row)
        return "\n".join(",".join(line) for line in lines) + "\n"

    return change


def dated(text: str, days: Callable[[int], tuple[str, str]]) -> str:
    """The text with two columns of dates at its end."""
    lines = text.splitlines()
    made = [f"{line},{','.join(days(row))}" for row, line in enumerate(lines[1:], start=2)]
    return "\n".join([f"{lines[0]},came,left", *made]) + "\n"


def rows(keep: Callable[[list[str]], bool]) -> Callable[[str], str]:
    """Keep the rows whose cells pass."""

    def change(text: str) -> str:
        lines = text.splitlines()
        return "\n".join([lines[0], *(line for line in lines[1:] if keep(line.split(",")))]) + "\n"

    return change


def replaced(old: str, new: str) -> Callable[[str], str]:
    """Replace the first occurrence of a text."""
    return lambda text: text.replace(old, new, 1)


def _twins(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines, lines[3]]) + "\n"


def _ragged(text: str) -> str:
    lines = text.splitlines()
    lines[6] += ",one more"
    lines[9] = lines[9].rsplit(",", 3)[0]
    return "\n".join(lines) + "\n"


TABLES = (
    BrokenTable("empty file", lambda text: "", ("is empty",), "unreadable"),
    BrokenTable(
        "header alone", lambda text: text.splitlines()[0] + "\n\n", ("has a header but no rows",), "unreadable"
    ),
    BrokenTable(
        "a workbook by the name of csv",
        lambda text: b"PK\x03\x04" + b"\0" * 50,
        ("save the sheet as CSV",),
        "unreadable",
    ),
    BrokenTable("utf-16", lambda text: text.encode("utf-16"), ("UTF-16",), "unreadable"),
    BrokenTable(
        "latin-1",
        lambda text: text.replace(",small,\n", ",small,sp\xe4t\n", 1).encode("latin-1"),
        ("not UTF-8 text", "see line 2", "encoding: windows-1252"),
        "encoding",
        ("unit: {name", "checks: {encoding: stop}\nunit: {name"),
    ),
    BrokenTable("ragged rows", _ragged, ("row 7 has 11", "row 10 has 7", "10 columns"), "unreadable"),
    BrokenTable("open quote", replaced("002,", '"002,'), ("a quote is opened in line 3",), "unreadable"),
    BrokenTable(
        "no such file",
        lambda text: text,
        ("there is no such file", "did you mean `nurses.csv`?"),
        "unreadable",
        ("nurses.csv", "nurse.csv"),
    ),
    BrokenTable("header twice", replaced("note", "stress"), ("`stress` more than once",), "duplicate_column"),
    BrokenTable(
        "column not there",
        replaced(",stress", ",Stres"),
        ("no column `stress`; did you mean `Stres`?",),
        "missing_column",
    ),
    BrokenTable(
        "two columns not there",
        replaced("stress,age", "y,years"),
        ("no column `stress`", "no column `age`"),
        "missing_column",
    ),
    BrokenTable(
        "word in a number", cell(5, "stress", "high"), ("1 row of `stress` holds no number", "'high' (row 5)"), "type"
    ),
    BrokenTable("NA in a number", cell(5, "stress", "NA"), ("'NA' (row 5)", "missing_codes: [NA]"), "type"),
    BrokenTable(
        "decimal comma",
        lambda text: text.replace(",", ";").replace("3.54", "3,54"),
        ("'3,54' (row 2)", "decimal point"),
        "type",
    ),
    BrokenTable("infinite", cell(9, "experience", "inf"), ("`experience` holds no number", "'inf' (row 9)"), "type"),
    BrokenTable("nan in words", cell(9, "experience", "nan"), ("'nan' (row 9)", "missing_codes"), "type"),
    BrokenTable("decimals in an integer", cell(4, "age", "30.5"), ("no whole number", "write `type: number`"), "type"),
    BrokenTable("integer beyond doubles", cell(4, "age", "90071992547409931"), ("no whole number",), "type"),
    BrokenTable("overflowing number", cell(4, "experience", "1e999"), ("'1e999' (row 4)",), "type"),
    BrokenTable(
        "below the minimum", cell(3, "age", "17"), ("1 row of `age` lies outside of 18 to 80", "'17' (row 3)"), "range"
    ),
    BrokenTable("above the maximum", cell(61, "stress", "7.01"), ("outside of 1 to 7", "'7.01' (row 61)"), "range"),
    BrokenTable(
        "not a category", cell(8, "gender", "Female"), ("'Female' (row 8)", "recode: {Female: female}"), "categories"
    ),
    BrokenTable(
        "text that does not fit",
        column("note", lambda old, row: f"N{row}"),
        ("8 rows of `note` do not fit `N[0-9]{2}`", "'N2' (row 2)"),
        "pattern",
        (NOTE, 'note: {type: text, pattern: "N[0-9]{2}"}'),
    ),
    BrokenTable(
        "empty where another requires it",
        column("note", lambda old, row: "" if row == 7 else "x"),
        ("is empty, though `training` is", "row 7"),
        "required_if",
        (NOTE, "note: {type: text, required_if: {training: [control, training]}}"),
    ),
    BrokenTable(
        "a value that stands twice",
        column("note", lambda old, row: "x" if row in (5, 9) else f"y{row}"),
        ("A value of `note` stands in more than one row", "'x' (row 5), 'x' (row 9)"),
        "unique",
        (NOTE, "note: {type: text, unique: true}"),
    ),
    BrokenTable(
        "a value that two clusters share",
        column("note", lambda old, row: "x" if row < 22 else f"y{(row - 2) // 10}"),
        ("A value of `note` stands in more than one hospital",),
        "unique",
        (NOTE, "note: {type: text, unique: true, level: hospital}"),
    ),
    BrokenTable(
        "dates in the wrong order",
        lambda text: dated(text, lambda row: ("2024-03-05", "2024-03-04" if row == 9 else "2024-03-05")),
        ("In 1 row `left` lies before `came`", "2024-03-04 before 2024-03-05 (row 9)"),
        "order",
        (NOTE, "came: {type: date}\n  left: {type: date, after: came}"),
    ),
    BrokenTable(
        "a date before its first day",
        column("note", lambda old, row: "29.02.2024" if row == 4 else "01.03.2024"),
        ("1 row of `note` lies outside of the days from 2024-03-01", "'29.02.2024' (row 4)"),
        "range",
        (NOTE, "note: {type: date, format: DD.MM.YYYY, earliest: 2024-03-01}"),
    ),
    BrokenTable(
        "dates without a format",
        column("note", lambda old, row: "12/03/2024"),
        ("no date such as", "format: DD/MM/YYYY"),
        "type",
        (NOTE, "note: {type: date}"),
    ),
    BrokenTable(
        "half a date", column("note", lambda old, row: "12/03"), ("no date",), "type", (NOTE, "note: {type: date}")
    ),
    BrokenTable("category with a space", cell(8, "gender", "male "), ("'male ' (row 8)",), "categories"),
    BrokenTable(
        "categories read as booleans",
        column("gender", lambda old, row: "no" if old == "male" else "yes"),
        ("'yes'",),
        "categories",
    ),
    BrokenTable(
        "boolean in words",
        column("note", lambda old, row: "yes"),
        ("neither true nor false", "type: category"),
        "type",
        ("note:       {type: text}", "note:       {type: boolean}"),
    ),
    BrokenTable(
        "no date",
        column("note", lambda old, row: "2024-02-30"),
        ("no date such as",),
        "type",
        ("note:       {type: text}", "note:       {type: date}"),
    ),
    BrokenTable(
        "empty cell where none may be",
        cell(12, "age", ""),
        ("`age` is empty", "row 12"),
        "missing",
        ("complete_case", "error"),
    ),
    BrokenTable(
        "empty id where none may be",
        cell(12, "ward_no", ""),
        ("`ward_no` is empty",),
        "missing",
        ("complete_case", "error"),
    ),
    BrokenTable("unit twice", _twins, ("2 rows share 1 `nurse_id`", "003"), "duplicate_unit"),
    BrokenTable(
        "wards of two hospitals",
        lambda text: text,
        ("ward 1 in hospital H1 (5 rows), H2 (5 rows)", "begin anew in each hospital", "unique_within: hospital"),
        "nesting",
        (WARD, "{name: ward, id: ward_no}"),
    ),
    BrokenTable(
        "a ward that moved",
        column("ward_no", lambda old, row: "1" if row == 40 else f"{(row + 3) // 5}"),
        (
            "1 ward of 12 lies in more than one hospital",
            "ward 1 in hospital H1 (5 rows), H4 (1 row)",
            "or 1 cell to be wrong",
        ),
        "nesting",
        (WARD, "{name: ward, id: ward_no}"),
    ),
    BrokenTable(
        "hospital variable varies",
        cell(2, "size", "large"),
        ("varies within 1 hospital", "hospital H1 has small in 9 rows, large in 1 row"),
        "constant_in_cluster",
    ),
    BrokenTable(
        "ward variable varies",
        cell(20, "training", "control"),
        ("varies within 1 ward", "ward H2/2 has training in 4 rows, control in 1 row"),
        "constant_in_cluster",
    ),
    BrokenTable(
        "ids that differ by a space", cell(3, "hospital", "H1 "), ("by spaces around it", "'H1 ' (row 3)"), "type"
    ),
    BrokenTable(
        "constant outcome", column("stress", lambda old, row: "4"), ("is 4 in every row used",), "constant_outcome"
    ),
    BrokenTable(
        "outcome of the ward",
        column("stress", lambda old, row: str(1 + (row - 2) // 5 % 7)),
        ("does not vary within any ward",),
        "constant_outcome",
    ),
    BrokenTable(
        "one hospital", rows(lambda cells: cells[1] == "H1"), ("`hospital` has a single cluster",), "one_cluster"
    ),
    BrokenTable(
        "a ward a hospital", rows(lambda cells: cells[2] == "1"), ("Every hospital has a single ward",), "same_clusters"
    ),
    BrokenTable(
        "a nurse a ward",
        rows(lambda cells: int(cells[0]) % 5 == 1),
        ("Every ward has a single nurse",),
        "same_clusters",
    ),
    BrokenTable(
        "nothing complete", column("age", lambda old, row: ""), ("No row is left of 60", "`age` in 60"), "too_few_rows"
    ),
    BrokenTable("constant covariate", column("age", lambda old, row: "40"), ("age",), "constant_column"),
    BrokenTable(
        "category that no row has", column("gender", lambda old, row: "male"), ("gender[female]",), "constant_column"
    ),
    BrokenTable(
        "combination of others",
        lambda text: text,
        ("age",),
        "rank",
        (COVARIATES, "[training, age, I(2 * age), gender, experience, size]"),
    ),
)
