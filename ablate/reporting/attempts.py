"""What became of the attempts at the planned trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ablate.reporting.numerals import plural
from ablate.tracking.records import AttemptRecord, AttemptStatus


def attempts_sentence(attempts: Sequence[AttemptRecord]) -> str:
    """How many there were and, where trials took more than one, why and what was saved."""
    total = f"{plural(len(attempts), 'attempt')} at these trials"
    repeated = len(attempts) - len({attempt.trial for attempt in attempts})
    if not repeated:
        return f"{total}."
    return (
        f"{total}; {repeated} of them repeated a trial whose earlier attempt was lost, stopped or failed"
        f"{_endings(attempts)}."
    )


def _endings(attempts: Sequence[AttemptRecord]) -> str:
    """` (2 lost, 1 stopped; 3 went on from a checkpoint)`."""
    counts = Counter(attempt.status for attempt in attempts)
    by_machine = sum(attempt.is_infrastructure for attempt in attempts)
    resumed = sum(attempt.resumed is not None for attempt in attempts)
    parts = [
        (counts[AttemptStatus.LOST], "lost"),
        (counts[AttemptStatus.STOPPED], "stopped"),
        (by_machine, "failed by the machine"),
        (counts[AttemptStatus.FAILED] - by_machine, "failed"),
    ]
    ended = ", ".join(f"{count} {word}" for count, word in parts if count)
    saved = f"{resumed} went on from a checkpoint" if resumed else ""
    said = "; ".join(part for part in (ended, saved) if part)
    return f" ({said})" if said else ""
