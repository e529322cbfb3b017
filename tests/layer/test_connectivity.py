from __future__ import annotations

import pytest
import torch

from ablate.layer.connectivity import Blocks, block_axis, find_neighbours
from ablate.specs import Connectivity, LayerSpec

HEIGHT, WIDTH = 5, 7


def expected(spec: LayerSpec, here: int, there: int) -> bool:
    """Whether two positions are neighbours, said once more, pair by pair."""
    (y, x), (v, u) = divmod(here, WIDTH), divmod(there, WIDTH)
    if spec.connectivity is Connectivity.GLOBAL:
        return True
    if spec.connectivity is Connectivity.POINT:
        return here == there
    if spec.connectivity is Connectivity.SLIDING:
        return max(abs(y - v), abs(x - u)) <= spec.window // 2
    moved = spec.window // 2 if spec.shift else 0
    return all((a - moved) // spec.window == (b - moved) // spec.window for a, b in ((y, v), (x, u)))


SPECS = [
    LayerSpec(connectivity="sliding", window=3),
    LayerSpec(connectivity="sliding", window=5),
    LayerSpec(connectivity="block", window=2),
    LayerSpec(connectivity="block", window=3),
    LayerSpec(connectivity="block", window=3, shift=True),
    LayerSpec(connectivity="block", window=4, shift=True),
    LayerSpec(connectivity="global"),
    LayerSpec(connectivity="point"),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.connectivity}-{s.window}-{s.shift}")
class TestTables:
    def test_the_present_neighbours_are_those_of_the_definition(self, spec: LayerSpec) -> None:
        tables = find_neighbours(spec, HEIGHT, WIDTH)
        for here in range(HEIGHT * WIDTH):
            found = tables.indices[here][tables.present[here]].tolist()
            assert found == [there for there in range(HEIGHT * WIDTH) if expected(spec, here, there)]

    def test_an_offset_number_stands_for_one_difference_of_positions(self, spec: LayerSpec) -> None:
        tables = find_neighbours(spec, HEIGHT, WIDTH)
        differences: dict[int, set[tuple[int, int]]] = {}
        for here, k in tables.present.nonzero().tolist():
            (y, x), (v, u) = divmod(here, WIDTH), divmod(int(tables.indices[here, k]), WIDTH)
            differences.setdefault(int(tables.offsets[here, k]), set()).add((v - y, u - x))
        assert all(len(found) == 1 for found in differences.values())
        in_order = [next(iter(differences[number])) for number in sorted(differences)]
        assert in_order == sorted(in_order), "offsets are numbered row by row from the most negative"
        assert len(set(in_order)) == len(in_order)

    def test_the_counts_are_those_that_planning_reckons_with(self, spec: LayerSpec) -> None:
        tables = find_neighbours(spec, HEIGHT, WIDTH)
        assert tables.indices.shape == (HEIGHT * WIDTH, spec.neighbours(HEIGHT, WIDTH))
        assert tables.offset_count == spec.offsets(HEIGHT, WIDTH)
        assert 0 <= int(tables.offsets.min()) <= int(tables.offsets.max()) < tables.offset_count

    def test_positions_of_one_window_have_places_of_their_own_in_it(self, spec: LayerSpec) -> None:
        tables = find_neighbours(spec, HEIGHT, WIDTH)
        places = list(zip(tables.windows.tolist(), tables.slots.tolist(), strict=True))
        assert len(set(places)) == HEIGHT * WIDTH
        assert set(tables.windows.tolist()) == set(range(tables.window_count))


def test_a_neighbour_of_a_block_keeps_its_place_in_every_window() -> None:
    tables = find_neighbours(LayerSpec(connectivity="block", window=3, shift=True), HEIGHT, WIDTH)
    for here, k in tables.present.nonzero().tolist():
        assert int(tables.slots[tables.indices[here, k]]) == k


def test_windows_along_an_axis_start_anew_without_wrapping_when_shifted() -> None:
    assert block_axis(7, 3, shift=False) == Blocks(before=0, after=2, number=3)
    assert block_axis(7, 3, shift=True) == Blocks(before=2, after=0, number=3)
    assert block_axis(8, 4, shift=True) == Blocks(before=2, after=2, number=3)


def test_an_axis_that_one_window_covers_is_not_shifted() -> None:
    assert block_axis(3, 3, shift=True) == Blocks(before=0, after=0, number=1)
    covered = find_neighbours(LayerSpec(connectivity="block", window=3, shift=True), 3, 7)
    assert covered.window_count == 3


def test_tables_made_in_inference_mode_serve_training_too() -> None:
    spec = LayerSpec(connectivity="sliding", window=3)
    with torch.inference_mode():
        tables = find_neighbours(spec, 11, 13)
    assert not tables.indices.is_inference()
