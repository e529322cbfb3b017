"""Equal cost: for every combination the value of one setting at which its cost is that of the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from ablate.errors import InputError
from ablate.specs import Combination, Configuration, Match, Matched, Plan, identify
from ablate.study.ladder import Ladder, create_ladder

Measure = Callable[[Sequence[Configuration]], Sequence[float]]
"""The cost in question of every configuration; called once a round, for all combinations together."""

MOST_STEP = 2.0
"""How much a setting may grow or shrink between two looks at its cost while the target is not yet between two."""


def match(plan: Plan, measure: Measure) -> Plan:
    """The plan with every combination at the cost that the study asks for, as near as its setting allows.

    The cost is taken to grow with the setting. The nearest value is taken, of two equally near the smaller; where it
    is outside the tolerance, `matched.is_met` is false. Combinations that become one configuration are one, with the
    later choices as aliases. Without `match` in the study the plan comes back as it is.

    Raises `InputError` if the setting holds no number to scale.
    """
    wanted = plan.study.match
    if wanted is None:
        return plan
    target = _target(plan, wanted, measure)
    searches = {
        combination.hash: _Search(create_ladder(combination.resolved, wanted.vary), target)
        for combination in plan.combinations
        if not _is_fixed(combination, wanted)
    }
    _run(list(searches.values()), measure)
    combinations = [
        _conclude(plan, wanted, combination, target, searches.get(combination.hash))
        for combination in plan.combinations
    ]
    return plan.model_copy(update={"combinations": _merged(combinations)})


def _is_fixed(combination: Combination, wanted: Match) -> bool:
    return combination.is_baseline and wanted.to == "baseline"


def _target(plan: Plan, wanted: Match, measure: Measure) -> float:
    if wanted.to != "baseline":
        return wanted.to
    baseline = next((c for c in plan.combinations if c.is_baseline), None)
    if baseline is None:
        raise InputError("match.to is baseline, and the plan has none: give the cost as a number")
    return measure([baseline.resolved])[0]


@dataclass
class _Search:
    """The search for one combination: the costs known so far, by rung of its ladder."""

    ladder: Ladder
    target: float
    costs: dict[int, float] = field(default_factory=dict)
    rounds: int = 0

    def ask(self) -> list[int]:
        """The rungs whose cost is needed next; none when the search is over."""
        self.rounds += 1
        if not self.costs:
            return [self.ladder.own]
        top = len(self.ladder.values)
        above = min((rung for rung, cost in self.costs.items() if cost >= self.target), default=top)
        below = max((rung for rung, cost in self.costs.items() if cost < self.target and rung < above), default=-1)
        if above == top:
            return self._step(below, below, top, MOST_STEP)
        if below == -1:
            return self._step(above, -1, above, 1 / MOST_STEP)
        return self._narrow(below, above) or self._look_around(below, above)

    def best(self) -> int:
        """The rung whose cost is nearest to the target."""
        return min(self.costs, key=lambda rung: (abs(self.costs[rung] / self.target - 1), rung))

    def _step(self, rung: int, low: int, high: int, most: float) -> list[int]:
        """On towards the target: a bit farther than if the cost were proportional to the setting."""
        ratio = (self.target / self.costs[rung]) ** 1.1
        factor = min(most, max(ratio, 1.1)) if most > 1 else max(most, min(ratio, 1 / 1.1))
        guess = self.ladder.nearest(self.ladder.scales[rung] * factor)
        usable = self.ladder.usable(guess, low, high)
        return [] if usable is None else [usable]

    def _narrow(self, below: int, above: int) -> list[int]:
        """Two neighbours where the power law through the ends of the bracket puts the target; by turns its middle."""
        aim = self._interpolate(below, above)
        guess = (below + above) // 2 if self.rounds % 3 == 0 else self.ladder.nearest(aim)
        first = self.ladder.usable(guess, below, above)
        if first is None:
            return []
        is_low = self.ladder.scales[first] <= aim
        second = self.ladder.usable(first + 1, first, above) if is_low else self.ladder.usable(first - 1, below, first)
        return [first] if second is None else [first, second]

    def _interpolate(self, below: int, above: int) -> float:
        low, high = (math.log(self.costs[rung]) for rung in (below, above))
        start, end = (math.log(self.ladder.scales[rung]) for rung in (below, above))
        return math.exp(start + (math.log(self.target) - low) / (high - low) * (end - start))

    def _look_around(self, below: int, above: int) -> list[int]:
        """The next rungs outside the bracket: a measured cost need not grow at every one."""
        top = len(self.ladder.values)
        around = (self.ladder.usable(below - 1, -1, below), self.ladder.usable(above + 1, above, top))
        return [rung for rung in around if rung is not None and rung not in self.costs]


def _run(searches: Sequence[_Search], measure: Measure) -> None:
    """All searches side by side, one call of `measure` a round."""
    while True:
        asked = [
            (search, rung, configuration)
            for search in searches
            for rung in search.ask()
            if (configuration := search.ladder.at(rung)) is not None
        ]
        if not asked:
            return
        costs = measure([configuration for _, _, configuration in asked])
        for (search, rung, _), cost in zip(asked, costs, strict=True):
            search.costs[rung] = cost


def _conclude(
    plan: Plan, wanted: Match, combination: Combination, target: float, search: _Search | None
) -> Combination:
    ladder = search.ladder if search else create_ladder(combination.resolved, wanted.vary)
    rung, reached = (search.best(), search.costs[search.best()]) if search else (ladder.own, target)
    configuration = ladder.at(rung) or combination.resolved
    value: JsonValue = ladder.values[rung]
    matched = Matched(
        cost=wanted.cost,
        target=target,
        reached=reached,
        setting=wanted.vary,
        value=value,
        is_met=abs(reached / target - 1) <= wanted.tolerance,
    )
    return combination.model_copy(
        update={
            "configuration": configuration,
            "hash": identify(configuration, plan.study.tune),
            "matched": matched,
        }
    )


def _merged(combinations: Sequence[Combination]) -> tuple[Combination, ...]:
    """One combination for each configuration; the baseline's choice leads where it is among them."""
    by_hash: dict[str, Combination] = {}
    for combination in combinations:
        earlier = by_hash.get(combination.hash)
        if earlier is None:
            by_hash[combination.hash] = combination
            continue
        first, second = (combination, earlier) if combination.is_baseline else (earlier, combination)
        aliases = (*first.aliases, second.choice, *second.aliases)
        by_hash[combination.hash] = first.model_copy(update={"aliases": aliases})
    return tuple(by_hash.values())
