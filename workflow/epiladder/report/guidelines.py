"""The items of reporting guidelines: number, topic in our own words, and where an answer may be found.

STROBE (von Elm and others 2007) has 22 items, RECORD (Benchimol and others 2015) thirteen for data of routine care.
What reviewers ask of a multilevel analysis follows the topics of LEVEL's items on the data and the model (Monsalves
and others 2020) and the analyses that this report makes; it claims no guideline's number. Wordings are ours: the
guidelines themselves are to be read beside the list. Of RECORD's items some were read where other papers quote them
(SEEN says which); the statement's own table was not to be had when this list was last looked at (November 2026).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One item: `places` are sections of the page that answer it, in the order of preference; `key` a plan's note.

    `field` names what of the plan answers it by itself: `question`, or `source` of the data.
    """

    number: str
    topic: str
    places: tuple[str, ...] = ()
    key: str = ""
    field: str = ""


STROBE = (
    Item("1a", "The design is named in title or abstract", key="design"),
    Item("1b", "A balanced summary of what was done and found", ("verdict",)),
    Item("2", "Background and reasons", key="background"),
    Item("3", "Objectives, with hypotheses set beforehand", key="objectives", field="question"),
    Item("4", "Key elements of the design", key="design"),
    Item("5", "Setting, places and dates", key="setting"),
    Item("6", "Eligibility, sources and ways of selection", key="eligibility"),
    Item("7", "Outcomes, exposures, confounders and modifiers are defined", ("variables",), key="definitions"),
    Item("8", "Sources of data and ways of measurement", key="measurement", field="source"),
    Item("9", "What was done against bias", key="bias"),
    Item("10", "How the size of the study came about", key="study_size"),
    Item("11", "How quantitative variables were handled", ("methods",)),
    Item("12a", "All statistical methods, with those against confounding", ("methods",)),
    Item("12b", "Methods for subgroups and interactions", ("cross-level", "methods")),
    Item("12c", "How missing data were dealt with", ("imputation", "methods")),
    Item("12d", "Loss to follow-up, matching or the sampling design", key="follow_up"),
    Item("12e", "Sensitivity analyses", ("sensitivity", "influence", "practice")),
    Item("13", "Numbers at each stage, with reasons for leaving", ("data",)),
    Item("14a", "Characteristics of those studied", ("variables",)),
    Item("14b", "Missing data for each variable", ("missing", "variables")),
    Item("14c", "Time of follow-up, in cohorts", key="follow_up"),
    Item("15", "Events, or summaries of the outcome", ("variables",)),
    Item("16a", "Adjusted estimates with precision, and which confounders", ("retained", "ladder"), key="confounders"),
    Item("16b", "Bounds of categories made from numbers", key="categories"),
    Item("16c", "Relative risks also as absolute ones", key="absolute_risk"),
    Item("17", "Other analyses: subgroups, interactions, sensitivity", ("cross-level", "practice", "ladder")),
    Item("18", "Key results, set against the objectives", ("verdict",)),
    Item("19", "Limitations, with direction and size of bias", key="limitations"),
    Item("20", "A cautious interpretation", key="interpretation"),
    Item("21", "How far the results hold elsewhere", key="generalisability"),
    Item("22", "Funding and the part of the funders", key="funding"),
)

RECORD = (
    Item("1.1", "Type of data and names of data bases in title or abstract", key="databases", field="source"),
    Item("1.2", "Region and time in title or abstract", key="setting"),
    Item("1.3", "Linkage of data bases is stated", key="linkage"),
    Item("6.1", "Codes or algorithms by which the population was chosen", key="selection_codes"),
    Item("6.2", "Validation of these codes or algorithms", key="validation"),
    Item("6.3", "The linkage as a diagram of numbers", key="linkage"),
    Item("7.1", "Complete lists of codes for exposures, outcomes, confounders, modifiers", key="codes"),
    Item("12.1", "What access the investigators had to the data base", key="data_access"),
    Item("12.2", "How the data were cleaned", ("data",)),
    Item("12.3", "Level, method and quality of the linkage", key="linkage"),
    Item("13.1", "Selection of persons, with filtering on quality and availability", ("data",)),
    Item("19.1", "What it means that the data were not made for this question", key="limitations"),
    Item("22.1", "Where protocol, raw data and code can be had", ("provenance",), key="availability"),
)

MULTILEVEL = (
    Item("a", "Levels and units are named, with a diagram", ("levels",)),
    Item("b", "Number and sizes of clusters at each level", ("levels",)),
    Item("c", "The level at which each variable is measured", ("variables",)),
    Item("d", "Missing values and gaps, by level", ("missing", "variables")),
    Item("e", "Why the levels are modelled: intraclass correlation and design effect of each", ("screen",)),
    Item("f", "Centring of covariates", ("methods",)),
    Item("g", "The model as an equation, random effects included", ("retained",)),
    Item("h", "Estimator, approximation and software with versions", ("methods",)),
    Item("i", "Variances and covariances of the random effects in each model", ("ladder",)),
    Item("j", "How variances were tested, with the reference law", ("variance-tests", "comparisons")),
    Item("k", "Tests of coefficients with few clusters: degrees of freedom", ("fixed-effects", "methods")),
    Item("l", "Variation explained, and median ratios between clusters", ("measures", "ladder")),
    Item("m", "Convergence and singular fits", ("ladder",)),
    Item("n", "Distribution of residuals and random effects", ("diagnostics",)),
    Item("o", "Influence of single clusters", ("influence",)),
    Item("p", "Cluster-specific or population-average: which question is answered", ("practice",)),
    Item("q", "What the usual analyses would have said", ("practice",)),
)

SEEN = {
    "record": "Of RECORD the wording of items 1.1 to 1.3, 6.1, 7.1, 13.1 and 22.1 was read, in papers that quote it; "
    "the topics of its other items were not held against the statement, which is to be consulted."
}

LISTS = {
    "strobe": ("STROBE [@vonelm2007]", STROBE),
    "record": ("RECORD, for data of routine care [@benchimol2015]", RECORD),
    "multilevel": ("what reviewers ask of a multilevel analysis [@monsalves2020]", MULTILEVEL),
}
