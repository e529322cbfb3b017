"""A study's rows made anew from its ledger and its journals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from ablate.errors import InputError, WorkspaceError
from ablate.jobs.lines import Damaged
from ablate.orchestrate.hold import hold_study
from ablate.orchestrate.ledger import Entry, Ledger, Planned, known_studies
from ablate.orchestrate.replay import Replay
from ablate.specs import Plan
from ablate.tracking.removal import Size
from ablate.tracking.store import Store
from ablate.workspace import Workspace


class Fate(StrEnum):
    """What becomes of a study when the database is rebuilt."""

    REBUILT = "rebuilt"
    KEPT = "kept"
    MISSING = "missing"


class Account(NamedTuple):
    """What came of one study: how large it is now, and all that is not as it was, with its place.

    `note` says why it was not made anew: it was kept as the old database has it, or cannot be had from here.
    """

    study: str
    fate: Fate
    size: Size = Size(0, 0, 0)
    damaged: tuple[Damaged, ...] = ()
    unreadable: tuple[str, ...] = ()
    note: str = ""


@contextlib.contextmanager
def hold_all(workspace: Workspace) -> Iterator[None]:
    """Hold every study of the workspace. Raises `WorkspaceError` naming who holds one."""
    with contextlib.ExitStack() as held:
        for study in known_studies(workspace):
            held.enter_context(hold_study(workspace, study))
        yield


def choose_studies(workspace: Workspace, store: Store, wanted: Sequence[str]) -> tuple[str, ...]:
    """The studies to be made anew: those that are wanted, or else all that the workspace or the database knows.

    Raises `InputError` if one is known to neither.
    """
    known = sorted({*known_studies(workspace), *store.study_names()})
    for study in wanted:
        if study not in known:
            nearest = get_close_matches(study, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(nearest)}?" if nearest else f"known are {', '.join(known) or 'none'}"
            raise InputError(f"{study}: neither {workspace.runs} nor the database knows such a study: {hint}")
    return tuple(dict.fromkeys(wanted)) or tuple(known)


def rebuild_study(
    store: Store, workspace: Workspace, study: str, on_step: Callable[[int, int], None] = lambda _done, _all: None
) -> Account:
    """Make the rows of a study that is held anew, in one transaction; `on_step` hears of entries done, and of all.

    What was mirrored and what was reported of it stays so. A study whose plan was never written down, or that was
    imported, has nothing to be made from: its rows are kept.
    """
    ledger = Ledger(workspace, study)
    entries, damaged = ledger.read()
    is_known = study in store.study_names()
    if (reason := _why_not(ledger, entries)) is not None:
        fate = Fate.KEPT if is_known else Fate.MISSING
        return Account(study, fate, store.size(study) if is_known else Size(0, 0, 0), note=reason)

    def make_anew(whole: Store) -> Account:
        mirrored = whole.mirror_state(study) if is_known else None
        claimed = whole.reports(study) if is_known else ()
        if is_known:
            whole.remove_study(study)
        replay = Replay(whole, workspace, study, ledger)
        replay.follow(entries, lambda done: on_step(done, len(entries)))
        replay.read_on()
        if mirrored is not None:
            whole.restore_mirror(study, mirrored)
        for report in claimed:
            whole.record_report(study, report.claims, report.written, report.version)
        found = (*damaged, *replay.damaged)
        return Account(study, Fate.REBUILT, whole.size(study), found, tuple(replay.unreadable))

    return store.together(make_anew)


def _why_not(ledger: Ledger, entries: Sequence[Entry]) -> str | None:
    """Why a study cannot be made from its ledger; None if it can."""
    plan = _newest_plan(ledger, entries)
    if plan is None:
        return "no readable plan of it lies beside its journals: ablate run writes one, and reads them"
    if plan.study.source is not None:
        return f"imported from {plan.study.source.place}: to have it anew, ablate import it again"
    return None


def _newest_plan(ledger: Ledger, entries: Sequence[Entry]) -> Plan | None:
    """The last plan whose file is whole."""
    for entry in reversed(entries):
        if isinstance(entry, Planned):
            with contextlib.suppress(WorkspaceError):
                return ledger.plan(entry.digest)
    return None
