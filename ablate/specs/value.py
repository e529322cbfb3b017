"""What all specs are: frozen, closed values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value that refuses unknown keys; equal when its fields are equal.

    Non-finite floats are written to JSON as strings (`"NaN"`, `"Infinity"`) and read back as floats, so that
    a record of a divergence stays standard JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", validate_default=True)
