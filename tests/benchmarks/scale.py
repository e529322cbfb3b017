"""`make bench-scale`: the tracking database with 100,000 trials of 50 epochs and 4 metrics, 20 million numbers.

Prints one table; nothing here passes or fails. The file takes 0.7 GB, in a temporary directory unless `--workspace`
names one, which is kept: called again, it is only read. Times are of the clock, with seconds of processor time behind
them where the machine may be busy with other things.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import beside
import many_studies
from many_studies import Reading

from ablate.tracking.migrate import open_database
from ablate.tracking.store import Store
from ablate.workspace import Workspace

BYTES_PER_TRIAL = 8_000
"""What a trial takes in the database, with its attempt and 200 numbers."""

LARGE, SMALL = "study-000", "study-001"
Row = tuple[str, str]

READING = """
import re, sys
from pathlib import Path
from ablate.tracking.store import Store
with Store.open(sys.argv[1]) as store:
    store.trials(sys.argv[2]), store.curves(sys.argv[2])
# Of Linux, for the peak that getrusage knows is that of the process before, too.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the database, or take one that is there, and print what it costs to fill and to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000, help="a multiple of 2,000")
    parser.add_argument("--workspace", type=Path, help="where the database is, or is to be made and kept")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    if options.trials < 2_000 or options.trials % 2_000:
        parser.error(f"--trials {options.trials}: expected a multiple of 2,000")
    with tempfile.TemporaryDirectory() as folder:
        root = (options.workspace or Path(folder)).resolve()
        root.mkdir(parents=True, exist_ok=True)
        rows = [] if Workspace(root).database.exists() else list(_fill(root, options.trials))
        rows += [*_size(root), *_read(root, options.rounds), *beside.measure(root, SMALL)]
    say("| what | measured |\n|---|---|")
    for what, measured in rows:
        say(f"| {what} | {measured} |")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fill(root: Path, trials: int) -> Iterator[Row]:
    """Fill the database study by study; what the reading of journals took."""
    free, wanted = shutil.disk_usage(root).free, 2 * trials * BYTES_PER_TRIAL
    if free < wanted:
        sys.exit(f"{root}: {trials:,} trials ask for {wanted / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")
    journals = many_studies.write_journals(root / "journals")
    engine = open_database(Workspace(root).database_url)
    reading, plans, began = Reading(), {}, time.perf_counter()
    with Store(engine) as store:
        for number, size in enumerate(many_studies.sizes(trials)):
            if size not in plans:
                plans[size] = many_studies.design(root, size)
            names = many_studies.enter(store, engine, plans[size], f"study-{number:03}")
            for place, name in enumerate(names):
                reading.read(store, f"study-{number:03}", name, journals[place % len(journals)])
            say(f"{reading.rows:,} rows after {time.perf_counter() - began:.0f} s")
    yield "journals read: parsed and inserted", f"{reading.rows / (reading.parsing + reading.inserting):,.0f} rows/s"
    yield "parsed and inserted per second of processor time", f"{reading.rows / reading.processor:,.0f} rows/s"
    yield "inserted, one transaction per journal of 200 rows", f"{reading.rows / reading.inserting:,.0f} rows/s"
    yield "slowest transaction", f"{reading.slowest:.2f} s"


def _size(root: Path) -> Iterator[Row]:
    database = Workspace(root).database
    engine = open_database(Workspace(root).database_url)
    with engine.connect() as connection:
        rows, trials = (
            int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
            for table in ("metrics", "trials")
        )
    engine.dispose()
    size = database.stat().st_size
    yield "rows", f"{rows:,} of {trials:,} trials"
    yield "file", f"{size / 1e6:,.0f} MB, {size / rows:.1f} bytes per row with all else that it holds"


def _read(root: Path, rounds: int) -> Iterator[Row]:
    """Whole processes first, then what they spend their time on."""
    url = Workspace(root).database_url
    program = [sys.executable, "-c", "from ablate.cli import main; main()", "status", "--workspace", str(root)]
    yield "`ablate status`", _timed(lambda: _run(program), rounds)
    with Store.open(url) as store:
        counts = {study: f"{sum(store.progress(study).values()):,} trials" for study in (SMALL, LARGE)}
        for study, count in counts.items():
            yield f"`ablate status STUDY`, {count}", _timed(lambda study=study: _run([*program, study]), rounds)
            yield f"curves of {count} into pandas", _timed(lambda study=study: store.curves(study), rounds)
            yield f"{count} as values", _timed(lambda study=study: store.trials(study), rounds)
        name = store.trials(SMALL)[-1].name
        yield "one curve", _timed(lambda: store.metric_records(SMALL, name, 1), rounds)
        yield "latest metrics of one trial", _timed(lambda: store.metric_records(SMALL, name, 1, from_step=50), rounds)
        yield "progress of all studies", _timed(store.progress_by_study, rounds)
    for study, count in counts.items():
        peak = float(_run([sys.executable, "-c", READING, url, study]))
        yield f"most memory of a process that reads trials and curves of {count}", f"{peak:,.0f} MB"


def _timed(work: Callable[[], object], rounds: int) -> str:
    """The median of some rounds, after one that warms up: by the clock, and of the processor (children too)."""
    seconds, processor = [], []
    for _ in range(rounds + 1):
        began, spent = time.perf_counter(), many_studies.processor_seconds()
        work()
        seconds.append(time.perf_counter() - began)
        processor.append(many_studies.processor_seconds() - spent)
    clock, own = statistics.median(seconds[1:]), statistics.median(processor[1:])
    return f"{clock:.3f} s (processor {own:.3f} s)"


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-1_000:] + done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
