"""What a study file says for a fair comparison: `match` (equal cost) and `tune` (an equal budget of tuning)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from pydantic import JsonValue

from ablate.specs import Configuration, Match, Options, Pruner, Range, Sampler, Tune
from ablate.study.scalars import clip, show
from ablate.study.settings import Settable, check, check_path, check_setting, is_whole, setting_paths, takes_numbers
from ablate.study.tree import Entry, Group, Items, Place, Scalar, Tree, plain
from ablate.study.words import arrived, nearest, one_of, or_rather, unknown

SCALABLE = ("model.widths", "model.depths", "model.mlp_ratio")
"""The settings that grow a model of any switches, so that its cost can be met."""

_BUDGET = ("trials", "sampler", "pruner", "seed")
_MOST_TRIALS = 10_000
_EXAMPLE = "{training.learning_rate: {low: 1e-4, high: 1e-2, log: true}, trials: 8}"

Name = TypeVar("Name", bound=StrEnum)


def read_match(tree: Tree) -> Match:
    """The matching.

    Raises: StudyError for what is wrong, or a setting that does not scale a model.
    """
    match = check(Match, tree, "match")
    if match.vary not in SCALABLE and isinstance(tree, Group):
        given = tree.entries["vary"].tree
        hint = or_rather(match.vary, SCALABLE)
        raise given.place.error(f"match.vary: expected {one_of(SCALABLE)}, got {arrived(given)}{hint}")
    return match


def read_tune(tree: Tree, settable: Settable = Configuration) -> Tune:
    """The tuning.

    Raises: StudyError for the first that is wrong.
    """
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(f"tune: expected settings and trials, such as {_EXAMPLE}, got {arrived(tree)}")
    settings = {
        path: _read_domain(path, entry, settable)
        for path, entry in tree.entries.items()
        if _is_setting(path, entry.place, settable) and _is_free(path, entry.place)
    }
    if not settings:
        raise tree.place.error(f"tune: expected at least one setting, such as {_EXAMPLE}")
    trials = _read_whole(tree, "trials", least=1, most=_MOST_TRIALS, default=None)
    return Tune(
        settings=settings,
        trials=trials,
        sampler=_read_sampler(tree, settings),
        pruner=_read_name(tree, "pruner", Pruner.NONE),
        seed=_read_whole(tree, "seed", least=0, most=2**32 - 1, default=2**31 - 1),
    )


def _is_setting(key: str, place: Place, settable: Settable) -> bool:
    if key in _BUDGET:
        return False
    if "." not in key:
        near = nearest(key, setting_paths(settable))
        hint = f": did you mean {near}?" if near else ""
        said = f"unknown key {clip(show(key))} in tune: expected {one_of(_BUDGET)}"
        raise place.error(f"{said}; a setting is named by its whole path{hint}")
    check_path(key, place, "tune", settable)
    return True


def _is_free(path: str, place: Place) -> bool:
    if path.startswith("data."):
        raise place.error(f"tune: expected a setting of model or training, got {path}: all train on the same images")
    return True


def _read_domain(path: str, entry: Entry, settable: Settable) -> Range | Options:
    match entry.tree:
        case Items():
            return _read_options(path, entry.tree, settable)
        case Group():
            return _read_range(path, entry.tree, settable)
        case Scalar():
            raise entry.tree.place.error(
                f"tune, {path}: expected a range {{low: ..., high: ...}} or a list of values, got {arrived(entry.tree)}"
            )


def _read_options(path: str, tree: Items, settable: Settable) -> Options:
    if len(tree.items) < 2:
        raise tree.place.error(f"tune, {path}: expected at least two values to choose from, got {arrived(tree)}")
    values: list[str | int | float | bool] = []
    for item in tree.items:
        value = check_setting(path, item, settable)
        if not isinstance(value, (str, int, float)):
            raise item.place.error(f"tune, {path}: expected single values, got {arrived(item)}")
        if value in values:
            raise item.place.error(f"tune, {path}: the value {arrived(item)} is given twice")
        values.append(value)
    return Options(values=tuple(values))


def _read_range(path: str, tree: Group, settable: Settable) -> Range:
    for key, entry in tree.entries.items():
        if key not in ("low", "high", "log"):
            raise entry.place.error(unknown("key", key, ["low", "high", "log"], f"tune, {path}"))
    if not takes_numbers(path, settable):
        raise tree.place.error(f"tune, {path}: this setting has no range, it takes one of a few: give a list of values")
    low, high = (_read_end(path, tree, key, settable) for key in ("low", "high"))
    log = plain(tree.entries["log"].tree) if "log" in tree.entries else False
    if not isinstance(log, bool):
        given = tree.entries["log"].tree
        raise given.place.error(f"tune, {path}, log: expected true or false, got {arrived(given)}")
    if low >= high:
        raise tree.place.error(f"tune, {path}: expected low below high, got {low:g} and {high:g}")
    if log and low <= 0:
        raise tree.entries["low"].tree.place.error(
            f"tune, {path}: expected low above 0 for a range in the logarithm, got {low:g}"
        )
    return Range(low=low, high=high, log=log, is_whole=is_whole(path, settable))


def _read_end(path: str, tree: Group, key: str, settable: Settable) -> float:
    if key not in tree.entries:
        raise tree.place.error(f"tune, {path}: expected {{low: ..., high: ...}}, got no {key}")
    given = tree.entries[key].tree
    value: JsonValue = check_setting(path, given, settable)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise given.place.error(f"tune, {path}, {key}: expected a number, got {arrived(given)}")
    return value


def _read_sampler(tree: Group, settings: dict[str, Range | Options]) -> Sampler:
    sampler = _read_name(tree, "sampler", Sampler.TPE)
    if sampler is not Sampler.CMA_ES:
        return sampler
    place = tree.entries["sampler"].tree.place
    for path, domain in settings.items():
        if isinstance(domain, Options):
            raise place.error(
                f"tune.sampler: cma-es takes ranges, and {path} is a list: give a range, or use tpe or gp"
            )
    if len(settings) == 1:
        raise place.error("tune.sampler: cma-es needs at least two settings, got one: use tpe, gp or qmc")
    return sampler


def _read_name(tree: Group, key: str, default: Name) -> Name:
    if key not in tree.entries:
        return default
    given, names = tree.entries[key].tree, [name.value for name in type(default)]
    value = plain(given)
    if value not in names:
        raise given.place.error(f"tune.{key}: expected {one_of(names)}, got {arrived(given)}{or_rather(value, names)}")
    return type(default)(value)


def _read_whole(tree: Group, key: str, *, least: int, most: int, default: int | None) -> int:
    if key not in tree.entries:
        if default is None:
            raise tree.place.error(f"tune: expected {key}, how many tries every combination gets, such as {key}: 8")
        return default
    given = tree.entries[key].tree
    value = given.value if isinstance(given, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise given.place.error(f"tune.{key}: expected a whole number from {least} to {most:,}, got {arrived(given)}")
    return value
