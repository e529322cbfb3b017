from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import optuna
import pytest
from laboratory import Laboratory, accuracy
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from ablate.errors import InputError
from ablate.specs import Direction, Metric, Objective, Plan, Pruner, Sampler
from ablate.study.search.export import Ended, Ending, Written, write

TunedMaker = Callable[..., Plan]
START = 1_800_000_000.25


@pytest.fixture
def plan(make_tuned: TunedMaker) -> Plan:
    return make_tuned(Sampler.RANDOM, Pruner.MEDIAN, trials=8)


@pytest.fixture(params=["journal", "sqlite"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'optuna.db'}" if request.param == "sqlite" else str(tmp_path / "optuna.log")


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "optuna.log")


def ended(plan: Plan) -> list[Ended]:
    """Every trial of the plan, run."""
    done = Laboratory(plan).to_the_end()

    def one(name: str) -> Ended:
        trial = done.finished[name]
        ending = Ending.PRUNED if trial.is_pruned else Ending.FAILED if trial.value is None else Ending.COMPLETE
        curve = tuple((epoch, accuracy(done.specs[name], epoch)) for epoch in (1, 2))
        about = {"training_seconds": 2.5}
        moments = START, START + 60
        return Ended(*trial[:4], ending, trial.value, trial.configuration, trial.curve or curve, about, *moments)

    return [one(name) for name in done.finished]


def studies(target: str) -> Iterator[optuna.Study]:
    is_url = "://" in target
    storage = RDBStorage(target) if is_url else JournalStorage(JournalFileBackend(target))
    for name in optuna.get_all_study_names(storage):
        yield optuna.load_study(study_name=name, storage=storage)


def test_replicates_and_every_combinations_tries_are_studies_of_their_own(plan: Plan, target: str) -> None:
    trials = ended(plan)
    written = write(plan, trials, target)
    names = ["tuned"] + [f"tuned/{c.label()} ({c.hash[:8]})" for c in plan.combinations]
    assert written == tuple(Written(name, count, count, False) for name, count in zip(names, (4, 8, 8), strict=True))
    by_name = {study.study_name: study for study in studies(target)}
    assert sorted(by_name) == sorted(names)
    shown = {trial.user_attrs["trial"]: trial for study in by_name.values() for trial in study.trials}
    states = {Ending.COMPLETE: TrialState.COMPLETE, Ending.FAILED: TrialState.FAIL, Ending.PRUNED: TrialState.PRUNED}
    assert {trial.ending for trial in trials} == set(Ending)
    for trial in trials:
        row = shown[trial.name]
        assert (row.state, row.value) == (states[trial.ending], trial.value)
        assert row.intermediate_values == dict(trial.curve)
        assert row.user_attrs["training_seconds"] == 2.5
        assert row.datetime_start is not None
        assert row.datetime_start.timestamp() == START
        assert row.duration == timedelta(seconds=60)
    replicates = by_name["tuned"].trials
    assert replicates[0].params == {"model.layer.window": "5", "seed": 0}
    assert by_name["tuned"].user_attrs["question"] == "Does a wider window help?"
    tried = by_name[names[1]].trials[0]
    assert set(tried.params) == {"training.learning_rate", "training.batch_size", "training.optimizer"}


def test_writing_twice_adds_nothing_and_a_study_that_grew_only_what_is_new(plan: Plan, target: str) -> None:
    trials = ended(plan)
    write(plan, trials[:7], target)
    assert sum(sheet.added for sheet in write(plan, trials[:7], target)) == 0
    added = []
    grown = write(plan, trials, target, lambda: added.append(1))
    assert sum(sheet.added for sheet in grown) == len(added) == len(trials) - 7
    names = [trial.user_attrs["trial"] for study in studies(target) for trial in study.trials]
    assert sorted(names) == sorted(trial.name for trial in trials)
    assert not any(sheet.is_anew for sheet in grown)


def test_another_seed_is_added_to_what_is_there(make_tuned: TunedMaker, target: str) -> None:
    plan = make_tuned(None)
    write(plan, ended(plan), target)
    more = plan.model_copy(update={"study": plan.study.model_copy(update={"seeds": (0, 4, 9)})})
    assert write(more, ended(more), target) == (Written("tuned", 2, 6, is_anew=False),)


def test_other_levels_make_the_study_anew_for_optuna_cannot_hold_both(make_tuned: TunedMaker, target: str) -> None:
    plan, more = make_tuned(None), make_tuned(None, windows=(3, 5, 7))
    write(plan, ended(plan), target)
    assert write(more, ended(more), target) == (Written("tuned", 6, 6, is_anew=True),)
    (study,) = studies(target)
    assert {trial.params["model.layer.window"] for trial in study.trials} == {"3", "5", "7"}


def test_a_failure_that_was_repaired_stands_beside_its_success(make_tuned: TunedMaker, journal: str) -> None:
    plan = make_tuned(None)
    good = ended(plan)
    write(plan, [good[0]._replace(ending=Ending.FAILED, value=None), *good[1:]], journal)
    assert write(plan, good, journal)[0].added == 1
    (study,) = studies(journal)
    states = [trial.state for trial in study.trials if trial.user_attrs["trial"] == good[0].name]
    assert states == [TrialState.FAIL, TrialState.COMPLETE]


def test_the_direction_is_that_of_the_objective(make_tuned: TunedMaker, journal: str) -> None:
    plan = make_tuned(None, objective=Objective(metric=Metric.LOSS, direction=Direction.MINIMIZE))
    write(plan, [], journal)
    (study,) = studies(journal)
    assert study.direction.name == "MINIMIZE"


def test_a_value_that_is_no_number_is_a_failure(make_tuned: TunedMaker, journal: str) -> None:
    plan = make_tuned(None)
    write(plan, [ended(plan)[0]._replace(value=float("nan"), curve=((1, 0.5), (2, float("inf"))))], journal)
    (study,) = studies(journal)
    assert [(trial.state, trial.intermediate_values) for trial in study.trials] == [(TrialState.FAIL, {1: 0.5})]


def test_trials_that_are_no_longer_planned_are_left_out(make_tuned: TunedMaker, journal: str) -> None:
    plan = make_tuned(None)
    stray = ended(plan)[0]._replace(combination="0123456789abcdef", name="0123456789abcdef-s0")
    assert write(plan, [stray], journal)[0].trials == 0


def test_a_study_of_that_name_that_is_not_ours_stays_as_it_is(make_tuned: TunedMaker, target: str) -> None:
    storage = RDBStorage(target) if "://" in target else JournalStorage(JournalFileBackend(target))
    optuna.create_study(study_name="tuned", storage=storage, direction="minimize").ask()
    with pytest.raises(InputError, match="did not write: export elsewhere"):
        write(make_tuned(None), [], target)
    (study,) = studies(target)
    assert (len(study.trials), study.direction.name) == (1, "MINIMIZE")


def test_the_database_of_another_program_is_refused_untouched(make_tuned: TunedMaker, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"another program \(alembic_version, ...\)"):
        write(make_tuned(None), [], f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_path_that_is_no_journal_is_refused(make_tuned: TunedMaker, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a URL as sqlite:///optuna\.db, or a journal as optuna\.log"):
        write(make_tuned(None), [], str(tmp_path / "optuna.db"))
    assert list(tmp_path.iterdir()) == []
