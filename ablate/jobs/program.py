"""An attempt at a trial of one's own program: what it is given, and what it leaves."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ablate.jobs.files import writing
from ablate.jobs.journal import Journal, read_metrics
from ablate.programs import Given, IsStopping, Kept, Reporter, run_program
from ablate.specs import Costs, JobSpec, Measures, ProgramSpec, Split, SplitRecord

CONFIGURATION = "configuration.json"


class ProgramOutcome(NamedTuple):
    """What is known of a program that ended well, besides its metrics.

    `training_seconds` are those of the whole program; None where it went on from what an earlier attempt had done.
    """

    training_seconds: float | None
    costs: Costs = Costs(parameters=None, macs=None)
    splits: dict[Split, SplitRecord] = {}
    peak_memory_bytes: int | None = None
    measures: Measures = Measures()


def carry_out_program(
    program: ProgramSpec, spec: JobSpec, journal: Journal, kept: Kept, is_stopping: IsStopping, earlier: Sequence[Path]
) -> ProgramOutcome:
    """Run the program to its end. `earlier` are the directories of the attempts before this one, in their order.

    The generators that libraries share are seeded with the trial's seed, or every replicate would draw the same: jobs
    are forked from one process.

    Raises what `run_program` does.
    """
    configuration, seed = spec.trial.configuration, spec.trial.seed
    journal.require_current()
    with writing(journal.directory):
        directory = kept.take_up()
    given = Given(
        program=program,
        configuration=configuration,
        seed=seed,
        directory=directory,
        configuration_file=(journal.directory / CONFIGURATION).resolve(),
        threads=spec.threads,
    )
    torch.set_num_threads(spec.threads)
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    reporter = Reporter(journal, _first_step(earlier) if kept.is_handed_on else None)
    began = time.monotonic()
    run_program(given, reporter, is_stopping, spec.scored)
    return ProgramOutcome(None if kept.is_handed_on else time.monotonic() - began)


def _first_step(earlier: Sequence[Path]) -> int | None:
    """Where the last of the attempts that reported anything began."""
    for directory in reversed(earlier):
        records = read_metrics(directory, is_over=True).records
        if records:
            return records[0].step
    return None
