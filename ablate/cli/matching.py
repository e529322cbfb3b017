"""Equal cost, where the study asks for it: found before anything else is done with a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from ablate.cli.places import create_workspace
from ablate.jobs.probe import LocalProber
from ablate.preflight.costs import recall, remember
from ablate.specs import Configuration, Costs, Plan
from ablate.study.matching import match


def match_costs(plan: Plan, root: Path) -> Plan:
    """The plan with every combination at its cost; what had to be measured is kept in the workspace."""
    wanted = plan.study.match
    if wanted is None:
        return plan
    workspace = create_workspace(root)
    with (
        LocalProber(plan.study.resources) as prober,
        Console().status(f"looking for {wanted.vary} of equal {wanted.cost}"),
    ):
        return match(plan, remember(workspace.study_costs(plan.study.name), wanted.cost, prober))


def recall_costs(plan: Plan, root: Path) -> Callable[[Configuration], Costs | None]:
    """What matching has counted, so that nothing has to be built to be shown."""
    return recall(create_workspace(root).study_costs(plan.study.name))
