"""One fault each in studies of events, events of trials and counts: in the plan, or in the table."""

from __future__ import annotations

from collections.abc import Callable

from broken import CLINICS_TABLE, BrokenPlan, BrokenTable, clinics
from broken_tables import cell, column

COVARIATES = "[age, sex, treated, staffing]"
COMPLETE = "missing: complete_case"


def _plan(outcome: str, name: str, old: str, new: str, said: tuple[str, ...], is_alone: bool = True) -> BrokenPlan:
    return BrokenPlan(f"{outcome}: {name}", old, new, said, is_alone, clinics(outcome))


def _table(
    outcome: str,
    name: str,
    change: Callable[[str], str],
    said: tuple[str, ...],
    check: str,
    plan: tuple[str, str] | None = None,
) -> BrokenTable:
    base = clinics(outcome).replace(COMPLETE, "weights: copies") if check == "weights" else clinics(outcome)
    return BrokenTable(f"{outcome}: {name}", change, said, check, plan, base, CLINICS_TABLE)


OUTCOME_PLANS = (
    _plan("binary", "no event", ", event: yes", "", ("outcome.event: is missing", "`event: yes`")),
    _plan(
        "binary", "event of no category", "event: yes", "event: Yes", ("`Yes` is not among the categories", "`yes`?")
    ),
    _plan(
        "binary", "event means missing", "[no, yes]}", "[no, n], missing_codes: [yes]}", ("`yes` cannot be the event",)
    ),
    _plan(
        "binary",
        "Kenward-Roger of no Gaussian",
        "ladder:",
        "inference: {degrees_of_freedom: kenward_roger}\nladder:",
        ("kenward_roger is for Gaussian outcomes",),
    ),
    _plan("binary", "no such family", "binomial", "binomal", ("no family `binomal`", "did you mean `binomial`?")),
    _plan("binary", "family not said", "family: binomial, ", "", ("outcome.event: belongs to the family `binomial`",)),
    _plan("binary", "link of no family", "event: yes", "event: yes, link: logti", ("no link `logti`", "`logit`?")),
    _plan(
        "binary", "link of counts", "event: yes", "event: yes, link: log", ("no link `log`", "did you mean `logit`?")
    ),
    _plan("binary", "no variable", "variable: died, ", "", ("outcome.variable: is missing", "`events` and `trials`")),
    _plan("binary", "unknown variable", "variable: died", "variable: deid", ("`deid` is not among `variables`",)),
    _plan("binary", "exposure", "event: yes", "event: yes, exposure: days", ("`poisson` and `negative_binomial`",)),
    _plan("binary", "trials alone", ", event: yes", ", trials: size", ("outcome.events: is missing",), False),
    _plan(
        "binary", "outcome of the clinic", "[no, yes]}", "[no, yes], level: clinic}", ("must be of the unit's level",)
    ),
    _plan("binary", "outcome explains itself", COVARIATES, "[age, died]", ("`died` is the outcome",)),
    _plan("binary", "text", "died:     {type: category, categories: [no, yes]}", "died: {type: text}", ("not text",)),
    _plan(
        "binary",
        "event of a boolean",
        "{variable: died, family: binomial, event: yes}",
        "{variable: treated, family: binomial, event: yes}",
        ("must be true or false", "'yes'"),
        False,
    ),
    _plan("numbers", "event in words", "dead, ", "dead, event: dead, ", ("must be a number", "'dead'")),
    _plan("events", "no trials", ", trials: size", "", ("outcome.trials: is missing; `events` needs",)),
    _plan("events", "no events", "events: cases, ", "", ("outcome.events: is missing; `trials` needs",)),
    _plan("events", "variable beside", "{events", "{variable: died, events", ("cannot stand beside `events`",)),
    _plan("events", "event beside", "link: probit", "event: yes", ("outcome.event: belongs to `variable`",)),
    _plan("events", "same column twice", "trials: size", "trials: cases", ("the number of events and the number of",)),
    _plan("events", "undeclared trials", "trials: size", "trials: sizes", ("`sizes` is not among", "`size`?")),
    _plan("events", "trials as covariate", COVARIATES, "[age, size]", ("`size` is the number of trials",)),
    _plan("events", "events as covariate", COVARIATES, "[age, log(cases)]", ("`cases` is the number of events",)),
    _plan(
        "events", "trials in words", "trials: size", "trials: sex", ("is the number of trials, whose type is",), False
    ),
    _plan("events", "trials that are an id", "trials: size", "trials: patient", ("identifies clusters or units",)),
    _plan("events", "gaussian", "binomial, link: probit", "gaussian", ("belongs to the family `binomial`",), False),
    _plan("counts", "undeclared exposure", "exposure: days", "exposure: day", ("`day` is not among", "`days`?")),
    _plan("counts", "exposure of nothing", "exposure: days", "exposure: 0", ("a number more than 0, not '0'",)),
    _plan("counts", "negative exposure", "exposure: days", "exposure: -5", ("a number more than 0, not '-5'",)),
    _plan("counts", "exposure is the outcome", "exposure: days", "exposure: falls", ("the outcome and the exposure",)),
    _plan("counts", "exposure as covariate", COVARIATES, "[age, days]", ("`days` is the exposure",)),
    _plan("counts", "link", "exposure: days", "link: logit", ("the family poisson has no link `logit`",)),
    _plan("counts", "event", "exposure: days", "event: 1", ("belongs to the family `binomial`, and this is",)),
    _plan("counts", "centred exposure", "unit: days}", "centre: grand_mean}", ("the exposure is not centred",)),
    _plan("counts", "count of categories", "variable: falls", "variable: sex", ("not category",), False),
    _plan("dispersed", "family by another name", "negative_binomial", "nbinom2", ("there is no family `nbinom2`",)),
    _plan(
        "binary", "undeclared weights", COMPLETE, "weights: copy", ("data.weights: `copy` is not among `variables`",)
    ),
    _plan("binary", "weights as covariate", f"{COMPLETE}", "weights: age", ("`age` is the weight",), False),
    _plan("events", "weights are trials", COMPLETE, "weights: size", ("the number of trials and the weight",)),
    _plan("binary", "weights in words", COMPLETE, "weights: treated", ("is the weight, whose type is",), False),
    _plan(
        "binary",
        "even nodes",
        "ladder:",
        "estimation: {approximation: {quadrature: 10}}\nladder:",
        ("must be odd", "11, not 10"),
    ),
    _plan(
        "binary",
        "too many nodes",
        "ladder:",
        "estimation: {approximation: {quadrature: 101}}\nladder:",
        ("must be 51 or less",),
    ),
    _plan(
        "binary",
        "quadrature of three levels",
        "levels: [clinic]",
        "estimation: {approximation: {quadrature: 7}}\nlevels: [country, region, clinic]",
        ("quadrature is for one level", "the plan has 3"),
    ),
)


OUTCOME_TABLES = (
    _table("binary", "not a category", cell(3, "died", "YES"), ("'YES' (row 3)", "recode: {YES: yes}"), "categories"),
    _table(
        "binary",
        "nobody dies",
        column("died", lambda old, row: "no"),
        ("`yes` of `died` occurs in no row",),
        "constant_outcome",
    ),
    _table(
        "binary", "everybody dies", column("died", lambda old, row: "yes"), ("occurs in every row",), "constant_outcome"
    ),
    _table(
        "binary",
        "whole clinics die",
        column("died", lambda old, row: "yes" if (row - 2) // 6 % 2 else "no"),
        ("does not vary within any clinic",),
        "constant_outcome",
    ),
    _table(
        "numbers", "a code for missing", cell(9, "dead", "9"), ("neither 1, the event, nor 0", "'9' (row 9)"), "event"
    ),
    _table(
        "numbers",
        "one and two",
        column("dead", lambda old, row: str(int(old) + 1)),
        ("neither 1, the event, nor 0", "`type: category`"),
        "event",
    ),
    _table(
        "numbers",
        "three codes",
        cell(9, "dead", "2"),
        ("neither 2, the event, nor",),
        "event",
        ("family: binomial", "family: binomial, event: 2"),
    ),
    _table(
        "events",
        "negative events",
        cell(4, "cases", "-1"),
        ("`cases` holds no number of events", "'-1' (row 4)"),
        "counts",
    ),
    _table(
        "events",
        "a share",
        cell(4, "cases", "0.25"),
        ("A share is no number of events",),
        "counts",
        ("cases:    {type: integer}", "cases:    {type: number}"),
    ),
    _table("events", "no trials", cell(4, "size", "0"), ("no number of trials", "whole number of 1"), "counts"),
    _table(
        "events",
        "more events than trials",
        cell(5, "cases", "40"),
        ("more events (`cases`) than trials", "40 of"),
        "events_exceed_trials",
    ),
    _table(
        "events", "no events at all", column("cases", lambda old, row: "0"), ("occurs in no trial",), "constant_outcome"
    ),
    _table("counts", "negative count", cell(7, "falls", "-2"), ("`falls` holds no count", "'-2' (row 7)"), "counts"),
    _table(
        "counts",
        "a rate",
        cell(7, "falls", "1.5"),
        ("A rate is no count", "`exposure`"),
        "counts",
        ("falls:    {type: integer}", "falls:    {type: number}"),
    ),
    _table("counts", "no exposure", cell(8, "days", "0"), ("`days` holds no exposure", "'0' (row 8)"), "exposure"),
    _table("counts", "logarithm of exposure", column("days", lambda old, row: "-0.7"), ("logarithms",), "exposure"),
    _table(
        "counts", "no falls", column("falls", lambda old, row: "0"), ("is 0 in every row used",), "constant_outcome"
    ),
    _table("counts", "exposure not known", column("days", lambda old, row: ""), ("`days` in 72",), "too_few_rows"),
    _table(
        "dispersed", "same count", column("falls", lambda old, row: "2"), ("is 2 in every row",), "constant_outcome"
    ),
    _table(
        "binary",
        "weight of zero",
        cell(6, "copies", "0"),
        ("`copies` holds no frequency weight", "'0' (row 6)"),
        "weights",
    ),
    _table(
        "counts",
        "negative weight",
        cell(6, "copies", "-1"),
        ("'-1' (row 6)",),
        "weights",
    ),
    _table(
        "events",
        "weights of a survey",
        cell(6, "copies", "1.25"),
        ("weights of a survey's design",),
        "weights",
        ("copies:   {type: integer}", "copies:   {type: number}"),
    ),
)
