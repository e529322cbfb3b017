"""A tracking database of many studies, made without training; its journals are read by the real path."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finished_study import result_of
from sqlalchemy import Engine, insert, inspect, select, update
from sqlalchemy.orm import Session

from ablate.jobs.journal import METRICS, read_metrics
from ablate.specs import MetricRecord, Plan, Split
from ablate.study.design import plan, trials
from ablate.study.load import load_study
from ablate.tracking import tables
from ablate.tracking.connection import write
from ablate.tracking.records import TrialStatus
from ablate.tracking.store import Store

STUDY = """
name: template
question: How large may the database become?
training: {{epochs: {epochs}}}
factors:
  training.learning_rate: {rates}
  training.weight_decay: {decays}
baseline: {{training.learning_rate: 0.001, training.weight_decay: 0.001}}
seeds: {seeds}
"""
SEEDS, EPOCHS, RATES = 20, 50, 10
SPLITS = (Split.TRAIN, Split.VALIDATION)
STARTED = 1_800_000_000.0
JOURNALS = 97


@dataclass
class Reading:
    """What reading journals took: rows; seconds of parsing, of inserting, of the processor; the slowest insert."""

    rows: int = 0
    parsing: float = 0.0
    inserting: float = 0.0
    processor: float = 0.0
    slowest: float = 0.0

    def read(self, store: Store, study: str, trial: str, directory: Path) -> None:
        """Read one journal to its end, by the two calls of `LiveAttempt.ingest`."""
        began, spent = time.perf_counter(), processor_seconds()
        found = read_metrics(directory)
        parsed = time.perf_counter()
        store.ingest(study, trial, 1, found.records, found.offset)
        ended = time.perf_counter()
        self.rows += sum(len(record.values) for record in found.records)
        self.processor += processor_seconds() - spent
        self.parsing += parsed - began
        self.inserting += ended - parsed
        self.slowest = max(self.slowest, ended - parsed)


def design(folder: Path, trial_count: int) -> Plan:
    """The plan of a study with that many trials, a multiple of 200: 20 seeds, 10 levels of one factor."""
    file = folder / "template.yaml"
    rates, decays = ([round(0.001 * (n + 1), 6) for n in range(count)] for count in (RATES, trial_count // 200))
    file.write_text(STUDY.format(rates=rates, decays=decays, seeds=SEEDS, epochs=EPOCHS))
    return plan(load_study(file))


def enter(store: Store, engine: Engine, planned: Plan, name: str) -> list[str]:
    """Record the plan under a name of its own, all trials complete, no journal read yet; answers the trials' names."""
    planned = planned.model_copy(update={"study": planned.study.model_copy(update={"name": name})})
    store.record_plan(planned)
    specs = list(trials(planned))
    store.begin_attempt(name, specs[0].name, 1, "local", 1, (), STARTED)
    store.finish_attempt(name, result_of(specs[0], 0))
    write(engine, functools.partial(_finish_others, first=specs[0].name, study=name))
    return [spec.name for spec in specs]


def _finish_others(session: Session, study: str, first: str) -> None:
    """All other trials of the study end as the first one did."""
    of_study = tables.Study.name == study
    trial = select(tables.Trial).join(tables.Study, tables.Study.id == tables.Trial.study_id).where(of_study)
    model = session.scalars(trial.where(tables.Trial.name == first)).one()
    attempt = session.scalars(select(tables.Attempt).where(tables.Attempt.trial_id == model.id)).one()
    columns = [column.key for column in inspect(tables.Attempt).column_attrs if column.key not in ("id", "trial_id")]
    fields = {column: getattr(attempt, column) for column in columns}
    others = [row.id for row in session.scalars(trial.where(tables.Trial.name != first).order_by(tables.Trial.id))]
    session.execute(insert(tables.Attempt), [{"trial_id": other, **fields} for other in others])
    session.execute(update(tables.Trial).where(tables.Trial.id.in_(others)).values(status=TrialStatus.COMPLETE))
    splits = session.execute(
        select(tables.AttemptSplit.split, tables.AttemptSplit.data_split_id).where(
            tables.AttemptSplit.attempt_id == attempt.id
        )
    ).all()
    made = session.scalars(select(tables.Attempt.id).where(tables.Attempt.trial_id.in_(others)))
    rows = [{"attempt_id": one, "split": split, "data_split_id": data} for one in made for split, data in splits]
    session.execute(insert(tables.AttemptSplit), rows)


def write_journals(folder: Path, epochs: int = EPOCHS) -> list[Path]:
    """Directories of attempts as jobs leave them, each with other numbers, to be read again and again."""
    directories = [folder / f"{number:02}" for number in range(JOURNALS)]
    for number, directory in enumerate(directories):
        directory.mkdir(parents=True)
        records = (_record(epoch, split, number) for epoch in range(epochs) for split in SPLITS)
        (directory / METRICS).write_text("".join(f"{record.model_dump_json()}\n" for record in records))
    return directories


def _record(epoch: int, split: Split, number: int) -> MetricRecord:
    """One line: two numbers that need all of their digits, as measured ones do."""
    accuracy = (number + epoch + 1 / 3) / (100 + epoch)
    values = {"accuracy": accuracy, "loss": 1 / (epoch + 1 + accuracy)}
    return MetricRecord(step=epoch + 1, split=split, time=STARTED + number + epoch / 7, values=values)


def processor_seconds() -> float:
    """What this process and its ended children have spent so far."""
    return sum(os.times()[:4])


def sizes(trial_count: int) -> Iterator[int]:
    """How many trials each study has: one has a tenth of all, the others 1,000 each, if there are that many."""
    large = trial_count // 10
    yield large
    rest = trial_count - large
    while rest > 0:
        yield min(1_000, rest)
        rest -= 1_000
