"""How far studies are: counts, and why trials failed, in as few rows as can say it."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ablate.tracking import tables
from ablate.tracking.lookup import find_study
from ablate.tracking.records import FailedTrial, TrialStatus
from ablate.tracking.results import is_its_combination
from ablate.tracking.trials import failures_of

Counts = dict[TrialStatus, int]
"""How many trials there are in every status."""


def replicates(session: Session, study: str) -> Counts:
    """Of the current plan; tuning trials are not among them."""
    return _total(_by_combination(session, study, tables.Trial.tuning == 0))


def tuning_trials(session: Session, study: str) -> Counts:
    """Of the current plan, of those that have been begun."""
    return _total(_by_combination(session, study, tables.Trial.tuning > 0))


def by_combination(session: Session, study: str, *, is_tuning: bool) -> dict[str, Counts]:
    """By the hash of a combination: its replicates, or the tuning trials begun for it; none, where there are none."""
    return _by_combination(session, study, tables.Trial.tuning > 0 if is_tuning else tables.Trial.tuning == 0)


def by_study(session: Session) -> dict[str, Counts]:
    """The replicates of every study by its name, sorted, in one look at the trials."""
    rows = session.execute(
        select(tables.Study.name, tables.Trial.status, func.count(tables.Trial.id))
        .outerjoin(
            tables.Trial,
            (tables.Trial.study_id == tables.Study.id) & tables.Trial.is_planned & (tables.Trial.tuning == 0),
        )
        .group_by(tables.Study.name, tables.Trial.status)
    )
    found: dict[str, Counts] = defaultdict(_nothing)
    for name, status, count in rows:
        found[name] |= {} if status is None else {status: count}
    return dict(sorted(found.items()))


def unplanned(session: Session, study: str) -> int:
    """How many complete trials are kept that the current plan does not ask for."""
    query = select(func.count()).where(
        tables.Trial.study_id == find_study(session, study).id,
        ~tables.Trial.is_planned,
        tables.Trial.tuning == 0,
        tables.Trial.status == TrialStatus.COMPLETE,
    )
    return session.scalar(query) or 0


def failed(session: Session, study: str) -> tuple[FailedTrial, ...]:
    """The failed trials of the current plan, tuning trials first, by the position of their combination."""
    trial = tables.Trial
    is_wanted = (trial.study_id == find_study(session, study).id) & trial.is_planned
    why = failures_of(session, is_wanted)
    rows = session.execute(
        select(trial.id, trial.configuration_hash, trial.seed, trial.tuning)
        .join(tables.Combination, is_its_combination())
        .where(is_wanted, trial.status == TrialStatus.FAILED)
        .order_by(trial.tuning == 0, tables.Combination.position, trial.tuning, trial.seed)
    )
    return tuple(
        FailedTrial(combination=combination, seed=seed, tuning=tuning, failure=why[trial_id])
        for trial_id, combination, seed, tuning in rows
    )


def _by_combination(session: Session, study: str, which: ColumnElement[bool]) -> dict[str, Counts]:
    rows = session.execute(
        select(tables.Trial.configuration_hash, tables.Trial.status, func.count())
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.is_planned, which)
        .group_by(tables.Trial.configuration_hash, tables.Trial.status)
    )
    found: dict[str, Counts] = defaultdict(_nothing)
    for combination, status, count in rows:
        found[combination][status] = count
    return dict(found)


def _total(found: dict[str, Counts]) -> Counts:
    return {status: sum(counts[status] for counts in found.values()) for status in TrialStatus}


def _nothing() -> Counts:
    return dict.fromkeys(TrialStatus, 0)
