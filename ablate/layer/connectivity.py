"""Who is mixed with whom: index tables of every neighbourhood, built axis by axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, assert_never

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from ablate.specs import Connectivity, LayerSpec


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The neighbours of every position of a map; positions are numbered row by row.

    `indices[i, k]` is the position of neighbour k of position i, 0 where `present[i, k]` is false. `offsets[i, k]`
    numbers neighbour - position, row by row from the most negative. `slots[i]` is the place of i in its window
    and `windows[i]` the window; away from blocks the whole map is one window.
    """

    indices: Int[Tensor, "positions neighbours"]
    present: Bool[Tensor, "positions neighbours"]
    offsets: Int[Tensor, "positions neighbours"]
    slots: Int[Tensor, " positions"]
    windows: Int[Tensor, " positions"]
    offset_count: int
    window_count: int


class Blocks(NamedTuple):
    """The windows along one axis: empty places before the first and after the last position, and how many windows."""

    before: int
    after: int
    number: int


class _Axis(NamedTuple):
    neighbours: Tensor
    offsets: Tensor
    slots: Tensor
    windows: Tensor
    offset_count: int
    slot_count: int
    window_count: int


def find_neighbours(spec: LayerSpec, height: int, width: int, device: torch.device | str = "cpu") -> Neighbourhood:
    """The tables of a layer on a map of `height` x `width` positions. Kept, so do not write into them."""
    return _find(spec.connectivity, spec.window, spec.shift, height, width, str(device))


def block_axis(length: int, window: int, *, shift: bool) -> Blocks:
    """Windows along an axis of `length` positions.

    A shift moves the partition's origin by window // 2 without wrapping, so the windows at both ends are partial.
    An axis that one window covers is not shifted (as in Swin).
    """
    moved = window // 2 if shift and window < length else 0
    before = window - moved if moved else 0
    count = -(-(before + length) // window)
    return Blocks(before, count * window - before - length, count)


@lru_cache(maxsize=128)
def _find(connectivity: Connectivity, window: int, shift: bool, height: int, width: int, device: str) -> Neighbourhood:  # noqa: FBT001
    with torch.inference_mode(mode=False), torch.device("cpu"):
        rows = _axis(connectivity, window, height, shift=shift)
        columns = _axis(connectivity, window, width, shift=shift)
        present = _combine(
            (rows.neighbours >= 0) & (rows.neighbours < height),
            (columns.neighbours >= 0) & (columns.neighbours < width),
        )
        indices = _combine(rows.neighbours * width, columns.neighbours)
        return Neighbourhood(
            indices=indices.where(present, 0).to(device),
            present=present.to(device),
            offsets=_combine(rows.offsets * columns.offset_count, columns.offsets).to(device),
            slots=_combine(rows.slots[:, None] * columns.slot_count, columns.slots[:, None])[:, 0].to(device),
            windows=_combine(rows.windows[:, None] * columns.window_count, columns.windows[:, None])[:, 0].to(device),
            offset_count=rows.offset_count * columns.offset_count,
            window_count=rows.window_count * columns.window_count,
        )


def _combine(rows: Tensor, columns: Tensor) -> Tensor:
    """Sum (or conjunction) over all pairs of a row entry and a column entry: [H, A], [W, B] -> [H * W, A * B]."""
    left, right = rows[:, None, :, None], columns[None, :, None, :]
    pairs = left & right if rows.dtype is torch.bool else left + right
    return pairs.flatten(2, 3).flatten(0, 1)


def _axis(connectivity: Connectivity, window: int, length: int, *, shift: bool) -> _Axis:
    positions = torch.arange(length)
    nowhere = torch.zeros_like(positions)
    match connectivity:
        case Connectivity.SLIDING | Connectivity.POINT:
            size = window if connectivity is Connectivity.SLIDING else 1
            steps = torch.arange(size)
            neighbours = positions[:, None] + steps - size // 2
            return _Axis(neighbours, steps.expand(length, size), positions, nowhere, size, length, 1)
        case Connectivity.BLOCK:
            blocks = block_axis(length, window, shift=shift)
            places = positions + blocks.before
            slots = places % window
            neighbours = (positions - slots)[:, None] + torch.arange(window)
            offsets = neighbours - positions[:, None] + window - 1
            return _Axis(neighbours, offsets, slots, places // window, 2 * window - 1, window, blocks.number)
        case Connectivity.GLOBAL:
            neighbours = positions.expand(length, length)
            offsets = neighbours - positions[:, None] + length - 1
            return _Axis(neighbours, offsets, positions, nowhere, 2 * length - 1, length, 1)
        case _:
            assert_never(connectivity)
