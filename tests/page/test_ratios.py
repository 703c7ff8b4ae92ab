"""Outcomes that are not normal: ratios derived again from the results, and the words a reader will quote."""

import json
import math
import re
from pathlib import Path

import page_ratios
import page_studies
import pytest
from epiladder.report import numbers
from epiladder.report.build import build
from epiladder.report.numbers import show
from test_numbers import table


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("contraception")
    build(page_ratios.contraception(folder / "results"), folder / "report")
    return folder


@pytest.fixture(scope="module")
def counts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("epilepsy")
    build(page_ratios.epilepsy(folder / "results"), folder / "report")
    return folder


def text_of(folder: Path) -> str:
    return (folder / "report" / "report.md").read_text(encoding="utf-8")


def head_of(folder: Path) -> str:
    return text_of(folder).split("## What was found")[1].split("\n## ")[0]


def made(tmp_path: Path, study, *about, **changes) -> Path:
    build(study(tmp_path / "results", *about, **changes), tmp_path / "report")
    return tmp_path


def fit(folder: Path, rung: str) -> dict:
    return json.loads((folder / "results" / "fits" / f"{rung}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("at", "rung"), [(0, "single_level"), (2, "random_intercept"), (3, "random_slope")])
def test_ratios_are_exponentials_of_estimate_and_limits(binary, at, rung):
    with (binary / "report" / "tables" / "ladder.csv").open(encoding="utf-8") as stream:
        lines = [line.rstrip("\n").split(",") for line in stream if line.startswith("Odds ratios (CI),Urban")]
    row = fit(binary, rung)["estimates"]["ML"]["fixed"][1]
    printed = [float(cell) for cell in lines[0][2:] if cell]
    keep = {0: 0, 2: 1, 3: 2}[at]
    expected = [math.exp(row[key]) for key in ("estimate", "ci_low", "ci_high")]
    assert printed[3 * keep : 3 * keep + 3] == pytest.approx(expected, rel=1e-12)


def test_the_intercept_is_no_ratio(binary):
    ladder = text_of(binary).split("**Table 5.**")[1].split("**Fixed effects: log odds (CI)**")
    assert "Intercept" not in ladder[0].split("Odds ratios")[1]
    assert "| Intercept " in ladder[1]


def test_the_ladder_prints_likelihoods_latent_icc_and_median_odds_ratio(binary):
    printed = table(binary, "The ladder")
    variance = fit(binary, "null")["estimates"]["ML"]["random"][0]["covariance"][0][0]
    assert printed["Same district"][1] == show(numbers.icc(variance / (variance + math.pi**2 / 3))) == "0.069"
    assert (
        printed["Different districts"][1] == f"{math.exp(math.sqrt(2 * variance) * 0.6744897501960817):.2f}" == "1.60"
    )
    assert printed["Same district"][0] == printed["Different districts"][0] == "–"
    assert printed["Log-likelihood"] == ["−1,228.36", "−1,267.23", "−1,206.81", "−1,199.51"]


@pytest.mark.parametrize("study", ["binary", "counts"])
def test_only_maximum_likelihood_and_z_are_spoken_of(study, request):
    text = text_of(request.getfixturevalue(study))
    for word in ("REML", "Satterthwaite", "restricted", "Residual", "linear mixed models [", "| df "):
        assert word not in text.split("References\n")[0].replace("generalised linear mixed models [", ""), word
    assert "Wald's z" in text


def test_a_sentence_that_a_clinician_can_quote(binary):
    head = head_of(binary)
    assert (
        "Among women of one typical district, other covariates equal, the odds of contraceptive use are "
        "**2.26 times** as high (95% CI 1.62 to 3.15, p <0.001) where Urban residence is 1 as where it is 0." in head
    )
    assert "ICC 0.069 on the latent scale" in head
    assert "The median odds ratio between districts is 1.60: in half of all pairs of women" in head


def test_varying_odds_ratios_are_read_as_a_range_of_ratios(binary):
    """exp(0.8153 - 1.96 * 0.8012) = 0.470, exp(0.8153 + 1.96 * 0.8012) = 10.87; F(-0.8153 / 0.8012) = 0.154."""
    assert "it is expected between 0.47 and 10.9, and 15% would have it on the other side of 1" in head_of(binary)


def test_rate_ratios_between_persons_are_not_told_as_within_them(counts):
    """Progabide is given to persons: visits of the same person cannot differ in it."""
    head = head_of(counts)
    assert (
        "Between subjects that are otherwise alike, other covariates equal, the rate of seizures is **0.72 times**"
        in head
    )
    assert "The interval includes 1: these data do not settle the direction." in head
    assert "at the mean count" in head


def test_a_missing_interval_says_why(binary):
    assert "There is no interval: no interval without the bootstrap." in text_of(binary).replace("\n", " ")
    assert "(None" not in text_of(binary)


def test_approximation_and_nodes_are_told(binary, counts):
    assert "taken by Laplace’s approximation" in text_of(binary)
    assert "adaptive Gauss–Hermite quadrature with 9 nodes" in text_of(counts)
    assert "nodes were raised (1, 5, 9), and the last step changed the log-likelihood by 8.9" in text_of(counts)


def test_clusters_that_drop_out_of_a_method_are_told_once(binary, tmp_path):
    rows = json.loads((binary / "results" / "standard_practice.json").read_text(encoding="utf-8"))["rows"]
    note = "3 of 60 innermost clusters have all outcomes alike, tell nothing and drop out"
    more = [{**row, "method": "fixed_effects", "note": note} for row in rows if row["method"] == "random_slope"]
    text = text_of(made(tmp_path, page_ratios.contraception, standard_practice={"rows": rows + more}))
    assert text.count(f"Fixed effects (no pooling): {note}.") == 1


def test_overdispersion_of_a_poisson_fit_is_a_row(counts):
    assert table(counts, "The ladder")["Pearson statistic / residual df"] == ["2.25", "2.25"]


def test_the_outcome_is_described(binary, counts):
    assert "Contraceptive use: 759 of 1,934 (women), 39%" in text_of(binary)
    assert "Seizures: 8.26 on average (SD 12.4); the variance is 18.5 times the mean" in text_of(counts)


def test_clusters_without_an_estimate_alone_are_counted(binary):
    rows = json.loads((page_ratios.DATA / "contraception.json").read_text(encoding="utf-8"))["clusters"].values()
    alone = sum(used in (0, size) for size, used in rows)
    assert f"{alone} of 60 districts had events in none or in all of their women" in text_of(binary)


def test_the_two_questions_are_told_apart(binary):
    printed = table(binary, "Each coefficient under standard practice")
    assert printed["Random slope"][0] == "cluster-specific"
    assert printed["GEE, exchangeable"][0] == "population-average"
    assert "The row “Mixed model, averaged over clusters” averages" in text_of(binary)


def test_ordinary_errors_are_compared_on_the_average_scale_or_not_at_all(binary, tmp_path):
    assert "0.62 times that of the mixed model averaged over clusters" in head_of(binary)
    practice = json.loads((binary / "results" / "standard_practice.json").read_text(encoding="utf-8"))
    practice["rows"] = [row for row in practice["rows"] if row["method"] != "marginal"]
    other = made(tmp_path, page_ratios.contraception, standard_practice=practice)
    assert "Ordinary regression, which ignores" not in head_of(other)


def test_warnings_of_fits_stand_in_the_first_screen_once(binary, tmp_path):
    words = "Nobody with x[a] had the event."
    fits = {rung: {**fit(binary, rung), "warnings": [words]} for rung in ("null", "random_intercept", "random_slope")}
    other = made(tmp_path, page_ratios.contraception, fits=fits)
    head = head_of(other).replace("\\", "")
    assert head.count("All rungs with random effects: Nobody with x[a] had the event.") == 1
    html = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert html.index("Nobody with x[a]") < html.index('<main id="main"')


def test_simulated_data_are_announced_in_both_renderings(binary, tmp_path):
    plan = json.loads((binary / "results" / "plan.json").read_text(encoding="utf-8"))
    plan["data"]["source"] = "SIMULATED by a script"
    other = made(tmp_path, page_ratios.contraception, plan=plan)
    assert text_of(other).index("**Simulated data.**") < text_of(other).index("## What was found")
    html = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert html.index("Simulated data.") < html.index("What was found")
    assert html.rindex("Simulated data.") > html.index("<footer>")
    assert "Simulated data." not in text_of(binary)


@pytest.mark.parametrize(
    ("family", "link", "outcome", "words"),
    [
        ("binomial", "cloglog", {"event": "dead"}, ["the hazard that Ward is dead is **1.65 times**", "{cloglog}",
                                                    "Median hazard ratio", "hazard ratio of Ward is multiplied"]),
        ("binomial", "probit", {}, ["the probit of Ward is **0.50 higher**", "text{probit}"]),
        ("binomial", "logit", {"variable": None, "events": "stress", "trials": "dose"},
         ["the odds of Ward are", r"\text{Binomial} \left( n_{i j k} , \pi_{i j k}"]),
        ("negative_binomial", "log", {"exposure": "dose"},
         [r"\theta = 1.700", "Dispersion θ (variance μ + μ²/θ)", r"\text{log} \left( \text{Ward}_{i j k}",
          "Different wards, same hospital", "for one unit of exposure"]),
        ("poisson", "log", {"exposure": 100.0},
         [r"\text{log} \left( 100 \right)", r"\text{Poisson} \left( \mu_{i j k}"]),
    ],
)  # fmt: skip
def test_each_family_and_link_in_its_own_words(tmp_path, family, link, outcome, words):
    text = text_of(made(tmp_path, page_ratios.wards, family, link, outcome))
    for word in words:
        assert word in text, word
    assert ("odds" in text.replace("odds ratio", "")) == (link == "logit")
    assert bool(re.search(r"(Odds|Rate|Hazard) ratio \(CI\)", text)) == (link != "probit")


def test_the_interaction_is_drawn_as_probability_and_told_as_ratio(tmp_path):
    text = text_of(made(tmp_path, page_ratios.wards, "binomial", "logit"))
    assert (
        "**Figure" in text and "The probability is that of a typical cluster, with all random effects at zero." in text
    )
    slopes = table(tmp_path, "Simple slopes")
    assert slopes["no training"] == ["1.65 (0.92 to 2.97)"]


def test_rungs_in_sentences_are_called_as_in_the_table(tmp_path, binary):
    decisions = json.loads((binary / "results" / "decisions.json").read_text(encoding="utf-8"))
    decisions[-1]["words"] = "The plan's rule `lrt` asks for random_slope; null is read instead."
    decisions[-1]["evidence"] = {"random_intercept": 0.04}
    text = text_of(made(tmp_path, page_ratios.contraception, decisions=decisions))
    assert "asks for “random slope”; “null” is read instead." in text
    assert "Random intercept 0.0400" in text


def test_rungs_without_a_fit_and_their_reason_stand_in_the_first_screen_once(binary, tmp_path):
    why = "The outcome is separated: urban tells events from non-events"
    gone = {"status": "not_fitted", "estimates": {}, "message": f"{why}.", "warnings": [f"{why}."]}
    fits = {rung: {**fit(binary, rung), **gone} for rung in ("single_level", "random_intercept", "random_slope")}
    other = made(tmp_path, page_ratios.contraception, fits=fits, decisions=[page_studies._retained("null")])
    head = head_of(other)
    assert head.count(why) == 1
    assert "The rungs “single level”, “random intercept” and “random slope” could not be fitted" in head
    assert "which is read in place of the one that the plan names, since that one has no usable fit" in head
