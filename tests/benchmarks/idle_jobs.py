"""What jobs do in the benchmarks: all that a real one does, around a training that does nothing.

Imported by the fork server, which has torch by then, and by the benchmark, which has not.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ablate.specs import Costs, MetricRecord, Split, TrialSpec

NAP_SECONDS = 5.0


def do_nothing(directory: Path) -> None:
    """A trial that is over at once."""
    _run(directory, 0.0)


def nap(directory: Path) -> None:
    """A trial that takes its time and no processor."""
    _run(directory, NAP_SECONDS)


def _run(directory: Path, seconds: float) -> None:
    from ablate.jobs import worker
    from ablate.training import Outcome

    def train(_spec: TrialSpec, journal: Any, **_: Any) -> Outcome:
        time.sleep(seconds)
        for split in Split:
            journal.append(MetricRecord(step=1, split=split, time=time.time(), values={"accuracy": 0.5, "loss": 1.0}))
        return Outcome(Costs(parameters=1, macs=1), {}, seconds, peak_memory_bytes=None)

    worker.train = train
    worker.run_as_process(directory)
