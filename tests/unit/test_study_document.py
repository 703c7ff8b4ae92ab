"""The schema and the reference in the project are those that the types make, and they tell the truth."""

from __future__ import annotations

import json

import pytest
import yaml
from epiladder.files import canonical_json
from epiladder.study.checks import CHECKS
from epiladder.study.config import load_plan
from epiladder.study.document import EXAMPLE, reference, schema
from epiladder.study.plan import Plan
from epiladder.study.terms import rung_ids
from jsonschema import Draft202012Validator, ValidationError


def test_the_schema_in_the_project_is_up_to_date(request: pytest.FixtureRequest) -> None:
    stored = (request.config.rootpath / "workflow" / "schemas" / "study.schema.json").read_text(encoding="utf-8")
    assert stored == canonical_json(schema()), "run `make schemas`"


def test_the_reference_in_the_project_is_up_to_date(request: pytest.FixtureRequest) -> None:
    stored = (request.config.rootpath / "config" / "README.md").read_text(encoding="utf-8")
    assert stored == reference(), "run `make schemas`"


def test_the_example_is_a_sound_plan() -> None:
    plan = load_plan(EXAMPLE)
    assert rung_ids(plan)[3:] == (
        "random_intercept.case_mix",
        "random_intercept.context",
        "random_slope",
        "cross_level",
    )
    assert EXAMPLE.read_text(encoding="utf-8") in reference()


def _read(path: object) -> dict:
    """A study file as an editor reads it (numbers and booleans typed)."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))  # type: ignore[attr-defined]


def test_the_schema_accepts_the_studies_of_the_project(request: pytest.FixtureRequest) -> None:
    validator = Draft202012Validator(schema())
    Draft202012Validator.check_schema(schema())
    files = [EXAMPLE, *sorted((request.config.rootpath / "config" / "studies").glob("*/study.yaml"))]
    assert len(files) >= 3
    for file in files:
        validator.validate(_read(file))


@pytest.mark.parametrize(
    "change", [{"titel": "x"}, {"levels": []}, {"screen": {"icc": 2}}, {"id": "A B"}, {"checks": {"nesting": "warn"}}]
)
def test_the_schema_refuses_what_the_types_refuse(change: dict) -> None:
    value = {**_read(EXAMPLE), **change}
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate(value)
    with pytest.raises(ValueError, match="validation error"):
        Plan.model_validate(value)


def test_every_key_has_a_description_and_stands_in_the_reference() -> None:
    made, text = schema(), reference()
    for model in [made, *made["$defs"].values()]:
        for key, value in model["properties"].items():
            assert value.get("description") or "$ref" in value or "enum" in value, key
            assert f"`{key}`" in text
    assert all(f"| `{name}` |" in text for name in CHECKS)
