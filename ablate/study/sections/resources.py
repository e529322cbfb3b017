"""What a study file says about the means of its trials."""

from __future__ import annotations

from ablate.specs import Resources
from ablate.study.settings import check
from ablate.study.tree import Group, Tree
from ablate.study.words import arrived

_TOLERANCE = 0.02  # 0.33 is meant as a third, 0.14 as a seventh


def read_resources(tree: Tree) -> Resources:
    """The resources, with GPUs in whole numbers or equal parts."""
    resources = check(Resources, tree, "resources")
    gpus = resources.gpus_per_trial
    if gpus != "auto" and not _is_share(gpus) and isinstance(tree, Group):
        given = tree.entries["gpus_per_trial"].tree
        raise given.place.error(
            "resources.gpus_per_trial: expected a whole number of GPUs, or an equal part of one "
            f"(0.5, 0.33, 0.25, ...), got {arrived(given)}"
        )
    return resources


def _is_share(gpus: float) -> bool:
    """Whether it is a whole number, or one over a whole number."""
    if gpus == 0 or gpus >= 1:
        return gpus == round(gpus)
    return abs(1 / gpus - round(1 / gpus)) <= _TOLERANCE / gpus
