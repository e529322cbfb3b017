"""Several made-up studies in one store, and ways to make one unlike another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest

from ablate.reporting.across.alignment import Alignment
from ablate.reporting.across.gather import gather
from ablate.specs import Configuration, Plan, Split
from ablate.tracking.records import AttemptRecord, TrialRecord

Store = Any
"""A `FakeStore`, whose module has no name of its own."""


@dataclass(frozen=True)
class Studies:
    """The reads of a store that holds several studies."""

    stores: Mapping[str, Store]

    def plan(self, study_name: str) -> Plan:
        return self.stores[study_name].plan(study_name)

    def trials(self, study_name: str) -> tuple[TrialRecord, ...]:
        return self.stores[study_name].trials(study_name)

    def tuning_trials(self, study_name: str) -> tuple[TrialRecord, ...]:
        return self.stores[study_name].tuning_trials(study_name)

    def attempts(self, study_name: str) -> tuple[AttemptRecord, ...]:
        return self.stores[study_name].attempts(study_name)

    def curves(self, study_name: str, split: Split | None = None, metric: str | None = None) -> pd.DataFrame:
        return self.stores[study_name].curves(study_name, split=split, metric=metric)

    def unplanned_trials(self, study_name: str) -> int:
        return self.stores[study_name].unplanned_trials(study_name)

    @property
    def names(self) -> list[str]:
        return list(self.stores)

    def aligned(self) -> Alignment:
        return gather(self, self.names)


@pytest.fixture
def together() -> Callable[..., Studies]:
    """Puts stores of one study each into one."""
    return lambda *stores: Studies({store.study_plan.study.name: store for store in stores})


@pytest.fixture
def scored() -> Callable[[Store, Mapping[str, Sequence[float]]], Store]:
    """Gives combinations, by their label, the values that are listed by seed."""

    def give(store: Store, values: Mapping[str, Sequence[float]]) -> Store:
        label_of = {combination.hash: combination.label() for combination in store.study_plan.combinations}
        assert set(values) <= set(label_of.values())
        numbers = {label: iter(list(scores)) for label, scores in values.items()}
        metric = store.study_plan.study.objective.metric.value
        records = [
            record.model_copy(update={"scores": {Split.TEST: {metric: next(numbers[label_of[record.combination]])}}})
            if label_of[record.combination] in numbers
            else record
            for record in store.records
        ]
        return replace(store, records=tuple(records))

    return give


@pytest.fixture
def configured() -> Callable[..., Store]:
    """Sets dotted paths in all combinations, or in those of the labels `only`; their trials follow."""

    def give(store: Store, settings: Mapping[str, Any], only: Sequence[str] = ()) -> Store:
        combinations, hashes = [], {}
        for combination in store.study_plan.combinations:
            if only and combination.label() not in only:
                changed = combination
            else:
                configuration = _set(combination.configuration, settings)
                changed = combination.model_copy(update={"configuration": configuration, "hash": configuration.hash()})
            combinations.append(changed)
            hashes[combination.hash] = changed.hash
        records = [
            record.model_copy(
                update={
                    "combination": hashes[record.combination],
                    "name": f"{hashes[record.combination]}-s{record.seed}",
                }
            )
            for record in store.records
        ]
        plan = store.study_plan.model_copy(update={"combinations": tuple(combinations)})
        return replace(store, study_plan=plan, records=tuple(records))

    return give


@pytest.fixture
def unconfigured() -> Callable[[Store], Store]:
    """Takes away what is known of the combinations' settings, as for studies of other programs."""

    def take(store: Store) -> Store:
        known = {combination.hash: combination.configuration for combination in store.study_plan.combinations}
        combinations = tuple(one.model_copy(update={"configuration": None}) for one in store.study_plan.combinations)
        records = tuple(
            record.model_copy(update={"configuration": known[record.combination]}) for record in store.records
        )
        plan = store.study_plan.model_copy(update={"combinations": combinations})
        return replace(store, study_plan=plan, records=records)

    return take


@pytest.fixture
def on_every_trial() -> Callable[..., Store]:
    """Changes a field of every trial."""
    return lambda store, **change: replace(
        store, records=tuple(record.model_copy(update=change) for record in store.records)
    )


def _set(configuration: Configuration, settings: Mapping[str, Any]) -> Configuration:
    fields = configuration.model_dump(mode="json")
    for path, value in settings.items():
        *parents, last = path.split(".")
        inner = fields
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return Configuration.model_validate(fields)
