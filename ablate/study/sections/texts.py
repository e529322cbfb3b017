"""Question, expectation, name and objective of a study file."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from ablate.specs import Direction, Metric, Objective, Split, StudySpec
from ablate.specs.program import METRIC_NAME
from ablate.specs.value import Value
from ablate.study.scalars import clip, show
from ablate.study.settings import check
from ablate.study.tree import Group, Place, Scalar, Tree, find_place
from ablate.study.words import arrived


class _Objective(Value):
    """What a study that is run here can have as its objective; imported numbers go by names of their own."""

    metric: Metric = Metric.ACCURACY
    split: Literal[Split.TRAIN, Split.VALIDATION, Split.TEST] = Split.TEST
    direction: Direction = Direction.MAXIMIZE
    equivalence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


def read_text(key: str, tree: Tree) -> str:
    """Text that says something."""
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value.strip():
        return tree.value.strip()
    raise tree.place.error(f"{key}: expected text, got {arrived(tree)}")


class _ProgramObjective(Value):
    """What a study of one's own program can have: a metric of any name."""

    metric: str = Metric.ACCURACY.value
    split: Literal[Split.TRAIN, Split.VALIDATION, Split.TEST] = Split.TEST
    direction: Direction = Direction.MAXIMIZE
    equivalence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


def read_objective(tree: Tree, *, is_of_program: bool = False) -> Objective:
    """The objective; of a loss less is better unless the file says otherwise.

    A program's metric goes by a name of its own, and then the file has to say which way is better.

    Raises: StudyError for a wrong setting, or a margin within which any two accuracies would be equivalent.
    """
    model: type[_Objective | _ProgramObjective] = _ProgramObjective if is_of_program else _Objective
    read: _Objective | _ProgramObjective = check(model, tree, "objective")
    if not re.fullmatch(METRIC_NAME, read.metric):
        given = find_place(tree, ("metric",)) if isinstance(tree, Group) else tree.place
        raise given.error(
            "objective.metric: expected a name of at most 64 letters, digits and _ . -, the first a letter, got "
            f"{clip(show(read.metric))}"
        )
    if read.metric not in tuple(Metric) and "direction" not in read.model_fields_set:
        raise tree.place.error(
            f"objective: expected a direction, since {read.metric} may be better either way: add direction: maximize, "
            "or minimize"
        )
    direction = read.direction
    if read.metric == Metric.LOSS and "direction" not in read.model_fields_set:
        # less loss is better; the spec's default is the direction of its default metric
        direction = Direction.MINIMIZE
    if read.metric == Metric.ACCURACY and read.equivalence is not None and read.equivalence >= 1:
        margin = tree.entries["equivalence"].tree if isinstance(tree, Group) else tree
        raise margin.place.error(
            f"objective.equivalence: expected a difference of accuracies, as a fraction of less than 1 "
            f"(0.005: half a percentage point), got {arrived(margin)}"
        )
    return Objective(metric=read.metric, split=read.split, direction=direction, equivalence=read.equivalence)


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
