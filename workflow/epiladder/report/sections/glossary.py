"""The glossary: the words of the report, one sense each."""

from __future__ import annotations

from epiladder.report.page import Definitions, Parts, Section, say
from epiladder.report.results import Results

WORDS = {
    "Cluster": "One member of a level: one hospital, one school, one person with repeated measurements.",
    "Level": "A kind of cluster; levels are nested, the outermost first.",
    "Rung": "A model that adds one idea to the one below it; the ladder is the rungs in order.",
    "Fixed effect": "A coefficient that is the same for all clusters, or its average over them.",
    "Random effect": "A cluster's own departure from the fixed effects, taken as drawn from a normal distribution.",
    "ICC": "Intraclass correlation: the correlation of two units of the same cluster, and with two levels the share "
    "of the variance that lies between clusters.",
    "Design effect": "How many times clustering multiplies the variance of a mean.",
    "ML and REML": "Maximum likelihood, and restricted maximum likelihood, which allows for the estimation of the "
    "fixed effects when it estimates variances.",
    "Pooling": "Complete: one estimate for all clusters. None: each cluster by itself. Partial: each cluster drawn "
    "towards the average, the more the less it knows.",
    "Shrinkage": "The weight that partial pooling leaves to a cluster's own data: 1 is all, 0 none.",
    "Singular fit": "A fit whose optimum lies on the boundary: a variance of zero, or a correlation of one.",
    "Cross-level effect": "A change of a slope with a variable of a higher level.",
}


def section(results: Results) -> Section:
    """The words, in the order of the page."""
    items: tuple[tuple[str, Parts], ...] = tuple((word, say(text)) for word, text in WORDS.items())
    return Section("glossary", "Glossary", (Definitions(items),))
