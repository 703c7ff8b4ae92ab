"""Methods in words for outcomes that are not normal: the model, its approximation, its tests, its correlation."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Parts, say
from epiladder.report.results import Results
from epiladder.report.sections.accounting import clusters_in_words
from epiladder.report.sections.ladder_notes import approximation

LAWS = {
    "binomial": "a binomial law, a {link} link",
    "poisson": "a Poisson law, a log link",
    "negative_binomial": "a negative binomial law [@lawless1987] (variance μ + μ²/θ, θ estimated), a log link",
}
LINKS = {"logit": "logit", "probit": "probit", "cloglog": "complementary log-log"}


def model(results: Results) -> Parts:
    """The law of the outcome, the estimator, and the approximation with the nodes that were tried."""
    words = (
        "**Models.** We fitted a ladder of generalised linear mixed models [@breslow1993] with "
        + _law(results)
        + " and "
        "normal random effects to {n} {units} in {clusters}{exposure}. All estimates are maximum likelihood; AIC "
        "[@akaike1974] and BIC [@schwarz1978] rest on it. The integrals over the random effects are taken by {how}, "
        "one approximation for every rung{nodes}.{reason} Standard errors come from the Hessian of all parameters "
        "together; a fit on the boundary of the space of covariance matrices is reported as singular."
    )
    return say(
        words,
        n=results.disclosure.count(results.design["n_rows"]),
        units=results.names.unit(2),
        clusters=clusters_in_words(results),
        exposure=_exposure(results),
        how=approximation(results),
        nodes=_nodes(results),
        reason=_reason(results),
    )


def _law(results: Results) -> str:
    return LAWS[results.scale.family].replace("{link}", LINKS.get(results.scale.link, ""))


def _exposure(results: Results) -> Parts:
    exposure = results.plan["outcome"].get("exposure")
    if exposure is None:
        return ()
    return say(", with the logarithm of the exposure ({what}) as an offset", what=results.names.variable(str(exposure)))


def _nodes(results: Results) -> Parts:
    """The nodes that were tried until the log-likelihood settled, with what each gave."""
    tried = results.approximation.get("tried") or ()
    if len(tried) < 2:
        return ()
    last, before = tried[-1], tried[-2]
    moved = abs(last["log_likelihood"] - before["log_likelihood"])
    return say(
        "; nodes were raised ({nodes}), and the last step changed the log-likelihood by {moved}",
        nodes=(", ".join(str(one["nodes"]) for one in tried),),
        moved=numbers.Number(moved, numbers.Format("scientific", 1)) if moved else "nothing",
    )


def _reason(results: Results) -> Parts:
    reason = str(results.approximation.get("reason") or "").strip().rstrip(".")
    return say(" {reason}.", reason=(results.names.spoken(reason[:1].upper() + reason[1:]),)) if reason else ()


def inference(results: Results) -> Parts:
    """Why z and not t."""
    ratios = "; {ratio}s are exponentials of coefficients and of their limits" if results.scale.ratio else ""
    return say(
        "**Inference.** Coefficients are tested by Wald's z, that is the normal distribution: a t distribution, with "
        "degrees of freedom for few clusters, has no footing in these models, so that with few clusters intervals are "
        "somewhat too narrow. Intervals are at {share}"
        + ratios
        + "; p-values are two-sided and not adjusted for their "
        "number.",
        share=numbers.percent(results.confidence()),
        ratio=(str(results.scale.ratio),),
    )


def correlation(results: Results) -> str:
    """The scale of the screen's correlation, as words to go on with."""
    if results.scale.gaussian:
        return ""
    if results.scale.level1 is not None:
        return ", on the latent scale [@goldstein2002]"
    return ", of counts at their mean [@austin2018][@leckie2020]"
