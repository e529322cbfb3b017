"""Whether every combination can be run with all that may be tuned."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from ablate.specs import Plan, Range, Tune
from ablate.study.refusals import Fault
from ablate.study.resolving import with_settings
from ablate.study.scalars import show


def find_tuning_fault(plan: Plan) -> Fault | None:
    """The first tuned value that a combination cannot be run with, or None.

    Each setting is looked at by itself: of a range the ends, of a list every value.
    """
    if plan.study.tune is None:
        return None
    for path, value in _extremes(plan.study.tune):
        for combination in plan.combinations:
            reason = with_settings(combination.resolved, [(path, value)]).refusal()
            if reason is not None:
                return Fault(
                    f"tune: {path} {show(value)} cannot be run with {combination.label()}: {reason}", ("tune", path)
                )
    return None


def _extremes(tune: Tune) -> Iterator[tuple[str, JsonValue]]:
    for path, domain in tune.settings.items():
        if isinstance(domain, Range):
            for end in (domain.low, domain.high):
                yield path, int(end) if domain.is_whole else end
        else:
            for value in domain.values:
                yield path, value
