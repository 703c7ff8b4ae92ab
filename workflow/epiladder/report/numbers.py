"""Numbers as they are printed: a value carries its format, and a journal's style turns the pair into text.

Every format of the report is decided here: sections choose a function by what the number is (a count, a p-value, a
coefficient with its standard error), never how many digits it gets. Text is for people; `raw` is for CSV.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from epiladder.report.styles import Style, current

Kind = Literal["fixed", "scientific", "count", "p", "p_exact", "p_stated", "percent", "ratio"]

MOST_PLACES = 6


@dataclass(frozen=True)
class Format:
    """A kind of number and its decimal places (digits after the first, for `scientific`)."""

    kind: Kind
    places: int = 0


@dataclass(frozen=True)
class Number:
    """A value with its format; `missing` is printed where the value is None (a dash, or `<10`)."""

    value: float | None
    format: Format
    missing: str | None = None


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval, in one format; `confidence` (0 to 1) is printed where it is given."""

    value: float | None
    low: float | None
    high: float | None
    format: Format
    confidence: float | None = None


@dataclass(frozen=True)
class Interval:
    """Two limits in one format, such as quartiles."""

    low: float | None
    high: float | None
    format: Format


def count(value: float | None) -> Number:
    """A whole number of things."""
    return Number(value, Format("count"))


def fixed(value: float | None, places: int) -> Number:
    """A number with `places` decimals."""
    return Number(value, Format("fixed", places))


def icc(value: float | None) -> Number:
    """A correlation or share between 0 and 1."""
    return Number(value, Format("fixed", 3))


def percent(share: float | None) -> Number:
    """A share (0 to 1) as a percentage."""
    places = 0 if share is None or abs(share) >= 0.1 else 1
    return Number(share, Format("percent", places))


def p_value(value: float | None) -> Number:
    """A p-value as journals print it: `<0.001` below the smallest that is written out."""
    return Number(value, Format("p"))


def p_exact(value: float | None) -> Number:
    """A p-value with its order of magnitude, for readers who compare it with another program's."""
    return Number(value, Format("p_exact"))


def p_stated(value: float | None) -> Number:
    """A p-value with its letter and sign, for prose: `p = 0.03`, `p <0.001`."""
    return Number(value, Format("p_stated"))


def given(value: float | None) -> Number:
    """A number that a person wrote, such as a threshold: the digits that were written."""
    written = "" if value is None else repr(float(value)).partition(".")[2].rstrip("0")
    return Number(value, Format("fixed", len(written) if "e" not in written else MOST_PLACES))


def likelihood(value: float | None) -> Number:
    """A log-likelihood, deviance or information criterion."""
    return Number(value, Format("fixed", 2))


def size(value: float | None) -> Number:
    """A cluster's size or a median of sizes: whole, or with its half."""
    return Number(value, Format("fixed", 0 if value is None or float(value).is_integer() else 1))


def about(value: float | None) -> Number:
    """A size that is no count, such as an effective sample size."""
    return Number(value, Format("fixed", 0 if value is None or value >= 20 else 1))


def degrees_of_freedom(value: float | None) -> Number:
    """Degrees of freedom, whole or not."""
    whole = value is not None and float(value).is_integer()
    return Number(value, Format("fixed", 0 if whole else 1))


def magnitude(value: float | None, digits: int = 4) -> Number:
    """A number without a standard error, to `digits` significant digits (variances, means)."""
    return Number(value, significant(value, digits))


def significant(value: float | None, digits: int) -> Format:
    """The format that shows `digits` significant digits of `value`."""
    if value is None or value == 0 or not math.isfinite(value):
        return Format("fixed", 0)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return Format("scientific", digits - 1) if places > MOST_PLACES + digits else Format("fixed", max(0, places))


def by_error(std_error: float | None, value: float | None = None) -> Format:
    """The format of an estimate: two significant digits of its standard error."""
    return significant(std_error if std_error else value, 2 if std_error else 4)


def coefficient(row: dict, confidence: float | None = None) -> Estimate:
    """A row of results (estimate, std_error, ci_low, ci_high) as an estimate with its interval."""
    form = by_error(row.get("std_error"), row.get("estimate"))
    return Estimate(row.get("estimate"), row.get("ci_low"), row.get("ci_high"), form, confidence)


def ratio(row: dict, confidence: float | None = None) -> Estimate:
    """A row on a log scale as a ratio: estimate and interval limits are exponentiated, never the standard error."""
    value = exponential(row.get("estimate"))
    form = ratio_format(value, row.get("std_error"))
    return Estimate(value, exponential(row.get("ci_low")), exponential(row.get("ci_high")), form, confidence)


def ratio_format(value: float | None, std_error: float | None) -> Format:
    """Two decimals, up to four where the error (of the logarithm) is small enough for them to mean something."""
    if not value or not std_error or not math.isfinite(value):
        return Format("ratio", 2)
    return Format("ratio", min(4, max(2, -math.floor(math.log10(value * std_error)))))


def exponential(value: float | None) -> float | None:
    """e to the power of `value`; infinity where a float cannot hold it."""
    return None if value is None else math.inf if value > 709 else math.exp(value)


def show(thing: Number | Estimate | Interval, style: Style | None = None) -> str:
    """The text of a number, an estimate with its interval, or an interval; in the page's style unless one is given."""
    style = style or current()
    if isinstance(thing, Number):
        if thing.value is None or math.isnan(thing.value) or (math.isinf(thing.value) and thing.format.kind != "ratio"):
            return style.missing if thing.missing is None else thing.missing
        return _text(float(thing.value), thing.format, style)
    if isinstance(thing, Interval):
        return _between(thing.low, thing.high, thing.format, style) or style.missing
    if thing.value is None:
        return style.missing
    inside = _between(thing.low, thing.high, thing.format, style)
    label = "" if thing.confidence is None else confidence(thing.confidence, style)
    return _text(thing.value, thing.format, style) + (f" ({label}{inside})" if inside else "")


def confidence(share: float, style: Style | None = None) -> str:
    """What stands before the limits of an interval: `95% CI `."""
    style = style or current()
    return f"{share * 100:g}".replace(".", style.decimal) + style.share + style.interval


def decimal_mark() -> str:
    """The decimal mark of the page's style."""
    return current().decimal


def raw(thing: Number | Estimate | Interval) -> tuple[float | str | None, ...]:
    """The unrounded values behind a number, for CSV."""
    if isinstance(thing, Number):
        return (_whole(thing) if thing.value is not None else thing.missing,)
    if isinstance(thing, Interval):
        return (thing.low, thing.high)
    return (thing.value, thing.low, thing.high)


def _whole(number: Number) -> float | None:
    value = number.value
    return int(value) if value is not None and number.format.kind == "count" else value


def _between(low: float | None, high: float | None, form: Format, style: Style) -> str:
    if low is None or high is None:
        return ""
    between = style.between if min(low, high) >= 0 else style.between_signed
    return _text(low, form, style) + between + _text(high, form, style)


def _text(value: float, form: Format, style: Style) -> str:
    match form.kind:
        case "p":
            return _p(value, style)
        case "p_exact":
            return _p(value, style) if value >= style.p_least else _power(value, 1, style)
        case "p_stated":
            return _stated(value, style)
        case "scientific":
            return _power(value, form.places, style)
        case "percent":
            return _percent(value, form.places, style)
        case "count":
            return _plain(round(value), 0, style)
        case "ratio":
            return _ratio(value, form.places, style)
    return _plain(value, form.places, style)


def _ratio(value: float, places: int, style: Style) -> str:
    """A ratio: fewer decimals as it grows, two significant digits where it would round to nothing."""
    if value >= 1e5:
        return _power(value, 1, style) if math.isfinite(value) else "\u221e"
    if 0 < value < 0.095:
        return _power(value, 1, style) if value < 1e-4 else _plain(value, significant(value, 2).places, style)
    return _plain(value, max(0, places - (value >= 9.995) - (value >= 99.95)), style)


def _percent(share: float, places: int, style: Style) -> str:
    """A share as a percentage; one that would round to nothing is said to be less than the smallest that is shown."""
    least = 10.0**-places
    if 0 < 100 * share < least / 2:
        return "<" + _plain(least, places, style) + "%"
    return _plain(100 * share, places, style) + "%"


def _p(value: float, style: Style) -> str:
    places = style.p_places
    if value < style.p_least:
        return "<" + _chance(style.p_least, round(-math.log10(style.p_least)), style)
    if value > 0.99:
        return ">" + _chance(0.99, 2, style)
    shown = places[0] if value >= 0.1 else places[1] if value >= 0.01 else places[2]
    lifted = style.p_bound is not None and value < style.p_bound <= round(value, shown)
    return _chance(value, shown + lifted, style)


def _stated(value: float, style: Style) -> str:
    """`p = 0.03`, or `p <0.001` where the value is beyond what is written out."""
    text = _p(value, style)
    return style.p + (style.below.replace("<", text[0]) + text[1:] if text[0] in "<>" else style.equals + text)


def _chance(value: float, places: int, style: Style) -> str:
    text = _plain(value, places, style)
    return text if style.p_zero else text.removeprefix("0")


def _power(value: float, digits: int, style: Style) -> str:
    if value == 0:
        return "<10" + _superscript(-300)
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return _plain(float(mantissa), digits, style) + "\u00a0×\u00a010" + _superscript(int(exponent))


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _plain(value: float, places: int, style: Style) -> str:
    text = f"{abs(value):,.{places}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    comma = style.thousands if abs(value) >= style.thousands_from else ""
    text = text.replace(",", "\0").replace(".", style.decimal).replace("\0", comma)
    return (style.minus if negative else "") + text
