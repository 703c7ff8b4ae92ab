"""How much clusters differ and how much is explained: correlations, median ratios, R squared, area, reliability."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.numbers import Format
from epiladder.report.page import Block, Cell, Column, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import icc_curve
from epiladder.report.results import Results
from epiladder.report.sections import clustering
from epiladder.report.sections.footnotes import footnotes, shown

SHARE, RATIO = Format("fixed", 3), Format("ratio", 2)
Record = dict[str, Any]


def section(results: Results) -> Section | None:
    """The measures as tables with their footnotes; nothing for results that hold none."""
    found = results.measures
    if found is None or not found["icc"]:
        return None
    words = "Measures of the null rung and of the rung that is read, each with the method of its interval beneath."
    undrawn = (found.get("bootstrap") or {}).get("reason")
    words += " None has percentiles of the bootstrap: {reason}." if undrawn else ""
    made = (
        *clustering.tables(results, found),
        _opposed(results, found),
        _changes(results, found),
        _explained(results, found),
    )
    more = (_effects(results, found), _reliability(results, found))
    blocks: list[Block] = [Paragraph(say(words, reason=(undrawn or "",))), *(table for table in made if table)]
    blocks += icc_curve.figures(results, found["icc_curves"])
    area = _area(results, found)
    blocks += [Paragraph(area)] if area else []
    return Section("measures", "How much clusters differ", (*blocks, *(table for table in more if table)))


def _opposed(results: Results, found: Record) -> Table | None:
    """The 80% interval odds ratio and the proportion of opposed odds ratios of cluster-level covariates."""
    rows = found["interval_ratios"]
    if not rows or not results.scale.ratio:
        return None
    ratio, ends = str(results.scale.ratio), "low_end" in rows[0]
    made = tuple(
        Row(
            f"{results.names.term(row['term'])}; different {results.names.level(row['level'], 2)}"
            f"{clustering.inside(results, row['level'])}",
            (
                numbers.Interval(row["low"], row["high"], RATIO),
                *((shown(row["low_end"], RATIO), shown(row["high_end"], RATIO)) if ends else ()),
                shown(row["opposed"], Format("percent", 0)),
            ),
        )
        for row in rows
    )
    words = (
        f"80% interval {ratio}: take two {{units}} alike but for the covariate, one unit or category apart, from "
        f"different clusters; the {ratio} between them lies in this interval for four of five such pairs. Where it "
        "holds 1 the covariate matters little beside what else differs between clusters. Opposed: share of pairs whose "
        f"{ratio} points against the coefficient [@larsen2005]."
    )
    return Table(
        id="interval-ratios",
        caption=say("Covariates of clusters beside the variation between clusters."),
        stub="Covariate",
        columns=(
            Column(f"80% interval {ratio}"),
            *((Column("Its lower end (CI)"), Column("Its upper end (CI)")) if ends else ()),
            Column("Opposed (CI)"),
        ),
        groups=(RowGroup(None, made),),
        notes=(
            say(words, units=results.names.single(2)),
            *footnotes(
                results,
                [
                    ("ends", (row.get(key) for row in rows for key in ("low_end", "high_end"))),
                    ("opposed", (row["opposed"] for row in rows)),
                ],
            ),
            *clustering.told(("opposed", row["opposed"]) for row in rows),
        ),
    )


def _changes(results: Results, found: Record) -> Table | None:
    """What of the null rung's variance each rung with covariates accounts for."""
    rows = found["variance_changes"]
    if not rows:
        return None
    rescaled = any(row["rescaled"] for row in rows)
    keys = ("naive", *(("rescaled",) if rescaled else ()))
    made = tuple(
        Row(
            f"{results.names.rung(row['to'])}, {row['level']}",
            tuple(shown(row[key], Format("percent", 0)) for key in keys),
        )
        for row in rows
    )
    words = "Share of the null rung's variance that is gone once covariates are in [@merlo2005]. It may be negative: "
    words += "covariates can show differences that were masked."
    if rescaled:
        words += " Rescaled: the variance on the null rung's latent scale, which covariates of the {units} stretch "
        words += "[@hox2018]; read this one."
    return Table(
        id="variance-changes",
        caption=say("Proportional change in variance."),
        stub="Rung, level",
        columns=(Column("Change (CI)"), *((Column("Rescaled (CI)"),) if rescaled else ())),
        groups=(RowGroup(None, made),),
        notes=(
            say(words, units=results.names.unit(2)),
            *footnotes(results, [("change", (row[key] for row in rows for key in keys))]),
            *clustering.told(
                (f"change ({results.names.rung_inside(row['to'])}, {row['level']})", row[key])
                for row in rows
                for key in keys
            ),
        ),
    )


def _explained(results: Results, found: Record) -> Table | None:
    """R squared, and the area under the curve for events."""
    made = [
        Row(
            f"R², {'own units' if row['scale'] == 'identity' else row['scale']}",
            (shown(row["marginal"], SHARE), shown(row["conditional"], SHARE), None),
        )
        for row in found["r_squared"]
    ]
    for row in found["discrimination"]:
        keys = ("covariates", "with_clusters", "with_clusters_cross_validated")
        made.append(Row("Area under the curve", tuple(shown(row[key], SHARE) for key in keys)))
    if not made:
        return None
    several = bool(found["discrimination"])
    heads = ("Covariates (CI)", "And clusters (CI)", *(("And clusters, out of sample (CI)",) if several else ()))
    rows = tuple(Row(row.label, row.cells[: len(heads)]) for row in made)
    squared = [("R²", (row[key] for row in found["r_squared"] for key in ("marginal", "conditional")))]
    areas = [("area", (row[key] for row in found["discrimination"] for key in ("covariates", "with_clusters")))]
    words = "R²: share of the outcome's variance that the fixed part (marginal), and fixed and random part together "
    words += "(conditional), account for."
    return Table(
        id="explained",
        caption=say("What covariates and clusters account for, rung “{rung}”.", rung=_read(results, found)),
        stub="",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, rows),),
        notes=(
            say(words),
            *footnotes(results, [*squared, *areas]),
            *clustering.told(
                (f"{key} R² ({row['scale']})", row[key])
                for row in found["r_squared"]
                for key in ("marginal", "conditional")
            ),
        ),
    )


def _read(results: Results, found: Record) -> str:
    return results.names.rung_inside(found["retained"])


def _area(results: Results, found: Record) -> Parts | None:
    """What the areas mean, in words."""
    if not found["discrimination"]:
        return None
    row = found["discrimination"][0]
    if row["covariates"]["estimate"] is None:
        return None
    return say(
        "Of a {unit} with the event and one without, the covariates give the higher risk to the first in {alone} of "
        "pairs; knowing the clusters as well, in {unseen} (cluster effects from the other {folds} folds of each "
        "cluster's rows; {held}) [@merlo2016].",
        unit=results.names.single(),
        alone=numbers.percent(row["covariates"]["estimate"]),
        unseen=numbers.percent(row["with_clusters_cross_validated"]["estimate"]),
        folds=numbers.count(row["folds"] - 1),
        held=(row["held"],),
    )


def _effects(results: Results, found: Record) -> Table | None:
    """The design effect of each coefficient."""
    rows = found["design_effects"]
    if not rows:
        return None
    levels = list(results.levels())
    made = []
    for row in rows:
        own = {one["level"]: one["rho_x"] for one in row["levels"]}
        cells: tuple[Cell | None, ...] = tuple(numbers.icc(own.get(level)) for level in levels)
        form = numbers.magnitude(row["design_effect"], 3).format
        effect = shown(row["interval"], form) if "interval" in row else numbers.Number(row["design_effect"], form)
        made.append(Row(results.names.term(row["term"]), (*cells, effect)))
    words = "Design effect: the factor by which clustering changes the variance that ordinary regression gives a "
    words += "coefficient; above 1 ordinary regression is too sure, below 1 not sure enough [@moulton1986]. A rule of "
    words += "thumb from the covariate's own correlation within clusters; the ratio of standard errors that was found "
    words += "stands under standard practice. The correlation is over all pairs of a cluster's rows, so that with "
    words += "clusters of unequal size that of what is constant within them may lie above 1."
    return Table(
        id="design-effects",
        caption=say("What clustering does to each coefficient."),
        stub="Covariate",
        columns=(*(Column(f"Correlation within {level}") for level in levels), Column("Design effect (CI)")),
        groups=(RowGroup(None, tuple(made)),),
        notes=(say(words), *footnotes(results, [("design effect", (row.get("interval") for row in rows))])),
    )


def _reliability(results: Results, found: Record) -> Table | None:
    """How far each cluster's own estimate can be told from chance, in summary; never by cluster."""
    rows = [row for row in found.get("reliability", ()) if row["mean"] is not None]
    if not rows:
        return None
    whole = results.disclosure.public
    made = tuple(
        Row(
            f"{results.names.rung(row['rung'])}, {row['level']}: {results.names.term(row['term'])}",
            (
                numbers.icc(row["mean"]),
                numbers.icc(row["median"]),
                numbers.Interval(row["q1"], row["q3"], SHARE),
                *((numbers.Interval(row["smallest"], row["largest"], SHARE),) if whole else ()),
            ),
        )
        for row in rows
    )
    words = "Reliability: the share of a cluster's own deviation that is signal, by the number of its rows "
    words += "[@raudenbush2002]. Ranking clusters by what has a low reliability ranks chance."
    heads = ("Mean", "Median", "Quartiles", *(("Range",) if whole else ()))
    return Table(
        id="reliability",
        caption=say("Reliability of the clusters' own estimates."),
        stub="Rung, level: effect",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, made),),
        notes=(say(words),),
    )
