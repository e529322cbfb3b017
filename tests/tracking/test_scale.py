"""What keeps a database of millions of numbers quick and small, as its query plans show rather than the clock."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import create_engine, event

from ablate.specs import MetricRecord, Plan, Split, TrialResult
from ablate.tracking import connection
from ablate.tracking.records import TrialStatus
from ablate.tracking.store import Store

STUDY = "windows"
STARTED = 1_800_000_000.0
LARGE = ("metrics", "attempts", "trials", "combination_levels", "attempt_splits")
"""Tables that grow with every study, so that no question about one study or trial may read them whole."""

QUESTIONS: dict[str, Callable[[Store, str], object]] = {
    "plan": lambda store, _: store.plan(STUDY),
    "trials": lambda store, _: store.trials(STUDY),
    "tuning trials": lambda store, _: store.tuning_trials(STUDY),
    "tuning curves": lambda store, _: store.tuning_curves(STUDY),
    "curves": lambda store, _: store.curves(STUDY),
    "curves of one metric": lambda store, _: store.curves(STUDY, split=Split.VALIDATION, metric="accuracy"),
    "one curve": lambda store, trial: store.metric_records(STUDY, trial, 1),
    "latest metrics": lambda store, trial: store.metric_records(STUDY, trial, 1, from_step=3),
    "progress": lambda store, _: store.progress(STUDY),
    "progress by combination": lambda store, _: store.progress_by_combination(STUDY),
    "failed trials": lambda store, _: store.failed_trials(STUDY),
    "tuning progress": lambda store, _: store.tuning_progress(STUDY),
    "unplanned": lambda store, _: store.unplanned_trials(STUDY),
    "attempts": lambda store, _: store.attempts(STUDY),
    "open attempts": lambda store, _: store.attempts(STUDY, open_only=True),
    "closed attempts": lambda store, _: store.closed_attempts(STUDY),
    "codes": lambda store, _: store.codes(STUDY),
    "mirror tasks": lambda store, _: store.mirror_tasks(STUDY, "here"),
    "begin": lambda store, trial: store.begin_attempt(STUDY, trial, 2, "inline", 1, (), STARTED),
    "ingest": lambda store, trial: store.ingest(STUDY, trial, 1, (line(7),), offset=10_000),
    "retry": lambda store, _: store.reset_failed(STUDY),
}


def line(step: int, split: Split = Split.TRAIN) -> MetricRecord:
    return MetricRecord(step=step, split=split, time=STARTED + step / 7, values={"accuracy": 1 / 3, "loss": 0.1 + step})


@pytest.fixture
def trial(store: Store, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]) -> str:
    """A complete trial."""
    name = store.trials(STUDY)[0].name
    store.begin_attempt(STUDY, name, 1, "inline", 1, (), STARTED)
    store.ingest(STUDY, name, 1, records, offset=700)
    store.finish_attempt(STUDY, make_result(name))
    return name


@contextmanager
def overheard(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that the store executes meanwhile, with its parameters."""
    said: list[tuple[str, Any]] = []

    def hear(
        _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        said.append((statement, parameters[0] if many else parameters))

    event.listen(store._engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(store._engine, "before_cursor_execute", hear)


def scanned(file: Path, statements: list[tuple[str, Any]]) -> list[str]:
    """The large tables that the statements read whole, with the statement."""
    found = []
    with closing(sqlite3.connect(file)) as database:
        for statement, parameters in statements:
            if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)", statement):
                continue
            names = {alias: table for table, alias in re.findall(r"\b(\w+) AS (\w+)", statement)}
            for *_, step in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                # "SCAN trials USING COVERING INDEX ..." reads the whole index.
                scan = re.match(r"SCAN (\w+)", step)
                if scan and names.get(scan[1], scan[1]) in LARGE:
                    found.append(f"{step}: {statement}")
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_about_one_study_or_trial_reads_no_large_table_whole(
    store: Store, trial: str, url: str, question: str
) -> None:
    with overheard(store) as statements:
        QUESTIONS[question](store, trial)
    assert statements
    assert scanned(Path(url.removeprefix("sqlite:///")), statements) == []


def test_the_progress_of_all_studies_is_that_of_each_and_reads_no_metrics(
    store: Store, trial: str, make_plan: Callable[..., Plan]
) -> None:
    store.record_plan(make_plan(name="another", seeds=(1, 2, 3)))
    store.record_plan(make_plan(name="another", seeds=(1, 3)))  # so that some trials are planned no more
    with overheard(store) as statements:
        found = store.progress_by_study()
    assert list(found) == ["another", "windows"]
    assert found == {name: store.progress(name) for name in found}
    assert found["windows"][TrialStatus.COMPLETE] == 1
    assert not any("metrics" in statement for statement, _ in statements)


def test_a_study_without_trials_has_no_progress_and_is_shown(store: Store, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connected:
        connected.exec_driver_sql("UPDATE trials SET is_planned = 0")
    engine.dispose()
    assert store.progress_by_study() == {STUDY: dict.fromkeys(TrialStatus, 0)}


def test_curves_come_in_plan_order_whatever_order_they_were_written_in(
    store: Store, plan: Plan, make_result: Callable[..., TrialResult], records: tuple[MetricRecord, ...]
) -> None:
    trials = store.trials(STUDY)
    backwards = trials[7::-3]
    for number, one in enumerate(backwards):
        store.begin_attempt(STUDY, one.name, 1, "inline", 1, (), STARTED)
        for offset, record in enumerate(reversed(records), start=1):
            store.ingest(STUDY, one.name, 1, [shifted(record, number)], offset=offset)
        store.finish_attempt(STUDY, make_result(one.name))
    expected = [
        (one.combination, one.seed, str(record.split), record.step, metric, shifted(record, number).values[metric])
        for number, one in reversed(list(enumerate(backwards)))
        for record in sorted(records, key=lambda record: (record.split, record.step))
        for metric in sorted(record.values)
    ]
    curves = store.curves(STUDY)
    assert list(curves.itertuples(index=False, name=None)) == expected
    assert curves.dtypes.map(str).to_dict() == {
        "combination": "str",
        "seed": "int64",
        "split": "str",
        "step": "int64",
        "metric": "str",
        "value": "float64",
    }
    assert list(curves.index) == list(range(len(curves)))
    for split, metric in ((Split.VALIDATION, "accuracy"), (Split.TEST, None), (None, "loss"), (Split.TEST, "none")):
        is_wanted = (curves.split == split) | (split is None)
        is_wanted &= (curves.metric == metric) | (metric is None)
        narrow = store.curves(STUDY, split=split, metric=metric)
        assert_frame_equal(narrow, curves[is_wanted].reset_index(drop=True))
        assert narrow.empty == (metric == "none")


def shifted(record: MetricRecord, by: int) -> MetricRecord:
    return record.model_copy(update={"values": {name: value + by for name, value in record.values.items()}})


def test_a_journal_that_is_read_in_pieces_gives_the_rows_of_one_read_whole(store: Store, url: str) -> None:
    """Pieces that overlap, come again, or repeat a step: the offset decides, and of a step the later line."""
    whole, pieces = (one.name for one in store.trials(STUDY)[:2])
    lines = [line(step % 9, split) for step in range(12) for split in (Split.TRAIN, Split.TEST)]
    lines = [shifted(record, number) for number, record in enumerate(lines)]
    for name in (whole, pieces):
        store.begin_attempt(STUDY, name, 1, "inline", 1, (), STARTED)
    store.ingest(STUDY, whole, 1, lines, offset=2400)
    for first, last in ((0, 5), (0, 5), (5, 6), (0, 6), (6, 24), (3, 20)):
        store.ingest(STUDY, pieces, 1, lines[first:last], offset=100 * last)
    assert store.metric_records(STUDY, pieces, 1) == store.metric_records(STUDY, whole, 1)
    found = {(record.step, record.split): record.values for record in store.metric_records(STUDY, whole, 1)}
    assert found == {(record.step, record.split): record.values for record in lines}, "the later line"
    assert [attempt.offset for attempt in store.attempts(STUDY)] == [2400, 2400]


def test_a_number_takes_few_bytes(store: Store, url: str) -> None:
    """27 bytes of key, value and time, two for its place, and half-full pages at the edge."""
    names = [one.name for one in store.trials(STUDY)]
    for name in names:
        store.begin_attempt(STUDY, name, 1, "inline", 1, (), STARTED)
    before = pages(url)
    for name in names:
        lines = [line(step, split) for step in range(1, 101) for split in (Split.TRAIN, Split.VALIDATION)]
        store.ingest(STUDY, name, 1, lines, offset=1)
    per_row = (pages(url) - before) / (len(names) * 400)
    assert 20 < per_row < 36, f"{per_row:.1f} bytes per row"


def pages(url: str) -> int:
    """Bytes of the database with what is still in its log."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        count, size = (database.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size"))
    return int(count * size)


def test_a_read_that_stays_open_holds_up_no_write_and_its_log_is_cut_down_afterwards(
    store: Store, trial: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOG_BYTES", 100_000)
    file = Path(url.removeprefix("sqlite:///"))
    log, lines = file.with_name(f"{file.name}-wal"), [line(step) for step in range(1, 2_000)]
    impatient, reader = Store(connection.connect(url), patience_seconds=0.1), create_engine(url)
    with reader.connect() as reading:
        reading.exec_driver_sql("BEGIN")
        seen = reading.exec_driver_sql("SELECT count(*) FROM metrics").scalar_one()
        for offset in range(1_000, 1_045):  # pages that stay as they are would not be written
            impatient.ingest(STUDY, trial, 1, [shifted(record, offset) for record in lines], offset=offset)
        grown = log.stat().st_size
        assert reading.exec_driver_sql("SELECT count(*) FROM metrics").scalar_one() == seen
    reader.dispose()
    assert grown > 4_200_000, "no checkpoint could begin the log anew"
    for offset in (2_000, 2_001):  # the first brings the log into the file, the second begins it anew
        impatient.ingest(STUDY, trial, 1, lines[:1], offset=offset)
    impatient.close()
    assert log.stat().st_size < 1_000_000


def test_what_was_committed_survives_the_process_and_a_power_cut_takes_only_the_last_of_it(store: Store) -> None:
    """WAL with synchronous = NORMAL: written at every commit, synced at every checkpoint."""
    with store._engine.connect() as connected:
        modes = [connected.exec_driver_sql(f"PRAGMA {what}").scalar_one() for what in ("journal_mode", "synchronous")]
        assert modes == ["wal", 1]
        assert connected.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one() == 1000
        assert connected.exec_driver_sql("PRAGMA journal_size_limit").scalar_one() == connection.LOG_BYTES
