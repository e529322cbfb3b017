"""Boxes, curves and labels on paper."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.reporting.figures.geometry import Box, Curve, go_around, place_labels

PAGE = (10.0, 10.0)


def test_boxes_overlap_where_they_share_a_point_or_come_too_close() -> None:
    box = Box((0, 0), 2, 1)
    assert box.overlaps(Box((1.5, 0.9), 2, 1))
    assert not box.overlaps(Box((2.1, 0), 2, 1))
    assert box.overlaps(Box((2.1, 0), 2, 1), gap=0.2)
    assert not box.overlaps(Box((0, 1.1), 2, 1))


def test_a_curve_starts_and_ends_where_it_should_and_its_middle_leaves_the_chord_by_its_bend() -> None:
    curve = Curve((1, 1), (5, 1), bend=0.25)
    np.testing.assert_allclose(curve.at([0.0, 0.5, 1.0]), [(1, 1), (3, 2), (5, 1)])
    np.testing.assert_allclose(Curve((1, 1), (5, 3)).at(0.25), [(2, 1.5)])


def test_what_is_seen_of_a_curve_lies_outside_the_boxes_at_its_ends() -> None:
    one, other = Box((1, 1), 1, 1), Box((5, 1), 2, 1)
    seen = Curve((1, 1), (5, 1)).between(one, other)
    np.testing.assert_allclose(seen, [(1.5, 1), (4, 1)], atol=0.03)
    bent = Curve((1, 1), (5, 1), 0.2).between(one, other)
    assert len(bent) > 50
    assert not one.holds(bent).any()


def test_a_line_goes_around_what_is_in_its_way_but_stays_on_the_page() -> None:
    assert go_around((1, 5), (9, 5), [Box((5, 7), 1, 1)], PAGE).bend == 0
    obstacle = Box((5, 5.45), 1, 1)
    curve = go_around((1, 5), (9, 5), [obstacle], PAGE)
    assert curve.bend == -0.12
    assert not obstacle.holds(curve.at(np.linspace(0, 1, 99))).any()
    low = go_around((1, 0.5), (9, 0.5), [Box((5, 1), 1, 1.2)], PAGE)
    assert low.bend == 0.22


def test_labels_stand_on_their_curves_and_on_nothing_else() -> None:
    seed = 7
    generator = np.random.default_rng(seed)
    for _ in range(20):
        points = [(float(x), float(y)) for x, y in generator.uniform(1, 9, size=(8, 2))]
        nodes = [Box(point, 0.8, 0.4) for point in points]
        curves = [Curve(points[place], points[place - 1]) for place in range(8)]
        labels = place_labels(curves, [(0.9, 0.15)] * 8, nodes, PAGE)
        placed = [box for box in labels if box is not None]
        for place, (curve, box) in enumerate(zip(curves, labels, strict=True)):
            if box is not None:
                distance = np.hypot(*(curve.at(np.linspace(0, 1, 2001)) - box.centre).T).min()
                assert distance < 0.01, (seed, place)
                assert not any(box.overlaps(node) for node in nodes), (seed, place)
                assert sum(box.overlaps(other) for other in placed) == 1, (seed, place)


@pytest.mark.parametrize(("size", "end"), [((9.9, 0.2), (9, 5)), ((0.5, 0.2), (2.2, 5))])
def test_a_label_without_room_is_left_out(size: tuple[float, float], end: tuple[float, float]) -> None:
    nodes = [Box((1, 5), 1, 1), Box(end, 1, 1)]
    assert place_labels([Curve((1, 5), end)], [size], nodes, PAGE) == [None]
    assert place_labels([Curve((1, 5), end)], [None], nodes, PAGE) == [None]
