"""Before hours are spent: every combination is built and trained for a few steps, and what was seen is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from ablate.errors import WorkspaceError
from ablate.jobs.files import write_whole, writing
from ablate.jobs.prober import Prober
from ablate.preflight.switches import find_idle
from ablate.specs import Failure, Plan
from ablate.specs.probe import Check, Checked


def check_study(plan: Plan, prober: Prober, on_done: Callable[[int], None]) -> Check:
    """Probe every combination with the study's first seed; `on_done` hears the place of each.

    Raises `InputError` if the resources ask for what is not there.
    """
    configurations = [combination.resolved for combination in plan.combinations]
    answers = prober.probe(configurations, plan.study.seeds[0], on_done)
    checked = tuple(
        Checked(combination=combination.hash, choice=combination.choice, failure=answer)
        if isinstance(answer, Failure)
        else Checked(combination=combination.hash, choice=combination.choice, probe=answer)
        for combination, answer in zip(plan.combinations, answers, strict=True)
    )
    return Check(
        study=plan.study.name,
        machine=prober.machine,
        slots=len(prober.slots),
        threads=prober.slots[0].threads,
        combinations=checked,
        idle=find_idle(plan.study.factors, checked),
    )


def keep_check(path: Path, check: Check) -> None:
    """Put `check.json` in place. Raises `WorkspaceError` if it cannot be written."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, check.model_dump_json(indent=1))


def read_check(path: Path) -> Check | None:
    """What an earlier check found, or None. Raises `WorkspaceError` if the file is damaged."""
    if not path.exists():
        return None
    try:
        return Check.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise WorkspaceError(
            f"{path}: expected what a check found, got: {reason}; remove it, and check again"
        ) from error
