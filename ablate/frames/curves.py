"""Curves as a frame: one row per trial, split and step, one column per metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ablate.frames.names import Names
from ablate.specs import Plan, Split
from ablate.tracking.records import TrialRecord, TrialStatus


def curves_frame(
    plan: Plan, trials: Sequence[TrialRecord], curves: pd.DataFrame, combinations: pd.DataFrame, names: Names
) -> pd.DataFrame:
    """Of the trials that are complete among `trials`, which are in the order of the plan; `curves` as the store has it.

    A trial's result is accepted for ever, so curves that are read later than `trials` are still theirs.
    """
    place, seed = _places(plan, curves)
    is_complete = np.array([trial.status is TrialStatus.COMPLETE for trial in trials], dtype=np.bool_)
    is_known = (place >= 0) & (seed >= 0)
    is_known[is_known] = is_complete[(place * len(plan.study.seeds) + seed)[is_known]]
    known = curves[is_known]
    names_of = names.of_curves(sorted(known["metric"].unique()) or [str(plan.study.objective.metric)])
    splits = [split.value for split in Split if (known["split"] == split.value).any()]
    keys = np.array([place[is_known], seed[is_known], _codes(known["split"], splits), known["step"]], dtype=np.int64)
    rows, values = _widen(keys, _codes(known["metric"], list(names_of)), known["value"].to_numpy(), len(names_of))
    place, seed, split, step = rows
    left = combinations.take(place).reset_index(drop=True)
    return left.assign(
        seed=np.array(plan.study.seeds, dtype=np.int64)[seed],
        split=pd.Categorical.from_codes(split, categories=pd.Index(splits, dtype="str")),
        step=step,
        **{name: values[:, column] for column, name in enumerate(names_of.values())},
    )


def _widen(keys: np.ndarray, column: np.ndarray, values: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers with keys (keys x numbers) as one row for each different key, sorted, and NaN where there is none."""
    order = np.lexsort(keys[::-1])
    keys, column, values = keys[:, order], column[order], values[order]
    is_first = np.ones(keys.shape[1], dtype=np.bool_)
    is_first[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    wide = np.full((int(is_first.sum()), columns), np.nan)
    wide[np.cumsum(is_first) - 1, column] = values
    return keys[:, is_first], wide


def _places(plan: Plan, curves: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The places of combination and seed in the plan, -1 for what it does not hold."""
    place = _codes(curves["combination"], [combination.hash for combination in plan.combinations])
    return place, pd.Index(plan.study.seeds, dtype="int64").get_indexer(pd.Index(curves["seed"])).astype(np.int64)


def _codes(texts: pd.Series, known: Sequence[str]) -> np.ndarray:
    return pd.Categorical(texts, categories=pd.Index([*known], dtype="str")).codes.astype(np.int64)
