"""The combinations of a plan as a frame: the columns that every other frame begins with."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ablate.frames.names import Names
from ablate.specs import Factor, Level, Plan

NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
TRUTHS = {"true": True, "false": False}


def combination_frame(plan: Plan, names: Names) -> pd.DataFrame:
    """One row per combination in the order of the plan: its levels, its label, its hash, whether it is the baseline."""
    columns: dict[str, pd.Series] = {
        names.factors[factor.name]: factor_column(
            factor,
            [combination.choice.get(factor.name) for combination in plan.combinations],
            is_text=plan.study.source is not None,
        )
        for factor in plan.study.factors
    }
    labels = [combination.label() for combination in plan.combinations]
    return pd.DataFrame(
        {
            **columns,
            "combination": in_order(labels, labels),
            "hash": pd.Series([combination.hash for combination in plan.combinations], dtype="str"),
            "is_baseline": pd.Series([combination.is_baseline for combination in plan.combinations], dtype="bool"),
        }
    )


def factor_column(factor: Factor, labels: Sequence[str | None], *, is_text: bool) -> pd.Series:
    """Levels as what they are: numbers, truths, or names as a categorical in the order of the study.

    A level that the study gives a name goes by that name. With `is_text` levels come from a table of text, and what
    reads as a number is one.
    """
    values = [_text_value(level.label) if is_text else _value(level, factor.name) for level in factor.levels]
    places = {level.label: place for place, level in enumerate(factor.levels)}
    known = [places.get(label, -1) if label is not None else -1 for label in labels]
    if -1 not in known:
        typed = _typed(values)
        if typed is not None:
            return pd.Series(typed[np.array(known, dtype=np.int64)])
    return in_order(labels, list(places))


def in_order(values: Sequence[str | None], order: Sequence[str]) -> pd.Series:
    """A categorical whose categories are `order`; None is missing."""
    categories = list(dict.fromkeys(order))
    places = {name: place for place, name in enumerate(categories)}
    codes = [-1 if value is None else places[value] for value in values]
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(categories, dtype="str")))


def _typed(values: Sequence[object]) -> np.ndarray | None:
    """The levels as one array of truths or numbers, each still itself; None where they are not all of a kind."""
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.bool_)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    is_whole = all(isinstance(value, int) for value in values)
    try:
        typed = np.array(values, dtype=np.int64 if is_whole else np.float64)
    except OverflowError:
        return None
    is_same = len(set(typed.tolist())) == len(values) and typed.tolist() == list(values)
    return typed if is_same else None


def _value(level: Level, factor: str) -> object:
    """What the level sets, if that is what it is called by; else its name."""
    value, read = level.settings.get(factor), _text_value(level.label)
    is_read = (
        isinstance(value, bool | int | float) and value == read and isinstance(value, bool) == isinstance(read, bool)
    )
    return value if is_read and len(level.settings) == 1 else level.label


def _text_value(text: str) -> object:
    """A numeral as its number, `true` and `false` as such, any other text as itself."""
    if text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    if not NUMERAL.fullmatch(text):
        return text
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    return number if math.isfinite(number := float(text)) else text
