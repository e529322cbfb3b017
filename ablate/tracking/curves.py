"""Learning curves as one frame. The numbers of a study are many: they come as narrow rows, and are named afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ablate.specs import Split
from ablate.tracking import tables
from ablate.tracking.lookup import find_study
from ablate.tracking.results import is_its_combination

if TYPE_CHECKING:
    import pandas as pd

NUMBER = np.dtype([("attempt", np.int64), ("key", np.int64), ("step", np.int64), ("value", np.float64)])


def read(session: Session, study: str, split: Split | None = None, metric: str | None = None) -> pd.DataFrame:
    """The metrics of the accepted attempts of the current plan, one row per number, in plan order.

    Those of one `split` and of one `metric` where they are named. Within a trial by split, step and name. A number that
    was none is NaN.
    """
    import pandas as pd

    study_id = find_study(session, study).id
    trials = session.execute(_accepted(study_id)).all()
    keys = sorted(session.execute(_keys(split, metric)))
    is_all = split is None and metric is None
    numbers = _numbers(session, study_id, None if is_all else [row.id for row in keys])
    trial = _places([row.id for row in trials], numbers["attempt"])
    key = _places([row.id for row in keys], numbers["key"])
    splits, names = ([str(row[column]) for row in keys] for column in (0, 1))
    order = np.lexsort((key, numbers["step"], _ranks(splits)[key], trial))
    trial, key = trial[order], key[order]
    return pd.DataFrame(
        {
            "combination": _text([row.configuration_hash for row in trials], trial),
            "seed": np.array([row.seed for row in trials], dtype=np.int64)[trial],
            "split": _text(splits, key),
            "step": numbers["step"][order],
            "metric": _text(names, key),
            "value": numbers["value"][order],
        }
    )


def _accepted(study_id: int) -> Select[int, str, int]:
    """The accepted attempts of planned replicates in plan order: id, combination and seed."""
    return (
        select(tables.Attempt.id, tables.Trial.configuration_hash, tables.Trial.seed)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .join(tables.Combination, is_its_combination())
        .where(tables.Trial.study_id == study_id, tables.Trial.is_planned, tables.Trial.tuning == 0)
        .where(tables.Attempt.is_accepted)
        .order_by(tables.Combination.position, tables.Trial.seed)
    )


def _keys(split: Split | None, metric: str | None) -> Select[Split, str, int]:
    query = select(tables.MetricKey.split, tables.MetricKey.name, tables.MetricKey.id)
    query = query if split is None else query.where(tables.MetricKey.split == split)
    return query if metric is None else query.where(tables.MetricKey.name == metric)


def _all(study_id: int) -> Select[int, int, int, float]:
    """The fields of `NUMBER`."""
    return (
        select(tables.Metric.attempt_id, tables.Metric.key_id, tables.Metric.step, tables.Metric.value)
        .join(tables.Attempt, tables.Attempt.id == tables.Metric.attempt_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(tables.Trial.study_id == study_id, tables.Trial.is_planned, tables.Trial.tuning == 0)
        .where(tables.Attempt.is_accepted)
    )


def _numbers(session: Session, study_id: int, keys: list[int] | None) -> NDArray[Any]:
    """Their numbers as records, in no order, straight from the driver: as objects they would take ten times the memory.

    Of all `keys`, or of some. NULL becomes NaN.
    """
    query = _all(study_id)
    query = query if keys is None else query.where(tables.Metric.key_id.in_(keys))
    cursor: Any = session.connection().execute(query).cursor
    return np.fromiter(cursor, dtype=NUMBER)


def _places(known: list[int], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in `known` each of `wanted` stands."""
    order = np.argsort(np.array(known, dtype=np.int64))
    return order[np.searchsorted(np.array(known, dtype=np.int64)[order], wanted)]


def _ranks(words: list[str]) -> NDArray[np.int64]:
    """Equal words have equal ranks, in the order of the words."""
    return np.unique(words, return_inverse=True)[1].astype(np.int64)


def _text(words: list[str], places: NDArray[np.int64]) -> pd.Series[str]:
    import pandas as pd

    return pd.Series(words, dtype="str").take(places).reset_index(drop=True)
