"""What differs between two runs besides their numbers: what they ran on, and what they found in the data and model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import chain
from typing import NamedTuple, TypeVar

from ablate.specs import Costs, Environment, Split, SplitRecord

DIGITS = 12
"""As much of a digest as is shown."""

NOTHING = "unknown"

Compared = TypeVar("Compared")

INDIFFERENT = frozenset({"cores", "machine"})
"""Hardware that decides no bit, as long as threads, device and processor are the same."""


class Difference(NamedTuple):
    """Something that is not as it was; `is_decisive`: numbers may depend on it."""

    what: str
    then: str
    now: str
    is_decisive: bool = True


def compare_environments(then: Environment, now: Environment) -> tuple[Difference, ...]:
    """Code, hardware and packages, where they differ.

    The commit decides nothing where the digest of the code is known of both; the processor nothing on a GPU.
    """
    return (*_compare_code(then, now), *_compare_hardware(then, now), *_compare_packages(then, now))


def compare_processes(then: int, now: int) -> tuple[Difference, ...]:
    """How many processes shared a batch."""
    return _differing("processes", then, now)


def compare_costs(then: Costs, now: Costs) -> tuple[Difference, ...]:
    """Parameters and multiply-accumulates."""
    return (
        *_differing("parameters", then.parameters, now.parameters),
        *_differing("multiply-accumulates", then.macs, now.macs),
    )


def compare_splits(then: Mapping[Split, SplitRecord], now: Mapping[Split, SplitRecord]) -> tuple[Difference, ...]:
    """Which images every split held, as far as both runs tell."""
    common = [split for split in Split if split in then and split in now]
    pairs = (_differing(f"images of {split}", then[split], now[split], _images) for split in common)
    return tuple(chain.from_iterable(pairs))


def _compare_code(then: Environment, now: Environment) -> tuple[Difference, ...]:
    is_known = then.code is not None and now.code is not None
    code = _differing("code", then.code, now.code, _digest) if is_known else ()
    commit = _differing("commit", then.commit, now.commit, _digest, is_decisive=not is_known)
    before, after = (then.is_clean, then.diff), (now.is_clean, now.diff)
    return (*code, *commit, *_differing("uncommitted changes", before, after, _changes, is_decisive=not is_known))


def _compare_hardware(then: Environment, now: Environment) -> tuple[Difference, ...]:
    has_gpu = "gpu" in then.hardware and "gpu" in now.hardware
    indifferent = INDIFFERENT | {"processor"} if has_gpu else INDIFFERENT
    found: list[Difference] = []
    for name in dict.fromkeys((*then.hardware, *now.hardware)):
        before, after = then.hardware.get(name), now.hardware.get(name)
        found += _differing(name, before, after, _text, is_decisive=name not in indifferent)
    return tuple(found)


def _compare_packages(then: Environment, now: Environment) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for name in sorted(then.packages.keys() | now.packages.keys()):
        found += _differing(name, then.packages.get(name), now.packages.get(name), _text)
    return tuple(found)


def _differing(
    what: str, then: Compared, now: Compared, shown: Callable[[Compared], str] = str, *, is_decisive: bool = True
) -> tuple[Difference, ...]:
    return () if then == now else (Difference(what, shown(then), shown(now), is_decisive),)


def _digest(text: str | None) -> str:
    return NOTHING if text is None else text[:DIGITS]


def _changes(state: tuple[bool | None, str | None]) -> str:
    is_clean, diff = state
    if is_clean is None:
        return NOTHING
    return "none" if is_clean else f"some ({_digest(diff)})"


def _images(split: SplitRecord) -> str:
    """How many, of each class, and which."""
    of = f" of {split.content[:DIGITS]}" if split.content else ""
    return f"{split.images} ({'+'.join(map(str, split.images_per_class))}, {split.fingerprint[:DIGITS]}{of})"


def _text(value: object) -> str:
    if value is None:
        return "absent"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
