"""The values that one numeric setting can take between small and large, for the search of an equal cost."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field

from pydantic import JsonValue

from ablate.errors import InputError
from ablate.specs import Configuration, Sharing

MOST_SCALE = 16
"""How far from its own value a setting is scaled, either way."""

FLOAT_DIGITS = 2
"""Digits after the first that are tried of a setting that is no whole number: 2.0 goes to 2.01, not to 2.001."""


@dataclass(frozen=True)
class Ladder:
    """One configuration with a growing `setting`: rung by rung `values`, its own at rung `own`.

    `scales` are the sizes of the rungs relative to its own. Some rungs may be refused by the configuration.
    """

    configuration: Configuration
    setting: str
    values: tuple[JsonValue, ...]
    scales: tuple[float, ...]
    own: int
    _known: dict[int, Configuration | None] = field(default_factory=dict, repr=False, compare=False)

    def at(self, rung: int) -> Configuration | None:
        """The configuration with the value of that rung, or None if it cannot be run."""
        if rung not in self._known:
            candidate = _replaced(self.configuration, self.setting, self.values[rung])
            self._known[rung] = None if candidate.refusal() else candidate
        return self._known[rung]

    def nearest(self, scale: float) -> int:
        """The rung whose scale is nearest in ratio, whether it can be run or not."""
        after = bisect.bisect_left(self.scales, scale)
        around = [rung for rung in (after - 1, after) if 0 <= rung < len(self.scales)]
        return min(around, key=lambda rung: abs(math.log(self.scales[rung] / scale)))

    def usable(self, rung: int, low: int, high: int) -> int | None:
        """The rung strictly between `low` and `high` that can be run, the nearest to `rung`; None if there is none."""
        for distance in range(high - low):
            for near in (rung - distance, rung + distance):
                if low < near < high and self.at(near) is not None:
                    return near
        return None


def create_ladder(configuration: Configuration, setting: str) -> Ladder:
    """The ladder of one setting.

    Whole numbers grow by 1, a list of them in proportion, each entry rounded to the nearest; widths stay multiples of
    the heads that share them. Other numbers grow by a hundredth of their leading digit.

    Raises `InputError` if the setting holds no number to scale.
    """
    value = _read(configuration, setting)
    match value:
        case bool():
            raise _unfit(setting, value)
        case int() if value > 0:
            rows = _whole([value], [1])
            values: list[JsonValue] = [row[0] for row in rows]
            scales = [row[0] / value for row in rows]
        case float() if value > 0:
            numbers = _decimal(value)
            values, scales = [*numbers], [number / value for number in numbers]
        case [*entries] if entries and all(isinstance(entry, int) and entry > 0 for entry in entries):
            whole = [entry for entry in entries if isinstance(entry, int)]
            rows = _whole(whole, _steps(configuration, setting, len(whole)))
            values = [[*row] for row in rows]
            scales = [sum(row) / sum(whole) for row in rows]
        case _:
            raise _unfit(setting, value)
    return Ladder(configuration, setting, tuple(values), tuple(scales), values.index(value))


def _unfit(setting: str, value: JsonValue) -> InputError:
    return InputError(
        f"match.vary {setting} is {value!r} in a combination: expected a positive number or a list of positive whole "
        "numbers, such as model.widths; vary another setting"
    )


def _steps(configuration: Configuration, setting: str, count: int) -> list[int]:
    """By how much each entry of a list grows: widths by the number of heads where channels of a head share weights."""
    model = configuration.model
    if setting != "model.widths" or model.layer.sharing not in (Sharing.HEAD, Sharing.BOTH):
        return [1] * count
    return list(model.heads_per_stage or (model.layer.heads,) * count)


def _whole(base: list[int], steps: list[int]) -> list[tuple[int, ...]]:
    """Every multiple of `base`, rounded to multiples of `steps`, in growing order; at least one step each."""
    row = [max(step, _round(entry / MOST_SCALE, step)) for entry, step in zip(base, steps, strict=True)]
    changes: dict[float, list[int]] = {}
    for place, (entry, step) in enumerate(zip(base, steps, strict=True)):
        for count in range(row[place] // step + 1, entry * MOST_SCALE // step + 1):
            changes.setdefault((2 * count - 1) * step / (2 * entry), []).append(place)
    rows = [tuple(row)]
    for scale in sorted(changes):
        for place in changes[scale]:
            row[place] += steps[place]
        rows.append(tuple(row))
    return rows


def _round(number: float, step: int) -> int:
    return math.floor(number / step + 0.5) * step


def _decimal(base: float) -> list[float]:
    digits = FLOAT_DIGITS - math.floor(math.log10(base))
    step = 10.0**-digits
    first, last = math.ceil(base / MOST_SCALE / step), math.floor(base * MOST_SCALE / step)
    return sorted({base, *(round(count * step, max(digits, 0)) for count in range(max(first, 1), last + 1))})


def _read(configuration: Configuration, setting: str) -> JsonValue:
    value: JsonValue = configuration.model_dump(mode="json")
    for key in setting.split("."):
        if not isinstance(value, dict) or key not in value:
            raise InputError(f"match.vary {setting}: there is no such setting; name one such as model.widths")
        value = value[key]
    return value


def _replaced(configuration: Configuration, setting: str, value: JsonValue) -> Configuration:
    fields: dict[str, JsonValue] = configuration.model_dump(mode="json")
    *above, last = setting.split(".")
    inner = fields
    for key in above:
        deeper = inner[key]
        if not isinstance(deeper, dict):
            raise InputError(f"match.vary {setting}: there is no such setting; name one such as model.widths")
        inner = deeper
    inner[last] = value
    return Configuration.model_validate(fields)
