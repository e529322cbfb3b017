"""The seeds of a study file: how many, or which."""

from __future__ import annotations

from ablate.study.tree import Items, Scalar, Tree
from ablate.study.words import arrived

MOST_SEEDS = 10_000
LARGEST_SEED = 2**32 - 1  # what every generator takes


def read_seeds(tree: Tree) -> tuple[int, ...]:
    """`5` is 0, 1, 2, 3, 4; a list is itself."""
    if isinstance(tree, Items):
        return _read_list(tree)
    value = tree.value if isinstance(tree, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SEEDS:
        return tuple(range(value))
    raise tree.place.error(f"seeds: expected how many (1 to {MOST_SEEDS:,}), or a list of seeds, got {arrived(tree)}")


def _read_list(tree: Items) -> tuple[int, ...]:
    if not tree.items:
        raise tree.place.error("seeds: expected at least one seed, got an empty list")
    if len(tree.items) > MOST_SEEDS:
        raise tree.place.error(f"seeds: expected at most {MOST_SEEDS:,} seeds, got {len(tree.items):,}")
    seeds: dict[int, None] = {}
    for item in tree.items:
        value = item.value if isinstance(item, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_SEED:
            raise item.place.error(f"seeds: expected whole numbers from 0 to {LARGEST_SEED}, got {arrived(item)}")
        if value in seeds:
            raise item.place.error(f"seeds: expected different seeds, got {value} twice")
        seeds[value] = None
    return tuple(seeds)
