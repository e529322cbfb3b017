"""Switches that change nothing: levels of a factor between which no probed step could tell a difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from ablate.specs import Choice, Factor
from ablate.specs.probe import Checked, IdleSwitch


def find_idle(factors: Sequence[Factor], checked: Sequence[Checked]) -> tuple[IdleSwitch, ...]:
    """Pairs of levels that some combinations differ in alone, with equal fingerprints although they are told apart.

    Combinations that resolve to the same configuration are one already, and never a pair.
    """
    return tuple(switch for factor in factors for switch in _of_factor(factor, checked))


def _of_factor(factor: Factor, checked: Sequence[Checked]) -> list[IdleSwitch]:
    """Where everything but this factor is equal: which of its levels have one fingerprint."""
    groups: dict[tuple[tuple[str, str], ...], list[Checked]] = defaultdict(list)
    for item in checked:
        if item.probe is not None:
            groups[tuple(pair for pair in item.choice.items() if pair[0] != factor.name)].append(item)
    order = {level.label: place for place, level in enumerate(factor.levels)}
    equal: dict[tuple[str, str], list[Choice]] = defaultdict(list)
    met: dict[tuple[str, str], int] = defaultdict(int)
    for others, items in groups.items():
        items.sort(key=lambda item: order[item.choice[factor.name]])
        for first, second in combinations(items, 2):
            levels = first.choice[factor.name], second.choice[factor.name]
            met[levels] += 1
            if _is_same(first, second):
                equal[levels].append(dict(others))
    return [
        IdleSwitch(factor=factor.name, levels=levels, others=tuple(places), is_everywhere=len(places) == met[levels])
        for levels, places in equal.items()
    ]


def _is_same(first: Checked, second: Checked) -> bool:
    if first.probe is None or second.probe is None:
        return False
    return first.probe.fingerprint == second.probe.fingerprint
