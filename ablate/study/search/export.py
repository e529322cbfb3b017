"""The study in Optuna's own storage, for optuna-dashboard and all else that reads it.

Trials are only ever added, under their names, so that writing twice changes nothing. A storage is never read back:
what it holds is a copy.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, assert_never

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from pydantic import JsonValue

from ablate.errors import InputError
from ablate.specs import Combination, Configuration, Direction, Plan, Tune
from ablate.study.search.replicates import SEED, distributions
from ablate.study.search.space import space, values_of
from ablate.study.search.storage import close_storage, open_storage

NAME = "trial"
"""The attribute that holds a trial's name; also what tells our studies from others."""

Params = dict[str, Any]
Distributions = dict[str, BaseDistribution]


class Ending(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    FAILED = "failed"
    PRUNED = "pruned"


class Ended(NamedTuple):
    """A trial that is over, as it is to be shown; `tuning` and the rest as in `Finished`.

    `attributes` are shown beside it; `started` and `ended` are seconds since 1970.
    """

    name: str
    combination: str
    seed: int
    tuning: int
    ending: Ending
    value: float | None
    configuration: Configuration | None
    curve: tuple[tuple[int, float], ...]
    attributes: dict[str, JsonValue]
    started: float | None
    ended: float | None


class Written(NamedTuple):
    """What became of one Optuna study; `is_anew`: its parameters changed, so that it was made again from scratch."""

    study: str
    added: int
    trials: int
    is_anew: bool


class _Sheet(NamedTuple):
    """One Optuna study to be: its parameters, its trials, and what to know of it."""

    name: str
    distributions: Distributions
    trials: Sequence[Ended]
    params: Callable[[Ended], Params]
    attributes: dict[str, JsonValue]


def write(
    plan: Plan, ended: Iterable[Ended], target: str, on_trial: Callable[[], None] = lambda: None
) -> tuple[Written, ...]:
    """Write replicates to the study of that name and each combination's tuning trials to one beside it.

    `target` is as in `open_storage`; `on_trial` is called for each trial that is added.

    Raises: as `open_storage`; InputError if a study of that name is not ours.
    """
    is_higher_better = plan.study.objective.direction is Direction.MAXIMIZE
    direction = StudyDirection.MAXIMIZE if is_higher_better else StudyDirection.MINIMIZE
    storage = open_storage(target)
    try:
        return tuple(_write(storage, sheet, direction, on_trial) for sheet in _sheets(plan, ended))
    except StorageInternalError as error:
        raise (error.__cause__ or error) from None  # what the database said, without Optuna's guesses
    finally:
        close_storage(storage)


def _sheets(plan: Plan, ended: Iterable[Ended]) -> Iterable[_Sheet]:
    study, tune = plan.study, plan.study.tune
    replicates: list[Ended] = []
    tries: dict[str, list[Ended]] = defaultdict(list)
    for trial in ended:
        (tries[trial.combination] if trial.tuning else replicates).append(trial)
    choices = {combination.hash: combination.choice for combination in plan.combinations}
    yield _Sheet(
        study.name,
        distributions(plan),
        [trial for trial in replicates if trial.combination in choices],
        lambda trial: {**choices[trial.combination], SEED: trial.seed},
        {
            "question": study.question,
            "expects": study.expects,
            "objective": f"{study.objective.metric} on {study.objective.split}",
        },
    )
    if tune is not None:
        for combination in plan.combinations:
            yield _tuning_sheet(study.name, combination, tune, tries[combination.hash])


def _tuning_sheet(study: str, combination: Combination, tune: Tune, tries: Sequence[Ended]) -> _Sheet:
    return _Sheet(
        f"{study}/{combination.label()} ({combination.hash[:8]})",
        dict(space(tune)),
        [trial for trial in tries if trial.configuration is not None],
        lambda trial: values_of(trial.configuration, tune) if trial.configuration is not None else {},
        {"tuning of": combination.label(), "sampler": tune.sampler.value, "pruner": tune.pruner.value},
    )


def _write(storage: BaseStorage, sheet: _Sheet, direction: StudyDirection, on_trial: Callable[[], None]) -> Written:
    study = optuna.create_study(storage=storage, study_name=sheet.name, direction=direction, load_if_exists=True)
    present = study.get_trials(deepcopy=False)
    if not all(NAME in trial.user_attrs for trial in present):
        raise InputError(f"the Optuna study {sheet.name} holds trials that ablate did not write: export elsewhere")
    is_anew = study.direction is not direction or any(_has_other_levels(trial, sheet) for trial in present)
    if is_anew:
        optuna.delete_study(study_name=sheet.name, storage=storage)
        study, present = optuna.create_study(storage=storage, study_name=sheet.name, direction=direction), []
    for name, value in sheet.attributes.items():
        if study.user_attrs.get(name) != value:
            study.set_user_attr(name, value)
    known = {(trial.user_attrs[NAME], trial.state) for trial in present}
    frozen = [_freeze(trial, sheet) for trial in sheet.trials]
    new = [trial for trial in frozen if (trial.user_attrs[NAME], trial.state) not in known]
    for trial in new:
        study.add_trial(trial)
        on_trial()
    return Written(sheet.name, len(new), len(present) + len(new), is_anew)


def _has_other_levels(trial: FrozenTrial, sheet: _Sheet) -> bool:
    """Whether Optuna could not hold it in one study with trials of these distributions; ranges may grow."""
    if trial.distributions.keys() != sheet.distributions.keys():
        return True
    return any(
        isinstance(new, CategoricalDistribution) and trial.distributions[name] != new
        for name, new in sheet.distributions.items()
    )


def _freeze(trial: Ended, sheet: _Sheet) -> FrozenTrial:
    value = trial.value if trial.value is not None and math.isfinite(trial.value) else None
    state = _state(trial.ending)
    if state is TrialState.COMPLETE and value is None:
        state = TrialState.FAIL
    started, ended = _moment(trial.started), _moment(trial.ended)
    return FrozenTrial(
        number=-1,  # the storage numbers it
        trial_id=-1,
        state=state,
        value=None if state is TrialState.FAIL else value,
        datetime_start=started or ended,
        datetime_complete=ended or started,
        params=sheet.params(trial),
        distributions=dict(sheet.distributions),
        user_attrs={NAME: trial.name, **trial.attributes},
        system_attrs={},
        intermediate_values={step: value for step, value in trial.curve if math.isfinite(value)},
    )


def _state(ending: Ending) -> TrialState:
    match ending:
        case Ending.COMPLETE:
            return TrialState.COMPLETE
        case Ending.FAILED:
            return TrialState.FAIL
        case Ending.PRUNED:
            return TrialState.PRUNED
        case _:
            assert_never(ending)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds)  # noqa: DTZ006 (Optuna's times are local)
