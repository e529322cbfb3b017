"""A database of an earlier version keeps all that is in it: up to this one, and down again."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from ablate.errors import TrackingError
from ablate.specs import Configuration, Failure, Measures, Split, TrialResult, TrialSpec
from ablate.tracking.connection import alter_tables, connect
from ablate.tracking.migrate import HEAD, migrations_directory, open_database
from ablate.tracking.records import AttemptStatus, TrialRecord, TrialStatus
from ablate.tracking.store import Store

GOLDEN = Path(__file__).parent / "golden"
REVISIONS = sorted(path.stem.removeprefix("revision_") for path in GOLDEN.glob("revision_*.sql"))
STUDY = "golden"

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 0.1 left it: one trial complete at the second attempt, and one each of other states."""
    return golden(tmp_path, "0001")


def golden(folder: Path, revision: str) -> Path:
    """A database as a program of that revision left it."""
    path = folder / f"{revision}.db"
    connection = sqlite3.connect(path)
    connection.executescript((GOLDEN / f"revision_{revision}.sql").read_text())
    connection.close()
    return path


def everything(path: Path) -> Rows:
    """All rows of all tables, their columns by name and in order, so that moved columns do not matter."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {
        name: sorted(
            (tuple(sorted(dict(row).items())) for row in connection.execute(f"SELECT * FROM {name}")), key=repr
        )
        for name in names
    }
    connection.close()
    return rows


def migrate_to(path: Path, revision: str) -> None:
    engine = connect(f"sqlite:///{path}")

    def move(session: object) -> None:
        config = Config()
        config.set_main_option("script_location", str(migrations_directory()))
        config.attributes["connection"] = session.connection()
        command.downgrade(config, revision)

    alter_tables(engine, move, patience_seconds=1)
    engine.dispose()


def test_an_old_database_is_read_as_it_was(old: Path) -> None:
    with Store.open(f"sqlite:///{old}") as store:
        plan = store.plan(STUDY)
        trials = store.trials(STUDY)
        attempts = store.attempts(STUDY)
        curves = store.curves(STUDY)
    assert [combination.choice for combination in plan.combinations] == [
        {"model.layer.sharing": "head"},
        {"model.layer.sharing": "spatial"},
    ]
    assert (plan.exclusions[0].removed, plan.aliasing, plan.combinations[0].matched) == (2, (), None)
    assert [trial.status for trial in trials] == [
        TrialStatus.COMPLETE,
        TrialStatus.FAILED,
        TrialStatus.RUNNING,
        TrialStatus.PLANNED,
    ]
    assert trials[0].scores[Split.TEST] == {"accuracy": 0.5, "loss": 0.5}
    assert trials[0].environment is not None
    assert (trials[0].environment.commit, trials[0].environment.code) == ("abc", None)
    assert trials[1].failure == Failure(kind="Diverged", message="loss is nan", traceback="at\n")
    assert [(a.number, a.gpus, a.resumed, a.status) for a in attempts] == [
        (1, (), None, AttemptStatus.LOST),
        (2, (1,), None, AttemptStatus.COMPLETE),
        (1, (), None, AttemptStatus.FAILED),
        (1, (0,), None, AttemptStatus.RUNNING),
    ]
    assert len(curves) == 8
    assert math.isnan(curves.query("step == 1 and metric == 'loss'").value.iloc[0])


def test_the_plan_of_an_old_database_is_recorded_again_without_a_new_row(old: Path) -> None:
    with Store.open(f"sqlite:///{old}") as store:
        before = everything(old)
        store.record_plan(store.plan(STUDY))
        after = everything(old)
    assert dict(after.pop("studies")[0])["plan_digest"] is not None
    del before["studies"]
    assert configurations(after) == configurations(before)
    assert after == before


def configurations(rows: Rows) -> list[Configuration]:
    """What combinations resolve to, taken out of the rows: a later version writes down its new settings as well."""
    plain = [dict(row) for row in rows["combinations"]]
    found = [Configuration.model_validate_json(row.pop("configuration")) for row in plain]
    rows["combinations"] = [tuple(row.items()) for row in plain]
    return found


def test_an_environment_of_an_old_database_is_found_again(old: Path, make_result: Callable[..., TrialResult]) -> None:
    with Store.open(f"sqlite:///{old}") as store:
        known = store.trials(STUDY)[0].environment
        assert known is not None
        name = store.trials(STUDY)[2].name
        for number, environment in ((1, known), (2, known.model_copy(update={"code": "f" * 64}))):
            store.begin_attempt(STUDY, name, number, "local", 1, (), 1_800_000_000.0)
            result = make_result(name, number, status="failed").model_copy(update={"environment": environment})
            store.finish_attempt(STUDY, result, is_final=False)
    environments = everything(old)["environments"]
    assert {dict(row)["code"] for row in environments} == {None, "f" * 64}
    assert len(environments) == 2


def test_there_is_a_database_of_every_past_revision() -> None:
    past = {path.name.partition("_")[0] for path in (migrations_directory() / "versions").glob("[0-9]*_*.py")} - {HEAD}
    assert past <= set(REVISIONS), "keep one that today's code made, as tests/tracking/golden/revision_<number>.sql"


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_past_database_can_be_read_whole_and_gone_on_with(tmp_path: Path, revision: str) -> None:
    with Store.open(f"sqlite:///{golden(tmp_path, revision)}") as store:
        for study in store.study_names():
            store.record_plan(store.plan(study))
            complete = store.progress(study)[TrialStatus.COMPLETE]
            assert complete == sum(bool(trial.scores) for trial in store.trials(study) if trial.accepted_attempt) > 0
            assert len(store.curves(study)) >= complete


@pytest.mark.parametrize("revision", REVISIONS)
def test_up_and_down_again_changes_nothing(tmp_path: Path, revision: str) -> None:
    path = golden(tmp_path, revision)
    before = everything(path)
    open_database(f"sqlite:///{path}").dispose()
    assert (everything(path) == before) is (revision == HEAD)
    refuses_other_words(path)
    migrate_to(path, revision)
    assert everything(path) == before
    refuses_other_words(path)


def refuses_other_words(path: Path) -> None:
    for table in ("trials", "attempts"):
        with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(f"UPDATE {table} SET status = 'nearly'")
        connection.close()


def test_pruned_trials_have_no_place_before_there_was_tuning(old: Path) -> None:
    open_database(f"sqlite:///{old}").dispose()
    migrate_to(old, "0001")
    with sqlite3.connect(old) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("UPDATE trials SET status = 'pruned'")
    connection.close()


def test_trials_of_the_time_before_memory_was_recorded_have_none_and_later_ones_do(
    tmp_path: Path, make_result: Callable[..., TrialResult]
) -> None:
    path = golden(tmp_path, "0002")
    with Store.open(f"sqlite:///{path}") as store:
        trials, tuning = store.trials(STUDY), store.tuning_trials(STUDY)
        planned = trials[3].name
        store.begin_attempt(STUDY, planned, 1, "local", 1, (), 1_800_000_000.0)
        store.finish_attempt(STUDY, make_result(planned))
        later = store.trials(STUDY)[3]
    assert [trial.status for trial in trials] == [
        TrialStatus.COMPLETE,
        TrialStatus.FAILED,
        TrialStatus.COMPLETE,
        TrialStatus.PLANNED,
    ]
    assert [trial.status for trial in tuning] == [TrialStatus.COMPLETE, TrialStatus.PRUNED]
    assert trials[2].training_seconds == tuning[0].training_seconds == 8.125
    assert {trial.peak_memory_bytes for trial in (*trials, *tuning)} == {None}
    assert later.peak_memory_bytes == 5_000_000_000


def test_trials_of_the_time_before_speed_was_measured_have_no_measures_and_later_ones_do(
    tmp_path: Path, make_result: Callable[..., TrialResult]
) -> None:
    path = golden(tmp_path, "0004")
    with Store.open(f"sqlite:///{path}") as store:
        before = store.trials(STUDY)
        tried = store.tuning_trials(STUDY)[0]
        store.record_trial(STUDY, later := TrialSpec.model_validate({**next_try(store, tried), "tuning": 3}))
        store.begin_attempt(STUDY, later.name, 1, "local", 1, (), 1_800_000_000.0)
        result = make_result(later.name)
        store.finish_attempt(STUDY, result)
        after = store.tuning_trials(STUDY)[-1]
        reports = store.reports(STUDY)
    assert {trial.peak_memory_bytes for trial in before} == {None, 4_000_000_000, 5_000_000_000}
    assert {trial.measures for trial in before} == {Measures()}
    assert after.measures == result.measures != Measures()
    assert [claim.difference for claim in reports[0].claims.comparisons] == [0.25]


def next_try(store: Store, tried: TrialRecord) -> dict[str, object]:
    return {"study": STUDY, "configuration": tried.configuration, "seed": tried.seed, "combination": tried.combination}


def test_what_was_known_of_environments_can_be_asked_for_and_texts_of_differences_come_when_they_are_known(
    tmp_path: Path,
) -> None:
    path = golden(tmp_path, "0003")
    hardware = '{"device": "cuda", "processor": "p", "cores": 8, "gpu": "H100", "cuda": "13.0"}'
    with sqlite3.connect(path) as connection:
        connection.execute(f"INSERT INTO environments VALUES (9, 'e', '{{}}', '{hardware}', 'def', 1, NULL, NULL)")
    connection.close()
    with Store.open(f"sqlite:///{path}") as store:
        before = everything(path)
        store.record_code_diff("d" * 64, "+ x\n", is_cut=False)
        after = everything(path)
    columns = ("device", "processor", "gpu", "cuda", "driver", "system")
    found = {tuple(dict(row)[name] for name in columns) for row in before["environments"]}
    assert found == {("cuda", "p", "H100", "13.0", None, None), (None,) * 6}
    assert "d" * 64 in {dict(row)["diff"] for row in before["environments"]}
    assert [dict(row)["text"] for row in before["code_diffs"]] == [None]
    assert [dict(row)["text"] for row in after["code_diffs"]] == ["+ x\n"]


def test_tuning_trials_go_when_the_database_goes_back(old: Path, make_result: Callable[..., TrialResult]) -> None:
    before = everything(old)
    with Store.open(f"sqlite:///{old}") as store:
        combination = store.plan(STUDY).combinations[0]
        tried = TrialSpec(
            study=STUDY, configuration=combination.configuration, seed=0, combination=combination.hash, tuning=1
        )
        store.record_trial(STUDY, tried)
        store.begin_attempt(STUDY, tried.name, 1, "local", 1, (), 1_800_000_000.0)
        store.finish_attempt(STUDY, make_result(tried.name))
    migrate_to(old, "0001")
    after = everything(old)
    for shared in ("environments", "data_splits"):  # of what the tuning trial ran on nobody asks any more
        del before[shared], after[shared]
    assert after == before


def test_a_migration_that_would_orphan_rows_is_undone(old: Path) -> None:
    before = everything(old)
    engine = connect(f"sqlite:///{old}")
    with pytest.raises(TrackingError, match=r"8 rows would refer to nothing, the first in table metrics"):
        alter_tables(engine, lambda session: session.execute(text("DELETE FROM metric_keys")), patience_seconds=1)
    engine.dispose()
    assert everything(old) == before
