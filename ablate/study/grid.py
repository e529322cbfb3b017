"""The choices of a full factorial that its rules leave: counted by arithmetic, and walked without visiting the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ablate.specs import Choice, Condition

MOST_STATES = 100_000


class Box(NamedTuple):
    """A part of the choices that a rule removes: those that meet the condition. `rule` is the rule's number."""

    rule: int
    condition: Condition


class Tangled(Exception):
    """So many rules hang together that counting what they leave would take too long."""


class Grid:
    """Every combination of `levels` (labels by factor), the first factor slowest, without those in a box.

    Boxes are in the order of their rules; what several match counts for the first.
    """

    def __init__(self, levels: Mapping[str, Sequence[str]], boxes: Sequence[Box]) -> None:
        self._names = list(levels)
        self._labels = list(levels.values())
        self._boxes = boxes
        self._sizes = [math.prod(map(len, self._labels[depth:])) for depth in range(len(levels) + 1)]
        self._last = [max(self._names.index(name) for name in box.condition) for box in boxes]
        self._tallies: dict[tuple[int, tuple[int, ...]], Counter[int | None]] = {}

    def tally(self) -> Counter[int | None]:
        """How many choices each rule removes, by its number, and under None how many are left.

        Raises: Tangled
        """
        return self._tally(0, tuple(range(len(self._boxes))))

    def walk(self) -> Iterator[Choice]:
        """The choices that are left, in order; the next one is found in time that does not grow with their number."""
        return self._walk(0, tuple(range(len(self._boxes))), {})

    def _walk(self, depth: int, open_boxes: tuple[int, ...], choice: Choice) -> Iterator[Choice]:
        if depth == len(self._names):
            yield dict(choice)
            return
        for label in self._labels[depth]:
            after = self._after(depth, open_boxes, label)
            if self._tally(depth + 1, after)[None]:
                choice[self._names[depth]] = label
                yield from self._walk(depth + 1, after, choice)

    def _tally(self, depth: int, open_boxes: tuple[int, ...]) -> Counter[int | None]:
        """What becomes of all completions of a choice of the first `depth` factors, which lies in `open_boxes`."""
        if not open_boxes:
            return Counter({None: self._sizes[depth]})
        if self._last[open_boxes[0]] < depth:
            return Counter({self._boxes[open_boxes[0]].rule: self._sizes[depth]})
        key = depth, open_boxes
        if key not in self._tallies:
            if len(self._tallies) >= MOST_STATES:
                raise Tangled
            total: Counter[int | None] = Counter()
            branches = Counter(self._after(depth, open_boxes, label) for label in self._labels[depth])
            for after, labels in branches.items():
                for rule, count in self._tally(depth + 1, after).items():
                    total[rule] += labels * count
            self._tallies[key] = total
        return self._tallies[key]

    def _after(self, depth: int, open_boxes: tuple[int, ...], label: str) -> tuple[int, ...]:
        """The boxes that a choice can still lie in; none after the first that it lies in for certain."""
        name = self._names[depth]
        still: list[int] = []
        for box in open_boxes:
            labels = self._boxes[box].condition.get(name)
            if labels is None or label in labels:
                still.append(box)
                if self._last[box] <= depth:
                    break
        return tuple(still)
