"""Methods in words, as a journal would take them, with numbered references."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Block, Paragraph, Parts, Section, say
from epiladder.report.results import Results, estimates
from epiladder.report.sections import generalised, imputation
from epiladder.report.sections.accounting import clusters_in_words


def section(results: Results) -> Section:
    """Model and estimation, inference, comparisons, screen, missing data, standard practice, software."""
    parts = (_model, _centring, _inference, _comparison, _screen, _practice, _missing, _software)
    blocks: tuple[Block, ...] = tuple(Paragraph(text) for make in parts for text in [make(results)] if text)
    return Section("methods", "Methods", blocks)


def _model(results: Results) -> Parts:
    if not results.scale.gaussian:
        return generalised.model(results)
    return say(
        "**Models.** We fitted a ladder of linear mixed models [@laird1982][@raudenbush2002] with normal errors and "
        "random effects to {n} {units} in {clusters}. Variances and coefficients are estimated by restricted maximum "
        "likelihood (REML) [@patterson1971], log-likelihoods and information criteria (AIC [@akaike1974], BIC "
        "[@schwarz1978]) by maximum likelihood. The likelihood is exact, profiled over "
        "the coefficients as in lme4 [@bates2015], with an analytic gradient; a fit on the boundary of the space of "
        "covariance matrices is reported as singular.",
        n=results.disclosure.count(results.design["n_rows"]),
        units=results.names.unit(2),
        clusters=clusters_in_words(results),
    )


def _centring(results: Results) -> Parts | None:
    centred = {name: variable.get("centre") for name, variable in results.plan["variables"].items()}
    within = [results.names.variable(name) for name, how in centred.items() if how == "cluster_mean"]
    grand = [results.names.variable(name) for name, how in centred.items() if how == "grand_mean"]
    means = any(v.get("means") for v in results.plan["variables"].values())
    words = "**Centring.** " + (
        "{within}: centred on the mean of the innermost cluster [@enders2007]. " if within else ""
    )
    words += "Cluster means enter beside the deviations, so that effects within and between are told apart "
    words = words + "[@mundlak1978]. " if means else words.split("Cluster means", 1)[0]
    words += "{grand}: centred on the mean of the rows used." if grand else ""
    return say(words, within=", ".join(within), grand=", ".join(grand)) if within or grand else None


def _inference(results: Results) -> Parts:
    method = (results.plan.get("inference") or {}).get("degrees_of_freedom") or "satterthwaite"
    how = {
        "satterthwaite": "t-tests with Satterthwaite's degrees of freedom [@satterthwaite1946][@kuznetsova2017]",
        "kenward_roger": "t-tests with standard errors and degrees of freedom after Kenward and Roger "
        "[@kenward1997][@kenward2009], from the REML fit; fits by maximum likelihood, which serve comparisons, keep "
        "Satterthwaite's [@satterthwaite1946]",
        "none": "the normal distribution, without a correction for few clusters",
    }
    if results.imputation is not None:
        how[method] = "t-tests with " + imputation.degrees(results)
    elif not results.scale.gaussian:
        return generalised.inference(results)
    words = "**Inference.** Coefficients are tested by " + how.get(method, method) + "; intervals are at {share}, and "
    return say(
        words + "p-values are two-sided and not adjusted for their number.", share=numbers.percent(results.confidence())
    )


def _comparison(results: Results) -> Parts | None:
    if not results.comparisons:
        return None
    criteria = "Rungs with the same fixed effects are compared on the REML criterion, all others by maximum likelihood."
    if not results.scale.gaussian:
        criteria = "All likelihoods are maximum likelihood, by one approximation, with every constant."
    return say(
        "**Comparisons.** Rungs are compared by likelihood ratio. A variance tested against zero has a mixture of "
        "chi-square laws as its reference [@self1987][@stram1994]; where no such law is known, no p-value is "
        "printed. " + criteria + imputation.comparison(results)
    )


INTERVALS = {
    "exact": "; its interval inverts the exact F test for unequal cluster sizes [@wald1940][@harville1985]",
    "parametric bootstrap": "; its interval has the percentiles of a parametric bootstrap [@davison1997]",
    "the delta method on the logit scale": "; its interval is by the delta method on the logit scale",
}


def _screen(results: Results) -> Parts:
    limit = results.screen["threshold"]
    methods = {level["method"].partition(",")[0] for level in results.screen["levels"] if level["ci_low"] is not None}
    words = "**Screen.** The intraclass correlation comes from the null rung"
    words += generalised.correlation(results)
    words += "".join(told for method, told in INTERVALS.items() if method in methods)
    words += (
        ". A level counts as clustered where the ICC passes {icc} or the design effect [@kish1965] passes {effect}; "
    )
    words += "the screen informs, and never stops the ladder."
    effect = numbers.given(limit["design_effect"])
    return say(words, icc=numbers.given(limit["icc"]), effect=effect)


def _practice(results: Results) -> Parts | None:
    if not results.standard_practice["rows"]:
        return None
    averaged = any(row["method"] == "marginal" for row in results.standard_practice["rows"])
    words = (
        "**Standard practice.** For comparison: {ordinary}, with and without cluster-robust standard errors{reduced}, "
        "generalised estimating equations with an exchangeable working correlation [@liang1986], and fixed effects of "
        "the clusters."
    )
    words += (
        " The mixed model's coefficients averaged over clusters [@zeger1988] stand beside them." if averaged else ""
    )
    name = results.names.method("ordinary")
    reduced = any(row["method"] == "cluster_robust_cr2" for row in results.standard_practice["rows"])
    told = " (plain, and CR2 with degrees of freedom of each coefficient [@bell2002][@pustejovsky2018])"
    words = words.replace("{reduced}", told if reduced else "")
    return say(words, ordinary=(name[:1].lower() + name[1:] if not name.startswith("Poisson") else name,))


def _missing(results: Results) -> Parts:
    flow = results.accounting
    if results.imputation is not None:
        return imputation.methods(results)
    if not flow["rows_incomplete"]:
        return say("**Missing data.** No row was incomplete on a column that any rung uses.")
    return say(
        "**Missing data.** Rows incomplete on any column that any rung uses were left out ({lost} of {read}): complete "
        "cases, which are free of bias only where being complete does not depend on the outcome, given the covariates.",
        lost=results.disclosure.count(flow["rows_incomplete"]),
        read=results.disclosure.count(flow["rows_read"]),
    )


def _software(results: Results) -> Parts:
    versions = results.provenance.get("versions") or {}
    own = versions.get("epiladder")
    rest = [f"{name} {versions[name]}" for name in ("python", "numpy", "scipy", "statsmodels") if versions.get(name)]
    fitted = [fit for fit in results.fits if estimates(fit)]
    return say(
        "**Software.** epiladder {own}{rest}; {n} models fitted.",
        own=str(own or ""),
        rest=f" with {', '.join(rest)}" if rest else "",
        n=numbers.count(len(fitted)),
    )
