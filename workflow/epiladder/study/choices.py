"""The analyst's choices in a plan: the ladder, the screen's thresholds, estimation, inference and disclosure."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from epiladder.study.scalars import Count, Switch, Word, as_number, as_whole, fault, shown
from epiladder.study.section import Section


class Block(Section):
    """Covariates that enter together: one rung `random_intercept.<name>` each; without names there is one rung."""

    name: Word | None = Field(None, description="The block's name, `[a-z0-9_]+`; none when the plan has one list.")
    terms: tuple[Word, ...] = Field(description="Terms in the order in which they are written.")


def _joined(items: list[Any]) -> list[Any]:
    """Terms of a list, where a comma inside round brackets (`[bs(age, df=4)]`) has parted a term in YAML's eyes."""
    terms: list[Any] = []
    is_open = False
    for item in items:
        if isinstance(item, dict) and len(item) == 1:
            name, other = next(iter(item.items()))
            raise fault(f"`{name}: {other}` is read as a key; write a product without a space, `{name}:{other}`")
        if is_open and isinstance(item, str):
            terms[-1] = f"{terms[-1]}, {item}"
        else:
            terms.append(item)
        last = terms[-1]
        is_open = isinstance(last, str) and last.count("(") > last.count(")")
    return terms


def _blocks(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, dict):
        for name, terms in value.items():
            if not isinstance(terms, (list, str)):
                raise fault(f"block `{name}` must be a list of terms, not {shown(terms)}")
            if not terms:
                raise fault(f"block `{name}` needs at least one term")
        return [{"name": name, "terms": _joined([t] if isinstance(t, str) else t)} for name, t in value.items()]
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, (dict, Block)) and "terms" in dict(item) for item in value):
            return value
        return [{"terms": _joined(list(value))}] if value else []
    raise fault(f"must be a list of terms, or a mapping of blocks to lists of terms, not {shown(value)}")


def _products(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        meant = [part.split(":") for part in value] if any(":" in part for part in value) else [value]
        written = ", ".join(f"[{', '.join(factors)}]" for factors in meant)
        raise fault(f"each product is a list of its own: write `[{written}]`")
    return value


class RandomSlope(Section):
    """A coefficient that may differ between the clusters of a level."""

    of: Word = Field(description="The term whose coefficient varies; it must be among the covariates.")
    over: Word = Field(description="The level over whose clusters it varies; it lies outside the term's own level.")
    correlated: Switch = Field(True, description="Whether the slope may correlate with the level's intercept.")


class Retain(Section):
    """Which rung the report reads."""

    null_is_a_word: ClassVar[tuple[str, ...]] = ("rung",)
    rule: Literal["preset", "lrt", "aic", "bic"] = Field(
        "preset",
        description="`preset` takes `rung`; `lrt` climbs while p is below 1 - confidence; `aic` and `bic` choose.",
    )
    rung: Word | None = Field(None, description="With `preset`: the rung to be read. The last rung if not said.")


class Ladder(Section):
    """The models to be fitted, from the smallest to the largest."""

    covariates: Annotated[
        tuple[Block, ...], BeforeValidator(_blocks, json_schema_input_type=list[Word] | dict[str, list[Word]])
    ] = Field(
        default=(),
        description="Terms: variables, products `age:gender`, transformations `I(age**2)`, `bs(age, df=4)`; "
        "a list, or ordered blocks `{case_mix: [...], context: [...]}`.",
    )
    random_slopes: tuple[RandomSlope, ...] = Field((), description="Coefficients that vary between clusters.")
    cross_level: Annotated[tuple[tuple[Word, ...], ...], BeforeValidator(_products)] = Field(
        default=(), description="Products of variables of different levels, each a list: `[[training, size]]`."
    )
    retain: Retain = Field(
        default_factory=lambda: Retain.model_validate({}), description="Which rung the report reads."
    )


def rungs_of(ladder: Ladder) -> tuple[str, ...]:
    """The rungs that a ladder makes, from the smallest to the largest."""
    rungs = ["single_level.null", *(["single_level"] if ladder.covariates else []), "null"]
    for block in ladder.covariates:
        rungs.append("random_intercept" if block.name is None else f"random_intercept.{block.name}")
    rungs += ["random_slope"] if ladder.random_slopes else []
    rungs += ["cross_level"] if ladder.cross_level else []
    return tuple(rungs)


class Describe(Section):
    """How the variables are described before any model."""

    by: Word | None = Field(
        None, description="A category or boolean, the exposure: Table 1 has a column for each value."
    )


class Screen(Section):
    """Thresholds of the verdict on clustering. The screen informs; it never stops the ladder."""

    icc: Annotated[float, Field(ge=0, lt=1), BeforeValidator(as_number)] = Field(
        0.05, description="An intraclass correlation from here on is worth modelling."
    )
    design_effect: Annotated[float, Field(ge=1), BeforeValidator(as_number)] = Field(
        2.0, description="A design effect from here on is worth modelling."
    )


MOST_NODES = 51


def _nodes(value: Any) -> int:
    number = as_whole(value)
    if number % 2 == 0 and 0 < number < MOST_NODES:
        raise fault(f"must be odd, so that a node lies at the mode of each cluster: {number + 1}, not {number}")
    return number


class Quadrature(Section):
    """Adaptive Gauss-Hermite quadrature."""

    quadrature: Annotated[int, Field(ge=1, le=MOST_NODES), BeforeValidator(_nodes)] = Field(
        description="Number of nodes for each random effect, odd, so that one lies at the mode. For one level, "
        "or two without random slopes."
    )


class Estimation(Section):
    """How the likelihood is computed. For a Gaussian outcome it is exact, and nothing is approximated."""

    approximation: Literal["auto", "laplace"] | Quadrature = Field(
        "auto",
        description="`auto` (quadrature where it can be had, else Laplace), `laplace`, or `{quadrature: 15}`; a "
        "Gaussian likelihood needs none.",
    )


def _share(value: Any) -> float:
    number = as_number(value)
    if 1 < number < 100:
        raise fault(f"must be a share between 0 and 1: {number / 100:g}, not {shown(value)}")
    return number


class Inference(Section):
    """Intervals, degrees of freedom and random numbers."""

    confidence: Annotated[float, Field(gt=0, lt=1), BeforeValidator(_share)] = Field(
        0.95, description="Confidence of every interval."
    )
    degrees_of_freedom: Literal["satterthwaite", "kenward_roger", "none"] = Field(
        "satterthwaite",
        description="For tests of fixed effects of a Gaussian outcome: `satterthwaite`; `kenward_roger`, which "
        "inflates standard errors for few clusters as well (the REML fit); `none` uses z. Other outcomes always use z.",
    )
    profile: Switch = Field(
        False,
        description="Profile-likelihood intervals of the rung that is read also where they cost time: outcomes that "
        "are not Gaussian, and more than 5,000 clusters. Elsewhere they are always made.",
    )
    bootstrap: Annotated[int, Field(ge=0, le=100_000), BeforeValidator(as_whole)] | None = Field(
        None,
        description="Replicates of the parametric bootstrap, 0 for none. If not said: 999 for a Gaussian outcome, "
        "where they do not depend on the number of rows; 0 for others, where each fits all rows anew (199 will do), "
        "and where values are imputed.",
    )
    seed: Count = Field(1, description="The seed of every random number of the study.")


class Blind(Section):
    """A blinded run, to prove a pipeline before outcomes are seen: the outcome goes to rows by lot."""

    on: Switch = Field(
        False, description="`true` makes every run of this file a blinded one, as `--config blind=true` does for all."
    )
    strata: tuple[Word, ...] = Field(
        (),
        description="Columns within whose values the lot is drawn. Among all rows if not said: within clusters each "
        "would keep its own outcomes, and effects of clusters would be seen.",
    )


class Disclosure(Section):
    """What a report may show when the data are of persons."""

    public: Switch = Field(False, description="The data are public: show everything. Short: `disclosure: public`.")
    minimum_count: Count = Field(10, description="Clusters with fewer persons are left out of pictures and tables.")
    round_to: Annotated[int, Field(ge=1), BeforeValidator(as_whole)] = Field(
        5, description="Counts are rounded to a multiple of this."
    )
    pseudonyms: Word | None = Field(
        None,
        description="Secret words from which the pseudonyms of clusters are made, the same in every run. Made from "
        "`id` and `seed` if not said, which hides names from readers, not from those who know the plan and guess.",
    )
    person: Word | None = Field(None, description="The level or column that is a person, when rows are visits.")
