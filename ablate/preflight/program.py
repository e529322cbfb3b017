"""Before hours are spent on one's own program: can it be run at all?"""

from __future__ import annotations

from pathlib import Path

from ablate.programs import Given
from ablate.programs.inspection import find_fault
from ablate.specs import Plan


def find_program_fault(plan: Plan) -> str | None:
    """Why the plan's program cannot be run from here, in one line; None if it can, or the plan has none.

    A function is imported, in a process of its own, and its parameters are looked at. A command's first word is looked
    for, its placeholders filled in. Neither is run.
    """
    configuration = plan.combinations[0].resolved
    if configuration.program is None:
        return None
    place = Path("db")
    given = Given(configuration.program, configuration, plan.study.seeds[0], place, place / "configuration.json", 1)
    return find_fault(given)
