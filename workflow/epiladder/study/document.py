"""The study file's JSON Schema and the reference of its keys, both generated from the types of the plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from epiladder.study.checks import CHECKS
from epiladder.study.plan import Plan

EXAMPLE = Path(__file__).with_name("example.yaml")
SECTIONS = {
    "data": "Data",
    "data.imputation": "Imputation",
    "data.only": "Only",
    "unit": "Unit",
    "levels": "Level",
    "outcome": "Outcome",
    "variables": "Variable",
    "description": "Describe",
    "ladder": "Ladder",
    "ladder.random_slopes": "RandomSlope",
    "ladder.retain": "Retain",
    "screen": "Screen",
    "estimation": "Estimation",
    "estimation.approximation": "Quadrature",
    "inference": "Inference",
    "disclosure": "Disclosure",
    "report": "Reporting",
    "blind": "Blind",
    "expanded": "Expanded",
}
WORDS = {"string": "word", "number": "number", "integer": "whole number", "boolean": "true or false"}

OPENING = """# The study file, key by key

Generated from the types in `workflow/epiladder/study` by `epiladder document`; do not edit it by hand.

A study file is YAML 1.2: only `true` and `false` are booleans, and categories, codes and ids are compared as they are
written (`[no, yes]` are two words, `01` is not `1`). Unknown keys are errors. Paths are relative to the study file.
`config/config.yaml` names the studies to run: `studies: [config/studies/nurse-stress/study.yaml]`.
`epiladder check study.yaml` checks a plan and its data and fits nothing. The file's first line lets an editor complete
keys from the schema.

## A whole example

```yaml
{example}```
"""

OUTCOMES = """## Outcomes

```yaml
outcome: {variable: stress}                                            # a number; family gaussian
outcome: {variable: died, family: binomial, event: yes}                # an event or none, as written in the data
outcome: {events: cases, trials: size, family: binomial, link: probit} # events of trials
outcome: {variable: falls, family: poisson, exposure: bed_days}        # a count; exposure is a column or a number
outcome: {variable: falls, family: negative_binomial, exposure: 1000}  # a count whose variance is mu + mu^2/theta
```

Each of these columns stands among `variables`, as a category, boolean or number when it is the `variable` of a
binomial family, as a number or integer elsewhere. The event of a boolean is `true`, and of a number, which then holds
0 and 1, it is 1, if the plan says nothing. `data: {weights: column}` says how many units a row stands for: the study is
then the same as if each row were repeated so often. Exponentiated coefficients are odds ratios (logit), hazard ratios
of grouped time (cloglog) or rate ratios (log).

"""

TERMS = """## Terms

An entry of `covariates` is a variable, a product `age:gender`, or a transformation such as `I(age**2)`, `log(age)` or
`bs(age, df=4)`. A product needs its main effects among the covariates. Results name a category `gender[female]`, a
boolean `smoker[true]`, a product `a:b` in the plan's order. A variable with `centre: cluster_mean` becomes
`x.within`, with `means: true` followed by `x.mean`, unless the plan names the mean itself; in `random_slopes` and
`cross_level`, `x` stands for `x.within`, and `x.mean` may be named. A name that holds a sign of formulas stands in
backticks, and in quotes for YAML: `"`a*b`"`.

The rungs, from the smallest: `single_level.null`, `single_level`, `null`, `random_intercept` (or one
`random_intercept.<block>` for each block), `random_slope`, `cross_level`; those are made that the plan asks for.
"""

CHECKS_TEXT = """## `checks`

What follows when a check of the data fails: `stop` ends the run with the list of all that is wrong, `reject` leaves
the rows out (`results/<study>/data/rejected.csv` holds them) and goes on, `warn` is told in the report, `ignore` is
not asked. A check by the name of `nesting` or `constant_in_cluster` rejects every row of the cluster.

| Check | It asks that | Severity, the default first |
| --- | --- | --- |
"""


EXPAND = """
## One plan over many outcomes, exposures, subgroups or periods

`expand:` in `config/config.yaml` (or of a run's `--configfile`) spreads a study into one for every combination:

```yaml
expand:
  study: config/studies/falls/study.yaml
  over:
    outcome: [fell, {variable: injuries, family: poisson, exposure: bed_days}]
    exposure: [staffing, training]        # each in turn in the place of the one that stands among the covariates
    subgroup:
      sex: each                           # every category of the plan
      age: {young: {max: 64}, old: {min: 65}}
      region: {coast: [north, west], inland: [south]}
    period: {admission: year}             # or quarter, month, or a list: [2019, 2020-Q1, 2020-04]
```

`expand:` may be a list of such mappings, and `studies:` may stand beside it. Every combination is a study by itself,
`falls--outcome-fell--sex-female`, whose file `results/<id>/study.yaml` is written by the run: read it, check it with
`epiladder check`, but do not edit it. A variable of which a single value is left is taken out of the ladder. `period:
{admission: year}` takes the years from the variable's `earliest` to its `latest`, for which studies there are never
depends on the data. Every page says how many looks at the data there are. More than 100 combinations must be asked for
(`most: 150` beside `over`). The configuration is read as YAML 1.1: write `'yes'` and `'no'` in quotes there.
"""


def schema() -> dict[str, Any]:
    """The JSON Schema of a study file, for editors and other programs."""
    made = Plan.model_json_schema(mode="validation")
    made = _without_titles(made)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "epiladder study file"
    made["properties"]["checks"] = {
        "type": "object",
        "description": made["properties"]["checks"]["description"],
        "additionalProperties": False,
        "properties": {
            check.name: {"enum": list(check.severities), "default": check.severities[0], "description": check.asks}
            for check in CHECKS.values()
        },
    }
    return made


def _without_titles(value: Any) -> Any:
    """The schema without the titles that pydantic makes of the keys' own names."""
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _without_titles(item) for name, item in inner.items()}
        if key == "properties"
        else _without_titles(inner)
        for key, inner in value.items()
        if key != "title"
    }


def reference() -> str:
    """config/README.md: every key of a study file with its type, default and meaning, and a whole example."""
    whole = schema()
    parts = [OPENING.format(example=EXAMPLE.read_text(encoding="utf-8"))]
    parts.append("## Keys\n\n" + _table(whole, whole))
    for place, name in SECTIONS.items():
        model = whole["$defs"][name]
        heading = f"## `{place}`{_item_of(place)}"
        parts.append(f"{heading}\n\n{model['description']}\n\n{_table(model, whole)}")
    rows = [
        f"| `{check.name}` | {check.asks} | {', '.join(f'`{severity}`' for severity in check.severities)} |"
        for check in CHECKS.values()
    ]
    parts += [OUTCOMES + TERMS, CHECKS_TEXT + "\n".join(rows) + "\n" + EXPAND]
    return "\n".join(parts)


def _item_of(place: str) -> str:
    words = {"levels": ": one level", "variables": ": one variable", "ladder.random_slopes": ": one slope"}
    return words.get(place, "")


def _table(model: dict[str, Any], whole: dict[str, Any]) -> str:
    required = model.get("required", [])
    lines = ["| Key | Holds | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key, value in model["properties"].items():
        kind = kind_of(value, whole).replace("|", "\\|")
        told = value.get("description") or _referred(value, whole).get("description", "")
        lines.append(f"| `{key}` | {kind} | {_default(key, value, required)} | {told} |")
    return "\n".join(lines) + "\n"


def _referred(value: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    return whole["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})


def kind_of(value: dict[str, Any], whole: dict[str, Any]) -> str:
    """What a key holds, in words."""
    if "anyOf" in value:
        kinds = [kind_of(one, whole) for one in value["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value or "const" in value:
        return ", ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    if "$ref" in value:
        return "mapping"
    if value.get("type") == "array":
        inner = kind_of(value["items"], whole)
        return f"list of {inner}s" if " " not in inner else f"list of ({inner})"
    if value.get("type") == "object":
        return "mapping"
    kind = value.get("type")
    return "word" if isinstance(kind, list) else f"{WORDS[str(kind)]}{_bounds(value)}"


def _bounds(value: dict[str, Any]) -> str:
    signs = {"exclusiveMinimum": "over", "minimum": "from", "exclusiveMaximum": "under", "maximum": "to"}
    said = [f"{sign} {value[key]:g}" for key, sign in signs.items() if key in value]
    return f" ({', '.join(said)})" if said else ""


def _default(key: str, value: dict[str, Any], required: list[str]) -> str:
    if key in required:
        return "needed"
    default = value.get("default")
    if default in (None, "", [], {}):
        return ""
    return f"`{json.dumps(default) if not isinstance(default, str) else default}`"
