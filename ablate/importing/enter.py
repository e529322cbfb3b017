"""An import from end to end: a sheet and a request to trials in the database, and an account of what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ablate.importing.placing import place
from ablate.importing.planning import make_plan
from ablate.importing.request import Request, check_request
from ablate.importing.results import read_trials
from ablate.importing.sheet import Sheet
from ablate.specs import Plan
from ablate.tracking.records import Imported
from ablate.tracking.store import Store


@dataclass(frozen=True)
class Account:
    """What was imported: the plan, what was new in it, runs that were left out by the reason, and what to know."""

    plan: Plan
    entered: Imported
    skipped: Mapping[str, int]
    notes: tuple[str, ...]


def import_runs(sheet: Sheet, request: Request, store: Store) -> Account:
    """Enter the runs of a sheet as a study; done twice it changes nothing.

    Raises:
        InputError: the request does not fit the sheet, or a run cannot be read.
        TrackingError: what the database knows under that name contradicts it.
    """
    columns = check_request(request, sheet)
    placement = place(sheet, request, columns)
    plan = make_plan(sheet, request, columns, placement)
    entered = store.record_import(plan, read_trials(sheet, request, columns, placement))
    notes = [
        f"{of.name}: {', '.join(texts)} are the same number, one level"
        for of in placement.levels
        for texts in of.merged.values()
    ]
    notes += [
        f"{of.name} has one level only: {next(iter(of.labels.values()))}"
        for of in placement.levels
        if len(of.labels) == 1
    ]
    return Account(plan, entered, placement.skipped, tuple(notes))
