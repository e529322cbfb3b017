"""A study file to a StudySpec and its plan, checked whole before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ablate.specs import Design, Plan, StudySpec
from ablate.study.changes import Change, apply, changed_name, read_changes
from ablate.study.design import MOST_CHOICES, Sketch, fill_out, sketch
from ablate.study.outline import Outline, outline
from ablate.study.own import settable
from ablate.study.reader import KEYS, Reader, Reading
from ablate.study.refusals import Fault
from ablate.study.sections.texts import check_name, read_text
from ablate.study.settings import setting_paths
from ablate.study.tree import Group, Place, find_place
from ablate.study.tuned import find_tuning_fault
from ablate.study.unread import find_unread
from ablate.study.words import arrived
from ablate.study.yaml_source import read_file


def load_study(file: Path, overrides: Sequence[str] = (), name: str | None = None) -> StudySpec:
    """The study in `file`, changed by `overrides` (`path=value`), under `name` if one is given.

    A changed study without a name of its own gets one that says the changes, so that it overwrites nothing. Every
    combination is checked, unless there are more than a plan is made of.

    Raises: StudyError for the first problem in file order, with its line and column.
    """
    root, study, found = _read(file, overrides, name)
    if found.count <= MOST_CHOICES:
        _fill_out(root, study, found)
    return study


def load_plan(file: Path, overrides: Sequence[str] = (), name: str | None = None) -> Plan:
    """As `plan(load_study(...))`, in half the time, and what is wrong with the design has its line too.

    Raises: StudyError as `load_study`, and if the study has more combinations than a plan is made of.
    """
    return _fill_out(*_read(file, overrides, name))


def load_design(file: Path, most: int, overrides: Sequence[str] = (), name: str | None = None) -> Plan | Sketch:
    """The plan, or of more combinations than a plan is made of a sketch with the first `most`.

    Raises: StudyError as `load_study`.
    """
    root, study, found = _read(file, overrides, name)
    return _fill_out(root, study, found) if found.count <= MOST_CHOICES else sketch(study, found, most)


def _read(file: Path, overrides: Sequence[str], name: str | None) -> tuple[Group, StudySpec, Outline]:
    tree = read_file(file)
    if not isinstance(tree, Group):
        raise tree.place.error(f"expected keys such as question and factors, got {arrived(tree)}")
    known = settable(tree)
    changes = read_changes(overrides, KEYS[1:], setting_paths(known))
    reader = Reader(apply(tree, changes), changes, known)
    reading = reader.read(_study_name(file, tree, changes, name))
    found = outline(reading.study)
    if isinstance(found, Fault):
        raise _blame(reader.root, found).error(found.message)
    _check_rules(reading, found)
    return reader.root, reading.study, found


def _fill_out(root: Group, study: StudySpec, found: Outline) -> Plan:
    result = fill_out(study, found)
    if not isinstance(result, Fault):
        fault = find_tuning_fault(result) or find_unread(root, result)
        if fault is None:
            return result
        result = fault
    raise _blame(root, result).error(result.message)


def _blame(root: Group, fault: Fault) -> Place:
    """The part of the study file that a design fails by, or the change of the command line that broke it."""
    setting = find_place(root, fault.setting)
    return setting if fault.setting and setting.line is None else find_place(root, fault.keys)


def _check_rules(reading: Reading, found: Outline) -> None:
    """See that every rule removes something, and every override has a combination to set something for."""
    removed = iter(exclusion.removed for exclusion in found.exclusions)
    design = reading.study.design
    for rule in reading.exclude:
        if not sum(next(removed) for _ in rule.choices):
            why = "what it matches is removed by the rules above it"
            if design is not Design.FACTORIAL:
                why = f"design {design} has no combination that it matches, or rules above it removed them"
            raise rule.place.error(f"this rule removes nothing: {why}")
    for condition in reading.when:
        if not next(removed):
            raise condition.place.error(
                f"this rule removes nothing: wherever the design varies {condition.when.factor}, the others have these "
                "levels, or exclude removed it"
            )
    for number in found.unmatched_overrides:
        raise reading.overrides[number].place.error("this override sets nothing: no combination of the design meets it")


def _study_name(file: Path, tree: Group, changes: tuple[Change, ...], name: str | None) -> Callable[[], str]:
    def read() -> str:
        if name is not None:
            return check_name(name, Place(f"--name {name}"), "name")
        entry = tree.entries.get("name")
        if entry is None:
            subject = "name is missing, and the file's name does not serve as one"
            return changed_name(check_name(file.stem, tree.place, subject), changes)
        return changed_name(check_name(read_text("name", entry.tree), entry.tree.place, "name"), changes)

    return read
