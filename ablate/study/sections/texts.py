"""Question, expectation, name and objective of a study file."""

from __future__ import annotations

import re

from ablate.specs import Direction, Metric, Objective, StudySpec
from ablate.study.scalars import clip, show
from ablate.study.settings import check
from ablate.study.tree import Place, Scalar, Tree
from ablate.study.words import arrived


def read_text(key: str, tree: Tree) -> str:
    """Text that says something."""
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value.strip():
        return tree.value.strip()
    raise tree.place.error(f"{key}: expected text, got {arrived(tree)}")


def read_objective(tree: Tree) -> Objective:
    """The objective; of a loss less is better unless the file says otherwise."""
    objective = check(Objective, tree, "objective")
    if objective.metric is Metric.LOSS and "direction" not in objective.model_fields_set:
        # less loss is better; the spec's default is the direction of its default metric
        return objective.model_copy(update={"direction": Direction.MINIMIZE})
    return objective


def check_name(name: str, place: Place, subject: str) -> str:
    """The name, if a directory and a database can go by it; `subject` begins the message.

    Raises: StudyError with a name that would do.
    """
    rule = StudySpec.model_json_schema()["properties"]["name"]
    if re.fullmatch(rule["pattern"], name) and len(name) <= rule["maxLength"]:
        return name
    tame = re.sub(r"[^a-z0-9_.=-]+", "-", name.lower()).strip("-_.=")[: rule["maxLength"]]
    hint = f"; did you mean {tame}?" if tame else ""
    raise place.error(
        f"{subject}: expected at most {rule['maxLength']} of a-z, 0-9 and _ . = -, "
        f"the first a letter or digit, got {clip(show(name))}{hint}"
    )
