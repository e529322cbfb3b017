"""Readers beside the writer: the longest that either has to wait, and how the write-ahead log grows and shrinks."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import many_studies

from ablate.jobs.journal import read_metrics
from ablate.tracking.connection import connect
from ablate.tracking.migrate import open_database
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY, TRIALS = "beside", 200
SECONDS = 15
TRANSACTIONS = 2_000
Row = tuple[str, str]

READER = """
import json, sys, time
from ablate.tracking.store import Store
longest = {"progress": 0.0, "curves": 0.0}
with Store.open(sys.argv[1]) as store:
    store.curves(sys.argv[2])
    end = time.monotonic() + float(sys.argv[3])
    while time.monotonic() < end:
        for name, read in (("progress", store.progress_by_study), ("curves", lambda: store.curves(sys.argv[2]))):
            began = time.perf_counter()
            read()
            longest[name] = max(longest[name], time.perf_counter() - began)
print(json.dumps(longest))
"""


class Writer:
    """Reads journals into one study again and again: as many writes as one likes, and no more rows for it."""

    def __init__(self, root: Path, store: Store) -> None:
        names = [trial.name for trial in store.trials(STUDY)]
        self._store, self._turns = store, itertools.cycle(names)
        # Three, so that a trial never gets the numbers that it has, of which SQLite would write nothing.
        journals = [read_metrics(root / "journals" / f"{number:02}").records for number in range(3)]
        self._records = itertools.cycle(journals)
        # Of the clock, for journals are read up to a byte that only grows.
        self._offsets = itertools.count(time.time_ns())
        self.longest, self.transactions = 0.0, 0

    def write(self) -> None:
        """One transaction of 200 rows."""
        began = time.perf_counter()
        self._store.ingest(STUDY, next(self._turns), 1, next(self._records), next(self._offsets))
        self.longest = max(self.longest, time.perf_counter() - began)
        self.transactions += 1


def measure(root: Path, study: str) -> Iterator[Row]:
    """A reader alone; writer and reader; the writer beside a transaction that stays open."""
    engine = open_database(Workspace(root).database_url)
    with Store(engine) as store:
        if STUDY not in store.study_names():
            many_studies.enter(store, engine, many_studies.design(root, TRIALS), STUDY)
        yield "longest read, nobody writing: progress of all, curves", _shown(_start_reader(root, study))
        writer, reader = Writer(root, store), _start_reader(root, study)
        while reader.poll() is None:
            writer.write()
        yield "longest read, journals being read in: progress of all, curves", _shown(reader)
        yield f"longest of {writer.transactions:,} transactions meanwhile", f"{writer.longest:.2f} s"
        yield from _beside_an_open_read(root, Writer(root, store))


def _start_reader(root: Path, study: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", READER, Workspace(root).database_url, study, str(SECONDS)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _shown(reader: subprocess.Popen[str]) -> str:
    said, _ = reader.communicate()
    if reader.returncode != 0:
        raise RuntimeError("reading beside a writer failed")
    longest = json.loads(said)
    return f"{longest['progress']:.2f} s, {longest['curves']:.2f} s"


def _beside_an_open_read(root: Path, writer: Writer) -> Iterator[Row]:
    database = Workspace(root).database
    log = database.with_name(f"{database.name}-wal")
    engine = connect(Workspace(root).database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM studies").scalar_one()
        for _ in range(TRANSACTIONS):
            writer.write()
        grown = log.stat().st_size
    engine.dispose()
    yield f"longest of {TRANSACTIONS:,} transactions beside a read that stays open", f"{writer.longest:.2f} s"
    for _ in range(2):  # the first brings the log into the file, the second begins it anew
        writer.write()
    yield "write-ahead log by then, and after it is closed", f"{grown / 1e6:.0f} MB, {log.stat().st_size / 1e6:.0f} MB"
