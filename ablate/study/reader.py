"""A study file section by section to a StudySpec, with what its rules need to be found again in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ablate.errors import StudyError
from ablate.specs import Configuration, Factor, StudySpec
from ablate.study.changes import Change
from ablate.study.conflicts import check_changes, check_match, check_program, check_tune, check_tuning_seed
from ablate.study.recipe import begin_from_recipe, read_recipe
from ablate.study.sections.designs import read_baseline, read_combinations, read_design, read_fraction, read_off
from ablate.study.sections.factors import read_factors
from ablate.study.sections.fairness import read_match, read_tune
from ablate.study.sections.levels import example_choice
from ablate.study.sections.overrides import PlacedOverride, read_overrides
from ablate.study.sections.program import read_program
from ablate.study.sections.resources import read_resources
from ablate.study.sections.rules import Condition, Rule, read_exclude, read_when
from ablate.study.sections.seeds import read_seeds
from ablate.study.sections.texts import read_objective, read_text
from ablate.study.settings import Settable, check
from ablate.study.tree import Group, Tree, in_file_order
from ablate.study.words import unknown

KEYS = (
    "name", "question", "expects", "program", "settings", "recipe", "model", "data", "training", "factors", "design",
    "fraction", "off", "combinations", "baseline", "exclude", "when", "overrides", "match", "tune", "seeds",
    "objective", "resources",
)  # fmt: skip
"""What a study file may hold."""

T = TypeVar("T")


class Reading(NamedTuple):
    """A study, and the entries of its file that may turn out to match nothing."""

    study: StudySpec
    exclude: tuple[Rule, ...]
    when: tuple[Condition, ...]
    overrides: tuple[PlacedOverride, ...]


class Reader:
    """Reads section by section and keeps every problem, so that the first in file order is the one told."""

    def __init__(self, root: Group, changes: tuple[Change, ...], known: Settable) -> None:
        self.root = begin_from_recipe(root)
        self._settable = known
        self._changes = changes
        self._problems: list[StudyError] = []
        self._rules: tuple[Rule, ...] = ()
        self._conditions: tuple[Condition, ...] = ()
        self._overrides: tuple[PlacedOverride, ...] = ()

    def read(self, name: Callable[[], str]) -> Reading:
        """The study, under the name that `name` finds.

        Raises: StudyError for the first problem in file order.
        """
        for key, entry in self.root.entries.items():
            if key not in KEYS:
                self._problems.append(entry.place.error(unknown("key", key, KEYS)))
        factors = self._section("factors", lambda tree: read_factors(tree, self._settable))
        fields = {
            "name": self._attempt(name),
            "base": self._attempt(self._read_base),
            "recipe": self._section("recipe", read_recipe),
            "question": self._section("question", lambda tree: read_text("question", tree)),
            "expects": self._section("expects", lambda tree: read_text("expects", tree)),
            "design": self._section("design", read_design),
            "fraction": self._section("fraction", read_fraction),
            "seeds": self._section("seeds", read_seeds),
            "objective": self._section(
                "objective", lambda tree: read_objective(tree, is_of_program="program" in self.root.entries)
            ),
            "resources": self._section("resources", read_resources),
            "factors": factors,
            **({} if factors is None else self._read_by_factor(factors)),
        }
        if self._problems:
            raise min(self._problems, key=in_file_order)
        self._check_missing(fields, factors)
        if fields.get("tune") is not None:
            check_tuning_seed(self.root, fields["tune"], fields["seeds"])
        study = StudySpec.model_validate({key: value for key, value in fields.items() if value is not None})
        return Reading(study, self._rules, self._conditions, self._overrides)

    def _read_base(self) -> Configuration:
        """The base configuration, with the program that runs it and that program's settings, if it has one."""
        sections = self.root.part(("model", "data", "training", "settings"))
        program = self._section("program", lambda tree: read_program(tree, self._settable))
        check_program(self.root, self._settable)
        base = check(self._settable, sections).model_dump(mode="json", by_alias=True)
        return Configuration.model_validate(base).model_copy(update={"program": program})

    def _read_by_factor(self, factors: tuple[Factor, ...]) -> dict[str, Any]:
        """The sections that name factors, or must not set what a factor sets."""
        baseline = self._section("baseline", lambda tree: read_baseline(tree, factors))
        self._rules = self._section("exclude", lambda tree: read_exclude(tree, factors)) or ()
        self._conditions = self._section("when", lambda tree: read_when(tree, factors)) or ()
        self._overrides = self._section("overrides", lambda tree: read_overrides(tree, factors, self._settable)) or ()
        overrides = tuple(placed.override for placed in self._overrides)
        match = self._section("match", read_match)
        tune = self._section("tune", lambda tree: read_tune(tree, self._settable))
        if match is not None:
            self._attempt(lambda: check_match(self.root, match, factors, overrides))
        if tune is not None:
            self._attempt(lambda: check_tune(self.root, tune, match, factors, overrides))
        self._attempt(lambda: check_changes(self._changes, factors, tune))
        listed = None
        if baseline is not None:
            listed = self._section("combinations", lambda tree: read_combinations(tree, factors, baseline))
        return {
            "baseline": baseline,
            "off": self._section("off", lambda tree: read_off(tree, factors)),
            "listed": listed,
            "exclude": tuple(choice for rule in self._rules for choice in rule.choices),
            "when": tuple(condition.when for condition in self._conditions),
            "overrides": overrides,
            "match": match,
            "tune": tune,
        }

    def _attempt(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except StudyError as error:
            self._problems.append(error)
            return None

    def _section(self, key: str, read: Callable[[Tree], T]) -> T | None:
        entry = self.root.entries.get(key)
        return None if entry is None else self._attempt(lambda: read(entry.tree))

    def _check_missing(self, fields: dict[str, Any], factors: tuple[Factor, ...] | None) -> None:
        # only here, after every other problem: a misspelt key is told before the key that is missing for it
        example = "" if factors is None else f", {example_choice(factors)}"
        for key, meaning in (
            ("question", "what the study is to find out"),
            ("factors", "what is varied, such as {model.layer.sharing: [spatial, head]}"),
            ("baseline", f"the combination that others are compared with{example}"),
            ("seeds", "how many times every combination is run, such as 5"),
        ):
            if fields.get(key) is None:
                raise self.root.place.error(f"{key} is missing: add {key}, {meaning}")
