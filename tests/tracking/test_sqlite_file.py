"""What is true of SQLite's file alone: locks are waited for, times are as people read them, and writing is quick."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ablate.errors import TrackingError
from ablate.specs import MetricRecord, Split
from ablate.tracking.connection import connect
from ablate.tracking.store import Store


def begin(store: Store, trial: str) -> None:
    store.begin_attempt("windows", trial, 1, "inline", threads=2, gpus=(), started=1_800_000_000.25)


def test_times_are_stored_in_utc_and_can_be_read_by_people(store: Store, trial: str, url: str) -> None:
    begin(store, trial)
    engine = create_engine(url)
    with engine.connect() as connection:
        started = connection.execute(text("SELECT started FROM attempts")).scalar_one()
    engine.dispose()
    assert started == "2027-01-15 08:00:00.250000"


def test_a_held_database_is_waited_for_and_then_named(url: str, store: Store, tmp_path: Path, trial: str) -> None:
    engine = create_engine(url)
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        assert len(store.trials("windows")) == 12, "reading goes on beside a writer"
        impatient = Store(store._engine, patience_seconds=0.1)
        with pytest.raises(TrackingError, match=r"ablate\.db: .* 0\.1 s \(database is locked\)"):
            begin(impatient, trial)
        holder.rollback()
    engine.dispose()
    begin(store, trial)


def test_a_lock_that_is_let_go_is_not_noticed(
    url: str, store: Store, trial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(url)
    holder = engine.connect()
    holder.exec_driver_sql("BEGIN IMMEDIATE")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        holder.rollback()

    monkeypatch.setattr("ablate.tracking.connection.BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(time, "sleep", pause)
    fresh = Store.open(url)
    begin(fresh, trial)
    fresh.close()
    holder.close()
    engine.dispose()
    assert len(pauses) == 1


def test_ingesting_is_fast(store: Store, trial: str) -> None:
    begin(store, trial)
    lines = [
        MetricRecord(step=step, split=split, time=1_800_000_000.0 + step, values={"accuracy": 0.5, "loss": 1.0})
        for step in range(10_000)
        for split in (Split.TRAIN, Split.VALIDATION)
    ]
    clock = time.perf_counter()
    store.ingest("windows", trial, 1, lines, offset=1_000_000)
    seconds = time.perf_counter() - clock
    assert seconds < 8, f"40,000 rows took {seconds:.1f} s"  # 0.3 s here; the bound only catches a row-by-row path


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    Store(connect(f"sqlite:///{tmp_path / 'new' / 'ablate.db'}"))
    assert list(tmp_path.iterdir()) == []
