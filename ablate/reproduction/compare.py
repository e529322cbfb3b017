"""A run that was made again against what the database holds of the first."""

from __future__ import annotations

from typing import assert_never

from ablate.reproduction.numbers import compare_numbers
from ablate.reproduction.rerun import Rerun, count_processes, places
from ablate.reproduction.surroundings import (
    Difference,
    compare_costs,
    compare_environments,
    compare_processes,
    compare_splits,
)
from ablate.reproduction.verdict import Verdict
from ablate.specs import Failure, MetricRecord, process_count
from ablate.tracking.lookup import as_text
from ablate.tracking.records import OriginalRecord, TrialStatus

COMPLETE, CUT_SHORT = "complete", "cut short"


def compare(original: OriginalRecord, rerun: Rerun) -> Verdict:
    """How the trial ended, what it found, every number, and what both ran on."""
    return Verdict(
        curves=compare_numbers(original.records, _within_reach(original, rerun)),
        ending=_ending(original),
        facts=(*_compare_endings(original, rerun), *_compare_findings(original, rerun)),
        surroundings=_compare_surroundings(original, rerun),
    )


def _within_reach(original: OriginalRecord, rerun: Rerun) -> tuple[MetricRecord, ...]:
    """What the first run could have had: a trial that was cut short says nothing of what would have come after."""
    if original.status is not TrialStatus.PRUNED:
        return rerun.records
    reached = places(original.records)
    return tuple(record for record in rerun.records if not places([record]).isdisjoint(reached))


def _compare_findings(original: OriginalRecord, rerun: Rerun) -> tuple[Difference, ...]:
    """Beside the numbers; what one of the two does not tell is passed over."""
    if rerun.result is None:
        return ()
    then, now = original.costs, rerun.result.costs
    of_model = compare_costs(then, now) if then and now else ()
    return (*of_model, *compare_splits(original.splits, rerun.result.splits))


def _compare_surroundings(original: OriginalRecord, rerun: Rerun) -> tuple[Difference, ...] | None:
    if original.environment is None or rerun.result is None:
        return None
    configuration = original.trial.configuration
    then, now = (process_count(configuration, count) for count in (count_processes(original), rerun.slot.processes))
    return (*compare_processes(then, now), *compare_environments(original.environment, rerun.result.environment))


def _compare_endings(original: OriginalRecord, rerun: Rerun) -> tuple[Difference, ...]:
    """Of a trial that was cut short only whether it now ended in another way before it came as far."""
    failure = rerun.result.failure if rerun.result else None
    now = f"lost ({rerun.loss})" if rerun.loss is not None else _failed(failure) if failure else COMPLETE
    if original.status is TrialStatus.PRUNED:
        return () if now == COMPLETE else (Difference("it ended", CUT_SHORT, now),)
    then = _failed(original.failure) if original.failure else COMPLETE
    return () if then == now else (Difference("it ended", then, now),)


def _ending(original: OriginalRecord) -> str:
    """What goes before `all numbers are equal`."""
    match original.status:
        case TrialStatus.COMPLETE:
            return ""
        case TrialStatus.PRUNED:
            return "as far as the trial came before it was cut short, "
        case TrialStatus.FAILED:
            return f"{_failed(original.failure)} again, " if original.failure else ""
        case _:
            assert_never(original.status)


def _failed(failure: Failure) -> str:
    """As the database has it: NUL written out."""
    return as_text(f"failed ({failure.kind}: {failure.message})")
