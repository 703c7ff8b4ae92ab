"""Notes under the ladder table: what the estimates are, how the criteria count, where slopes leave the variances."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Parts, say
from epiladder.report.results import Results, estimates
from epiladder.report.sections import imputation


def notes(results: Results) -> tuple[Parts, ...]:
    """The notes in the order of the rows that they explain."""
    slopes = any(
        len(part["terms"]) > 1 for fit in results.fits for part in (estimates(fit) or {"random": []})["random"]
    )
    found = [_estimation(results), *_of_ratios(results), _criteria(results)]
    if slopes:
        found.append(
            say(
                "Where slopes vary, the intercept's variance, the covariances and the ICC hold where the "
                "covariates with a random slope are zero."
            )
        )
    return (*found, *imputation.ladder_note(results))


def approximation(results: Results) -> Parts:
    """How the likelihood was approximated, as the end of a sentence: `adaptive ... quadrature with 9 nodes`."""
    method, nodes = results.approximation.get("method"), results.approximation.get("nodes")
    if method not in ("laplace", "quadrature"):  # no file of it: what the fits themselves say
        found = [one for fit in results.fits for one in [estimates(fit)] if one and one["random"]]
        method, nodes = (found[-1]["method"], found[-1]["nodes"]) if found else (None, None)
    if method == "quadrature":
        return say("adaptive Gauss–Hermite quadrature with {n} nodes [@pinheiro1995]", n=numbers.count(nodes))
    return say("Laplace’s approximation [@tierney1986][@breslow1993]")


def _estimation(results: Results) -> Parts:
    share = f"{results.confidence() * 100:g}%"
    if results.scale.gaussian:
        return say(
            "CI: {share} confidence interval. Fixed effects and variances are restricted maximum likelihood (REML) "
            "estimates [@patterson1971]; log-likelihood, deviance, AIC and BIC are maximum likelihood (ML).",
            share=share,
        )
    return say(
        "CI: {share} confidence interval. All estimates are maximum likelihood; the integrals over the random effects "
        "are taken by {how}. Every log-likelihood carries its constants, so that all rungs stand on one scale.",
        share=share,
        how=approximation(results),
    )


def _of_ratios(results: Results) -> list[Parts]:
    if not results.scale.ratio:
        return []
    words = (
        "{Ratio}s and their limits are the exponentials of the coefficients ({predictor}) below them. In the rungs "
        "with random effects they are conditional: they compare units whose clusters have the same random effects; at "
        "a single level they are averages over all clusters, which is another quantity [@neuhaus1991]."
    )
    scale = results.scale
    return [say(words, Ratio=(capital(str(scale.ratio)),), predictor=(scale.predictor,))]


def _criteria(results: Results) -> Parts:
    hybrid = any(((estimates(fit, "ML") or {}).get("bic") or {}).get("hybrid") is not None for fit in results.fits)
    reml = "; the REML criterion compares rungs with the same fixed effects only" if results.scale.gaussian else ""
    return say(
        "BIC is printed with n as the number of rows{one} as the number of {clusters}{hybrid}. Deviance is −2 × "
        "log-likelihood" + reml + ".",
        clusters=results.names.level(results.levels()[0], 2),
        one=(",",) if hybrid else (" and",),
        hybrid=say(", and as the hybrid of both [@delattre2014]") if hybrid else (),
    )
