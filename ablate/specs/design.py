"""How factors become combinations: designs, and the conditions under which factors vary or settings change."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from ablate.specs.value import Value

Choice = dict[str, str]
"""One level label for every factor (or, in a rule, for some), by factor name."""

Condition = dict[str, tuple[str, ...]]
"""For each named factor the labels of the levels that satisfy it; all named factors have to."""


class Design(StrEnum):
    """Which choices of levels a study asks for."""

    FACTORIAL = "factorial"
    ONE_FACTOR = "one-factor"
    LEAVE_ONE_OUT = "leave-one-out"
    FRACTION = "fraction"
    LISTED = "listed"


class Level(Value):
    """A value that a factor takes: a label, and the settings (dotted path to value) that it stands for."""

    label: str
    settings: dict[str, JsonValue]


class Factor(Value):
    """A named part of the configuration that is varied; `name` is as in the study file."""

    name: str
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]


class When(Value):
    """A factor that varies only where others have certain levels; elsewhere it keeps its baseline level."""

    factor: str
    condition: Condition


class Override(Value):
    """Settings (dotted path to value) of every combination that meets the condition; later ones win."""

    condition: Condition
    settings: dict[str, JsonValue]


def meets(choice: Choice, condition: Condition) -> bool:
    """Whether every factor that the condition names has one of its levels."""
    return all(choice[factor] in labels for factor, labels in condition.items())
