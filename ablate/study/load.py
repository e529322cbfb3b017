"""A study file to a StudySpec, checked whole before anything runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ablate.errors import StudyError
from ablate.specs import Choice, Configuration, Design, Direction, Metric, Objective, Resources, StudySpec
from ablate.study.changes import Change, apply, changed_name, check_effect, read_changes
from ablate.study.design import lay_out
from ablate.study.refusals import Fault
from ablate.study.scalars import clip, show
from ablate.study.sections.factors import read_factors
from ablate.study.sections.rules import Rule, example_baseline, read_baseline, read_exclude
from ablate.study.sections.seeds import read_seeds
from ablate.study.settings import check
from ablate.study.tree import Group, Place, Scalar, Tree, find_place, in_file_order, plain
from ablate.study.words import arrived, one_of, or_rather, unknown
from ablate.study.yaml_source import read_file

KEYS = (
    "name", "question", "expects", "model", "data", "training", "factors", "design", "baseline", "exclude", "seeds",
    "objective", "resources",
)  # fmt: skip
"""What a study file may hold."""

T = TypeVar("T")


def load_study(file: Path, overrides: Sequence[str] = (), name: str | None = None) -> StudySpec:
    """The study in `file`, changed by `overrides` (`path=value`), under `name` if one is given.

    A changed study without a name of its own gets one that says the changes, so that it overwrites nothing.

    Raises: StudyError for the first problem in file order, with its line and column.
    """
    tree = read_file(file)
    if not isinstance(tree, Group):
        raise tree.place.error(f"expected keys such as question and factors, got {arrived(tree)}")
    changes = read_changes(overrides, KEYS[1:])
    reader = _Reader(apply(tree, changes), changes)
    study, rules = reader.read(_study_name(file, tree, changes, name))
    fault = lay_out(study)
    if isinstance(fault, Fault):
        raise _blame(reader.root, fault).error(fault.message)
    removed = iter(exclusion.removed for exclusion in fault.exclusions)
    for rule in rules:
        if not sum(next(removed) for _ in rule.choices):
            raise rule.place.error("this rule removes nothing: what it matches is removed by the rules above it")
    return study


def _blame(root: Group, fault: Fault) -> Place:
    """The part of the study file that a design fails by, or the change of the command line that broke it."""
    setting = find_place(root, fault.setting)
    return setting if fault.setting and setting.line is None else find_place(root, fault.keys)


class _Reader:
    """Reads section by section and keeps every problem, so that the first in file order is the one told."""

    def __init__(self, root: Group, changes: tuple[Change, ...]) -> None:
        self.root = root
        self._changes = changes
        self._problems: list[StudyError] = []

    def read(self, name: Callable[[], str]) -> tuple[StudySpec, tuple[Rule, ...]]:
        for key, entry in self.root.entries.items():
            if key not in KEYS:
                self._problems.append(entry.place.error(unknown("key", key, KEYS)))
        base = self._attempt(lambda: check(Configuration, self.root.part(("model", "data", "training"))))
        study_name = self._attempt(name)
        question = self._section("question", lambda tree: _read_text("question", tree))
        expects = self._section("expects", lambda tree: _read_text("expects", tree))
        factors = self._section("factors", read_factors)
        design = self._section("design", _read_design)
        seeds = self._section("seeds", read_seeds)
        objective = self._section("objective", _read_objective)
        resources = self._section("resources", lambda tree: check(Resources, tree, "resources"))
        baseline: Choice | None = None
        rules: tuple[Rule, ...] | None = None
        if factors is not None:
            baseline = self._section("baseline", lambda tree: read_baseline(tree, factors))
            rules = self._section("exclude", lambda tree: read_exclude(tree, factors))
            self._attempt(lambda: check_effect(self._changes, factors))
        self._raise_first()
        example = "" if factors is None else f", {example_baseline(factors)}"
        study = StudySpec(
            name=_present(study_name),
            question=self._required("question", question, "what the study is to find out"),
            expects=expects or "",
            base=_present(base),
            factors=self._required(
                "factors", factors, "what is varied, such as {model.layer.sharing: [spatial, head]}"
            ),
            design=design or Design.FACTORIAL,
            baseline=self._required("baseline", baseline, f"the combination that others are compared with{example}"),
            exclude=tuple(choice for rule in rules or () for choice in rule.choices),
            seeds=self._required("seeds", seeds, "how many times every combination is run, such as 5"),
            objective=objective or Objective(),
            resources=resources or Resources(),
        )
        return study, rules or ()

    def _attempt(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except StudyError as error:
            self._problems.append(error)
            return None

    def _section(self, key: str, read: Callable[[Tree], T]) -> T | None:
        entry = self.root.entries.get(key)
        return None if entry is None else self._attempt(lambda: read(entry.tree))

    def _raise_first(self) -> None:
        if self._problems:
            raise min(self._problems, key=in_file_order)

    def _required(self, key: str, value: T | None, meaning: str) -> T:
        # only here, after every other problem: a misspelt key is told before the key that is missing for it
        if value is None:
            raise self.root.place.error(f"{key} is missing: add {key}, {meaning}")
        return value


def _present(value: T | None) -> T:
    if value is None:
        raise AssertionError("a section without a value and without a problem")
    return value


def _study_name(file: Path, tree: Group, changes: tuple[Change, ...], name: str | None) -> Callable[[], str]:
    def read() -> str:
        if name is not None:
            return _checked_name(name, Place(f"--name {name}"), "name")
        entry = tree.entries.get("name")
        if entry is None:
            subject = "name is missing, and the file's name does not serve as one"
            return changed_name(_checked_name(file.stem, tree.place, subject), changes)
        return changed_name(_checked_name(_read_text("name", entry.tree), entry.tree.place, "name"), changes)

    return read


def _checked_name(name: str, place: Place, subject: str) -> str:
    rule = StudySpec.model_json_schema()["properties"]["name"]
    if re.fullmatch(rule["pattern"], name) and len(name) <= rule["maxLength"]:
        return name
    tame = re.sub(r"[^a-z0-9_.=-]+", "-", name.lower()).strip("-_.=")[: rule["maxLength"]]
    hint = f"; did you mean {tame}?" if tame else ""
    raise place.error(
        f"{subject}: expected at most {rule['maxLength']} of a-z, 0-9 and _ . = -, "
        f"the first a letter or digit, got {clip(show(name))}{hint}"
    )


def _read_text(key: str, tree: Tree) -> str:
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value.strip():
        return tree.value.strip()
    raise tree.place.error(f"{key}: expected text, got {arrived(tree)}")


def _read_design(tree: Tree) -> Design:
    value, designs = plain(tree), [design.value for design in Design]
    if value in designs:
        return Design(value)
    hint = or_rather(value, designs)
    raise tree.place.error(f"design: expected {one_of(designs)}, got {arrived(tree)}{hint}")


def _read_objective(tree: Tree) -> Objective:
    objective = check(Objective, tree, "objective")
    if objective.metric is Metric.LOSS and "direction" not in objective.model_fields_set:
        # less loss is better; the spec's default is the direction of its default metric
        return objective.model_copy(update={"direction": Direction.MINIMIZE})
    return objective
