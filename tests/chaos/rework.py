"""How much was done more than once, as the journals tell."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from place import Place

from ablate.jobs.journal import read_metrics, read_result
from ablate.jobs.lease import HOLDER
from ablate.specs import MetricRecord

Line = tuple[str, int, float]
"""What tells one record of a trial from all others: split, step and the time at which it was written first."""


class Rework(NamedTuple):
    """Trials and attempts, and what became of them. `seconds` were worked in vain, of `worked` in all."""

    trials: int
    attempts: int
    recovered: int
    resumed: int
    seconds: float
    worked: float


class _Work(NamedTuple):
    """One attempt's own work: each record that it wrote itself with the seconds since the one before, and its tail."""

    lines: dict[Line, float]
    tail: float
    has_resumed: bool


def read_rework(place: Place) -> Rework:
    """What was done in vain, from the place's journals.

    A record keeps the time at which it was first written when a later attempt goes on from a checkpoint and takes it
    over. So the accepted journal names the very lines that the trial's numbers come from, wherever they were written.
    The time that an attempt spent on a line that is not among them was spent again. So was its tail: the time from
    its last line to the moment at which it was killed, its start included if it wrote none.
    """
    by_trial: dict[str, list[Path]] = defaultdict(list)
    for directory in place.attempts():
        by_trial[directory.parent.name].append(directory)
    vain = worked = 0.0
    recovered = resumed = 0
    for directories in by_trial.values():
        works = [_work(directory, place.deaths) for directory in directories]
        counting: set[Line] = set()
        for directory in directories:
            result = read_result(directory)
            if result is not None and result.status == "complete":
                counting = {_line(record) for record in read_metrics(directory).records}
        recovered += len(directories) > 1 and bool(counting)
        resumed += sum(work.has_resumed for work in works)
        worked += sum(sum(work.lines.values()) + work.tail for work in works)
        vain += sum(s for work in works for line, s in work.lines.items() if line not in counting)
        vain += sum(work.tail for work in works)
    return Rework(len(by_trial), sum(map(len, by_trial.values())), recovered, resumed, vain, worked)


def _work(directory: Path, deaths: dict[int, float]) -> _Work:
    holder = directory / HOLDER
    if not holder.exists():  # killed before it began
        return _Work({}, 0.0, has_resumed=False)
    began = last = holder.stat().st_mtime
    lines = {}
    records = read_metrics(directory).records
    for record in records:
        if record.time >= began:
            lines[_line(record)] = record.time - last
            last = record.time
    result = read_result(directory)
    death = deaths.get(int(holder.read_text()), last) if result is None else last
    has_resumed = len(lines) < len(records) or (result is not None and result.resumed is not None)
    return _Work(lines, max(0.0, death - last), has_resumed)


def _line(record: MetricRecord) -> Line:
    return record.split, record.step, record.time
