"""The report from a real tracking database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ablate.reporting import summary_lines, write_report
from ablate.reproduction.naming import find_trial
from ablate.specs import MetricRecord, Split, TrialResult
from ablate.study.load import load_plan
from ablate.tracking.records import TrialRecord, TrialStatus
from ablate.tracking.store import Store

STEPS = (1, 2, 3)

STUDY_FILE = """
name: synthetic
question: Does the window matter?
data: {training_images: 300}
factors: {model.layer.window: [3, 5]}
baseline: {model.layer.window: 5}
seeds: 8
"""


def write_trial(store: Store, trial: TrialRecord) -> None:
    """Journal one made-up trial into the database, as its job would have."""
    store.begin_attempt("synthetic", trial.name, 1, "inline", 1, (), 1_800_000_000.0)
    records = [
        MetricRecord(step=step, split=split, time=1_800_000_000.0 + step, values=trial.scores[Split.TEST])
        for step in STEPS
        for split in (Split.TRAIN, Split.VALIDATION)
    ]
    if trial.status is TrialStatus.COMPLETE:
        records.append(
            MetricRecord(step=STEPS[-1], split=Split.TEST, time=1_800_000_004.0, values=trial.scores[Split.TEST])
        )
    store.ingest("synthetic", trial.name, 1, records, 1000)
    result = {
        "trial": trial.name,
        "attempt": 1,
        "status": "complete" if trial.status is TrialStatus.COMPLETE else "failed",
        "started": 1_800_000_000.0,
        "ended": 1_800_000_009.0,
        "environment": trial.environment,
        "failure": trial.failure,
        "costs": trial.costs,
        "splits": trial.splits,
        "training_seconds": trial.training_seconds,
    }
    store.finish_attempt("synthetic", TrialResult.model_validate(result))


def test_a_database_and_a_fake_with_the_same_trials_give_the_same_report(
    synthetic: Callable[..., Any], tmp_path: Path, sqlite_url: str
) -> None:
    fake = synthetic({"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}, seeds=3)
    with Store.open(sqlite_url) as store:
        store.record_plan(fake.study_plan)
        for trial in reversed(fake.records):
            write_trial(store, trial)
        real = write_report(store, "synthetic", tmp_path / "real")
        assert summary_lines(store, "synthetic") == summary_lines(fake, "synthetic")
    made_up = write_report(fake, "synthetic", tmp_path / "fake")
    assert real.read_text(encoding="utf-8") == made_up.read_text(encoding="utf-8")
    for name in ("combinations", "cost", "effects"):
        picture = Path("figures") / f"{name}.png"
        assert (real.parent / picture).read_bytes() == (made_up.parent / picture).read_bytes()
    assert (real.parent / "figures" / "curves.png").exists()


def test_a_database_on_a_server_gives_the_same_words_as_a_fake_with_the_same_trials(
    synthetic: Callable[..., Any], text_of: Callable[[Any], str], postgres_url: str
) -> None:
    fake = synthetic({"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}, seeds=3)
    with Store.open(postgres_url) as store:
        store.record_plan(fake.study_plan)
        for trial in reversed(fake.records):
            write_trial(store, trial)
        assert text_of(store) == text_of(fake)
        assert summary_lines(store, "synthetic") == summary_lines(fake, "synthetic")


def test_the_printed_query_finds_the_numbers(
    synthetic: Callable[..., Any], text_of: Callable[[Any], str], tmp_path: Path
) -> None:
    fake = synthetic({"model.layer.window": [3, 5]}, seeds=2)
    database = tmp_path / "ablate.db"
    with Store.open(f"sqlite:///{database}") as store:
        store.record_plan(fake.study_plan)
        for trial in fake.records:
            write_trial(store, trial)
        text = text_of(store)
    query = text[text.index("SELECT") :].split('"')[0]
    connection = sqlite3.connect(database)
    rows = connection.execute(query).fetchall()
    connection.close()
    assert ("test", "accuracy", 3, fake.records[0].scores[Split.TEST]["accuracy"]) in rows
    assert len(rows) == 7


def test_the_printed_command_to_reproduce_a_number_names_a_trial_of_the_database(
    synthetic: Callable[..., Any], text_of: Callable[[Any], str], tmp_path: Path
) -> None:
    fake = synthetic({"model.layer.window": [3, 5]}, seeds=2)
    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        store.record_plan(fake.study_plan)
        for trial in fake.records:
            write_trial(store, trial)
        text = text_of(store)
        typed = text.split("`ablate reproduce ")[1].partition("`")[0]
        study, name = find_trial(typed, None, store.trial_names())
        assert store.original(study, name).status is TrialStatus.COMPLETE


def test_a_margin_that_is_written_into_the_study_file_is_the_reports(
    synthetic: Callable[..., Any], text_of: Callable[[Any], str], tmp_path: Path
) -> None:
    trials = synthetic({"model.layer.window": [3, 5]}, seeds=8, spread=0.0).records
    one, other = ({trial.seed: trial for trial in half} for half in (trials[:8], trials[8:]))
    file = tmp_path / "study.yaml"

    def text_with(margin: str) -> str:
        file.write_text(STUDY_FILE + margin, encoding="utf-8")
        store.record_plan(load_plan(file))
        return text_of(store)

    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        text_with("")
        for seed, trial in one.items():  # as the baseline does, but for 0.4 points up or down
            accuracy = other[seed].scores[Split.TEST]["accuracy"]
            near = {Split.TEST: {"accuracy": accuracy + 0.004 * (-1) ** seed}}
            write_trial(store, trial.model_copy(update={"scores": near}))
            write_trial(store, other[seed])
        without, within, narrow = map(text_with, ("", *(f"objective: {{equivalence: {m}}}\n" for m in (0.005, 0.002))))
    assert "quivalent" not in without
    assert "Equivalent within 0.5 pp: `3`" in within
    assert "smaller than 0.5 pp" in within
    assert "smaller than 0.2 pp" in narrow
    assert "quivalent within" not in narrow
