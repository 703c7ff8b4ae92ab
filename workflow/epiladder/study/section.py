"""What every section of a plan has in common: frozen, no unknown keys, and an empty key is an absent one."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from epiladder.study.yaml12 import Plain

_NOTHING = ("null", "Null", "NULL")


class Section(BaseModel):
    """A mapping of a study file. `null_is_a_word` names the keys whose value may be the word `null` (a rung's name)."""

    # a section is built with the plan that holds it, not once by itself and once more for each that holds it
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    null_is_a_word: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if not cls._is_nothing(key, item)}

    @classmethod
    def _is_nothing(cls, key: str, item: Any) -> bool:
        if key in cls.null_is_a_word:
            return item is None
        return item is None or (isinstance(item, Plain) and item in _NOTHING)
