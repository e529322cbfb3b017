"""Settings that a study file gives and nothing reads, so that they would silently do nothing."""

from __future__ import annotations

from ablate.specs import Plan
from ablate.study.refusals import Fault
from ablate.study.tree import Group

_DECIDING = frozenset({"training.optimizer", "training.schedule", "training.warmup_epochs"})
"""Settings that decide what is read."""


def find_unread(root: Group, plan: Plan) -> Fault | None:
    """The first setting of `training` that the file gives itself and no combination reads, or None.

    What comes from a recipe may go unread: it is there for whoever keeps the recipe's optimizer and schedule.
    """
    training, recipe = root.entries.get("training"), root.entries.get("recipe")
    tuned = plan.study.tune.settings if plan.study.tune else ()
    if training is None or not isinstance(training.tree, Group) or not _DECIDING.isdisjoint(tuned):
        return None
    trainings = [combination.resolved.training for combination in plan.combinations]
    for key, entry in training.tree.entries.items():
        is_own = recipe is None or entry.place is not recipe.tree.place
        if is_own and all(getattr(spec, key) != getattr(spec.canonical(), key) for spec in trainings):
            keys = ("training", key)
            return Fault(
                f"training.{key} changes nothing: no combination's optimizer or schedule reads it: take it out", keys
            )
    return None
