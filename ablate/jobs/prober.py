"""What a prober is: it measures configurations without running a trial. The counterpart of an executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ablate.jobs.executor import Slot
from ablate.specs import Configuration, Costs, Failure
from ablate.specs.probe import Machine, Probe

OnDone = Callable[[int], None]
"""Hears of each configuration, by its place, as it is done."""


def nobody(_place: int) -> None:
    """Nobody listens."""


class Prober(Protocol):
    """Measures configurations; what one of them cannot do is its `Failure`, and the others go on."""

    @property
    def machine(self) -> Machine:
        """What there is to compute on."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every place that a run has for a job. Raises `InputError` if more is asked for than is there."""

    def costs(self, configurations: Sequence[Configuration]) -> list[Costs | Failure]:
        """Parameters and multiply-accumulates of each, counted without weights."""

    def latencies(self, configurations: Sequence[Configuration]) -> list[float | Failure]:
        """Median seconds of one forward pass of each, one after another, so that none slows its neighbour."""

    def probe(
        self, configurations: Sequence[Configuration], seed: int, on_done: OnDone = nobody
    ) -> list[Probe | Failure]:
        """A few training steps of each; every slot is kept busy, as in a run, so the times are those of a run."""
