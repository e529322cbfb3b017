"""Settings that two parts of a study file would set, so that one of them would do nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ablate.specs import Configuration, Factor, Match, Override, Tune
from ablate.study.changes import Change
from ablate.study.sections.overrides import find_setter
from ablate.study.settings import Settable
from ablate.study.tree import Group, find_place, plain

_COSTLESS = ("model.drop_path",)


def check_match(root: Group, match: Match, factors: tuple[Factor, ...], overrides: Sequence[Override]) -> None:
    """See that nothing else sets what `match` varies.

    Raises: StudyError at `match`.
    """
    setter = _setter(match.vary, factors, overrides)
    if setter is not None:
        raise find_place(root, ("match", "vary")).error(
            f"match.vary: {match.vary} is set by {setter}: match by another setting, or take that out"
        )


def check_program(root: Group, settable: Settable) -> None:
    """See that settings have a program that reads them, and that nothing is asked of a program that it cannot say.

    Raises: StudyError at what has no place.
    """
    entry = root.entries.get("settings")
    if entry is not None and "program" not in root.entries:
        raise entry.place.error(
            "settings: nothing reads them: add the program that does, such as program: python:my_package.train:run"
        )
    if entry is not None and settable is Configuration:
        raise entry.tree.place.error("settings: the study file has none to change: give them there first")
    if "program" not in root.entries:
        return
    asked = root.entries.get("resources")
    if asked is not None and isinstance(asked.tree, Group):
        processes = asked.tree.entries.get("processes")
        if processes is not None and plain(processes.tree) not in ("auto", 1):
            raise processes.place.error(
                "resources.processes: a program is one process, which may start others itself: take it out"
            )
    if "match" in root.entries:
        raise root.entries["match"].place.error(
            "match: holds equal what the built-in models cost, and what a program trains is not known: take it out"
        )


def check_tune(
    root: Group, tune: Tune, match: Match | None, factors: tuple[Factor, ...], overrides: Sequence[Override]
) -> None:
    """See that nothing else sets what is tuned, and that tuning leaves an equal cost equal.

    Raises: StudyError at the first tuned setting that is set elsewhere.
    """
    for path in tune.settings:
        place = find_place(root, ("tune", path))
        setter = _setter(path, factors, overrides)
        if setter is not None:
            raise place.error(f"tune: {path} is set by {setter}: tune another setting, or take that out")
        if match is not None and path == match.vary:
            raise place.error(f"tune: {path} is what match varies: let one of them set it")
        if match is not None and path.startswith("model.") and path not in _COSTLESS:
            raise place.error(f"tune: {path} changes the cost that match holds equal: tune settings of training")


def check_tuning_seed(root: Group, tune: Tune, seeds: Sequence[int]) -> None:
    """See that no replicate repeats a tuning trial.

    Raises: StudyError at `tune.seed`, or where that was left out, at `tune`.
    """
    if tune.seed in seeds:
        raise find_place(root, ("tune", "seed")).error(
            f"seed {tune.seed} is both tuned with and a replicate's, which would repeat the best try with its luck: "
            "give tune.seed another, such as 1000"
        )


def check_changes(changes: Sequence[Change], factors: Sequence[Factor], tune: Tune | None) -> None:
    """See that no change of the command line is to a setting that the study varies or tunes.

    Raises: StudyError at the option.
    """
    for change in changes:
        for factor in factors:
            if all(change.path in level.settings for level in factor.levels):
                raise change.place.error(
                    f"the study varies {change.path}, so that this would change nothing: "
                    f"set factors.{factor.name} or baseline.{factor.name}"
                )
        if tune is not None and change.path in tune.settings:
            raise change.place.error(
                f"the study tunes {change.path}, so that this would change nothing: set tune.{change.path}"
            )


def _setter(path: str, factors: tuple[Factor, ...], overrides: Sequence[Override]) -> str | None:
    factor = find_setter(path, factors)
    if factor is not None:
        return f"factor {factor.name}"
    return "overrides" if any(path in override.settings for override in overrides) else None
