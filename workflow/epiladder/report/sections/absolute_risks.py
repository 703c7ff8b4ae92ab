"""Absolute risks and rates that a clinician can quote: of 1,000 patients like these, how many, with and without."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.numbers import Format
from epiladder.report.page import Block, Bullets, Column, Name, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.results import Results
from epiladder.report.sections.footnotes import footnotes, shown

THOUSAND = 1000
Record = dict[str, Any]
Thousand = tuple[float | None, float | None, float | None]  # lower limit, estimate, upper limit


def section(results: Results) -> Section | None:
    """Sentences and a table of standardised risks; nothing for normal outcomes, or where there are no covariates."""
    rows = [] if results.measures is None else results.measures["risks"]
    known = [row for row in rows if row["difference"]["estimate"] is not None]
    if not known:
        return None
    events = results.scale.family == "binomial"
    words = (
        "Risks" if events else "Rates"
    ) + " in numbers of {units}: the rung that is read, with one covariate set to a value for all {rows} of the study, "
    words += "their other covariates as they are, averaged over clusters [@zeger1988][@hedeker2018]. They describe the "
    words += "{rows} of this study; they say what would be seen, and are effects only where the design allows it. "
    words += "Differences are taken before rounding."
    blocks: list[Block] = [
        Paragraph(say(words, units=results.names.single(2), rows=results.names.unit(2))),
        Bullets(tuple(sentence(results, row) for row in known)),
        _table(results, known, rows),
    ]
    return Section("risks", f"Absolute {'risks' if events else 'rates'}", tuple(blocks))


def _setting(results: Results, row: Record, which: str) -> Parts:
    """`Sector is Catholic`, or `staffing is at its upper quartile (7.2)`."""
    one, name = row[which], results.names.term(row["variable"])
    if one["value"] is None:
        return say("{name} is {label}", name=name, label=one["label"])
    if one["label"] in ("0", "1"):
        return say("{name} is {label}", name=name, label=one["label"])
    value = _quartile(results, row["variable"], one["value"])
    return say("{name} is at its {label} ({value})", name=name, label=(one["label"],), value=value)


def _quartile(results: Results, term: str, value: float) -> Parts:
    """A value as a reader knows it: of a centred variable by how far it lies above or below its mean."""
    plain = results.plan["variables"].get(term)
    mean = "the mean" if plain is not None else f"the mean of its {results.names.innermost()}"
    if (plain is None and not term.endswith(".within")) or (plain is not None and plain.get("centre") != "grand_mean"):
        return (numbers.magnitude(value, 3),)
    return (numbers.magnitude(abs(value), 3), " above " if value >= 0 else " below ", Name(mean))


def sentence(results: Results, row: Record) -> Parts:
    """A contrast of risks in numbers of 1,000, or of rates, with the interval of the difference."""
    if results.scale.family != "binomial":
        return _rate(results, row)
    scaled = {key: _per_thousand(row[key]) for key in ("risk_from", "risk_to", "difference")}
    size, more, rounded = _difference(scaled)
    return say(
        "Of {per} {units} like these, {to} would have the event ({event}) where {high}, and {start} where {low}: "
        "{size} {more} in {per}{rounded}{ci}.",
        per=numbers.count(1000),
        units=results.names.single(2),
        event=results.names.outcome(),
        to=numbers.count(scaled["risk_to"][1]),
        start=numbers.count(scaled["risk_from"][1]),
        high=_setting(results, row, "to"),
        low=_setting(results, row, "from"),
        size=size,
        more=(more,),
        rounded=rounded,
        ci=_limits(results, scaled["difference"]),
    )


def _difference(scaled: dict[str, Thousand]) -> tuple[numbers.Number, str, Parts]:
    """How many more or fewer, and a word where rounded risks do not tell it by subtraction."""
    middle, high, low = (scaled[key][1] or 0.0 for key in ("difference", "risk_to", "risk_from"))
    same = abs(round(high) - round(low)) == round(abs(middle))
    return numbers.count(abs(middle)), _side(middle), () if same else (" before rounding",)


def _side(value: float) -> str:
    return "more" if value >= 0 else "fewer"


def _per_thousand(quantity: Record) -> Thousand:
    values = (quantity["ci_low"], quantity["estimate"], quantity["ci_high"])
    low, middle, high = (None if value is None else THOUSAND * value for value in values)
    return low, middle, high


def _limits(results: Results, scaled: Thousand) -> Parts:
    """` (95% CI 21 to 34)`, both as many more or as many fewer; ` (95% CI 3 fewer to 12 more)` where they are not."""
    low, _, high = scaled
    if low is None or high is None:
        return ()
    share, form = (numbers.confidence(results.confidence()),), Format("fixed", 0)
    if low < 0 < high:
        ends = (numbers.count(-low), " fewer to ", numbers.count(high), " more")
        return say(" ({share}{ends})", share=share, ends=ends)
    near, far = sorted((abs(low), abs(high)))
    return say(" ({share}{range})", share=share, range=numbers.Interval(near, far, form))


def _rate(results: Results, row: Record) -> Parts:
    form = numbers.significant(row["risk_from"]["estimate"], 3)
    return say(
        "The mean {response} is {to} where {high}, and {start} where {low}: a difference of {difference}.",
        response=_response(results),
        to=numbers.Number(row["risk_to"]["estimate"], form),
        start=numbers.Number(row["risk_from"]["estimate"], form),
        high=_setting(results, row, "to"),
        low=_setting(results, row, "from"),
        difference=shown(row["difference"], form) or (),
    )


def _response(results: Results) -> Parts:
    exposed = results.plan["outcome"].get("exposure") is not None
    label = Name(results.names.outcome())
    return ("rate of ", label, " for one unit of exposure") if exposed else ("count of ", label)


def _table(results: Results, known: list[Record], rows: list[Record]) -> Table:
    events = results.scale.family == "binomial"
    risk = Format("percent", 1) if events else numbers.significant(known[0]["risk_from"]["estimate"], 3)
    made = tuple(
        Row(
            f"{results.names.term(row['variable'])}: {row['to']['label']} against {row['from']['label']}",
            (
                shown(row["risk_to"], risk),
                shown(row["risk_from"], risk),
                shown(row["difference"], risk),
                shown(row["ratio"], Format("ratio", 2)),
            ),
        )
        for row in known
    )
    what = "Risk" if events else "Rate"
    heads = (f"{what}, first (CI)", f"{what}, second (CI)", "Difference (CI)", f"{what} ratio (CI)")
    keys = ("risk_to", "risk_from", "difference", "ratio")
    columns = [
        (head.removesuffix(" (CI)").lower(), [row[key] for row in known]) for head, key in zip(heads, keys, strict=True)
    ]
    return Table(
        id="risks",
        caption=say(f"Standardised {what.lower()}s, averaged over clusters."),
        stub="Contrast: first against second",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, made),),
        notes=(*footnotes(results, columns), *_left_out(results, rows)),
    )


def _left_out(results: Results, rows: list[Record]) -> tuple[Parts, ...]:
    """Covariates that have no contrast, and why."""
    return tuple(
        say("{name}: {reason}.", name=results.names.term(row["variable"]), reason=(row["difference"]["reason"],))
        for row in rows
        if row["difference"]["estimate"] is None
    )
