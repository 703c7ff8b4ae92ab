"""Scalars of a study file: text as written becomes a word, a number, a whole number or a switch, as the type says.

The rules are those of YAML 1.2: only `true` and `false` are switches, numbers are plain decimals, all else is text.
Values that are typed already (a plan read back from JSON) pass through.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SWITCHES = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def fault(message: str) -> PydanticCustomError:
    """A fault of a value in our words; braces in the message are kept as they are."""
    return PydanticCustomError("plan", "{said}", {"said": message})


def shown(value: Any) -> str:
    """A value as a message shows it: text in quotes, `a list`, `a mapping`, `nothing`."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(value))
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"


def as_word(value: Any) -> str:
    """A word, from any scalar. Raises a fault for lists and mappings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise fault(f"must be a word, not {shown(value)}")


def as_number(value: Any) -> float:
    """A number, from text or from a number. Raises a fault for all else, infinity among it."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise fault(f"must be a number such as 0.05, not {shown(value)}")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise fault(f"must be a number, not {shown(value)}")
    return float(value)


def as_whole(value: Any) -> int:
    """A whole number, from text or from a number. Raises a fault for all else."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise fault(f"must be a whole number such as 15, not {shown(value)}")
    number = as_number(value)
    if number != int(number):
        raise fault(f"must be a whole number, not {shown(value)}")
    return int(value) if isinstance(value, int) or str(value).lstrip("+-").isdigit() else int(number)


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _SWITCHES:
        return _SWITCHES[value]
    raise fault(f"must be true or false, not {shown(value)}")


_ANY_SCALAR = {"type": ["string", "number", "boolean"]}

Word = Annotated[str, BeforeValidator(as_word), WithJsonSchema(_ANY_SCALAR, mode="validation")]
Text = Annotated[str, BeforeValidator(as_word)]
Number = Annotated[float, BeforeValidator(as_number)]
Whole = Annotated[int, BeforeValidator(as_whole)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Count = Annotated[int, Field(ge=0), BeforeValidator(as_whole)]
