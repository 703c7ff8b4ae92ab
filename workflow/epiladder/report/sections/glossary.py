"""The glossary: the words of the report, one sense each."""

from __future__ import annotations

from epiladder.report.names import capital
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


LATENT = {
    "ICC": "Intraclass correlation, on the latent scale: the correlation of the unseen tendencies of two units of the "
    "same cluster, a unit's own tendency having the variance that the link implies.",
}
COUNTS = {
    "ICC": "Intraclass correlation, of counts: the correlation of two counts of the same cluster at the mean count.",
    "Rate ratio": "How many times as high one rate is as another: the exponential of a coefficient.",
    "Overdispersion": "Counts that vary more than a Poisson law says: a Pearson statistic over its degrees of freedom "
    "well above 1.",
}
TRIALS = {
    "Overdispersion": "Events that vary more than independent trials do: a Pearson statistic over its degrees of "
    "freedom well above 1.",
}
RATIOS = {
    "odds ratio": "How many times as high one odds is as another (odds are the probability over its complement): the "
    "exponential of a coefficient. It is further from 1 than the ratio of probabilities unless events are rare.",
    "hazard ratio": "How many times as high one hazard is as another, for events in grouped time: the exponential of a "
    "coefficient of the complementary log-log link.",
    "rate ratio": COUNTS["Rate ratio"],
}
GENERALISED = {
    "Cluster-specific": "Conditional: comparing units whose clusters have the same random effects, such as patients of "
    "the same hospital.",
    "Population-average": "Marginal: comparing units with different values, over all clusters together.",
    "Laplace and quadrature": "Two approximations of the integrals over the random effects: by one point for each "
    "cluster with the curvature there, or by a weighted sum over several points (nodes).",
}
NORMAL_ONLY = ("ML and REML",)


def words_of(results: Results) -> dict[str, str]:
    """The words that this page uses: those of every page, then those of the outcome's scale."""
    scale = results.scale
    if scale.gaussian:
        return WORDS
    found = {word: text for word, text in WORDS.items() if word not in NORMAL_ONLY}
    found |= COUNTS if scale.counts else LATENT
    found |= TRIALS if any(fit.get("overdispersion") is not None for fit in results.fits) and not scale.counts else {}
    if scale.ratio:
        found |= {capital(scale.ratio): RATIOS[scale.ratio], capital(scale.median()): _median(scale.ratio)}
    return found | GENERALISED


def _median(ratio: str) -> str:
    return f"The median, over pairs of units alike but for their cluster, of the {ratio} of the higher to the lower."


def section(results: Results) -> Section:
    """The words, in the order of the page."""
    items: tuple[tuple[str, Parts], ...] = tuple((word, say(text)) for word, text in words_of(results).items())
    return Section("glossary", "Glossary", (Definitions(items),))
