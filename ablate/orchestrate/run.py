"""The run of a study: from its plan and what earlier runs left to the last trial that can be brought to a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ablate.errors import InputError
from ablate.jobs.code import identify, identify_diff
from ablate.jobs.executor import Executor
from ablate.orchestrate.books import Books
from ablate.orchestrate.continuity import changed_code
from ablate.orchestrate.hold import hold_study
from ablate.orchestrate.ledger import Ledger
from ablate.orchestrate.observer import Observer
from ablate.orchestrate.recovery import recover
from ablate.orchestrate.replay import catch_up
from ablate.orchestrate.underway import UnderWay
from ablate.programs import watched
from ablate.specs import Objective, Plan, StudySpec
from ablate.tracking.plans import refuse_import
from ablate.tracking.records import TrialStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace


class Outcome(NamedTuple):
    """How a run ended: replicates by state, and whether it changed anything that a report would say.

    `untuned` are the combinations whose tuning found nothing that trains, so that their replicates cannot be run.
    """

    complete: int
    failed: int
    remaining: int
    has_changed: bool
    is_interrupted: bool
    untuned: tuple[str, ...] = ()


def run_study(
    plan: Plan,
    store: Store,
    workspace: Workspace,
    create_executor: Callable[[], Executor],
    observer: Observer,
    mirror: Callable[[], None],
    *,
    allow_code_change: bool = False,
    finish_mirror: Callable[[], None] | None = None,
    sample_seconds: float | None = None,
) -> Outcome:
    """Bring every planned trial to a result, exactly once; returns when none is left that can be run.

    Whatever was killed before, and whenever: what is complete stays, what is alive is awaited, the rest is run, from
    its last checkpoint where there is one. `mirror` is called now and then, and `finish_mirror` (else `mirror`) at the
    end. On Ctrl-C or SIGTERM the jobs write checkpoints and end, and the function returns, leaving the mirror to the
    next run. Every `sample_seconds` jobs write down what they take of the machine, if that is asked for.

    A damaged line of a journal is told of and left out.

    Raises `WorkspaceError` if another run holds the study, or `spec.json` or `result.json` is damaged; `InputError` if
    trials are left to run, complete ones ran with other code, and `allow_code_change` does not say that they may be
    mixed.
    """
    study = plan.study.name
    with hold_study(workspace, study):
        books, has_caught_up = open_books(study, plan.study.objective, store, workspace, observer.on_warning)
        has_changed = books.record_plan(plan) or has_caught_up
        recovered = recover(books, workspace, plan)
        progress = store.progress(study)
        is_interrupted = False
        untuned: tuple[str, ...] = ()
        if recovered.open or progress[TrialStatus.PLANNED] or progress[TrialStatus.RUNNING]:
            _refuse_changed_code(store, plan.study, allow_code_change=allow_code_change)
            _keep_difference(store)
            run = UnderWay(plan, books, workspace, observer, mirror, sample_seconds)
            is_interrupted = run.to_the_end(create_executor(), recovered.open)
            has_changed, untuned = has_changed or run.endings.has_any, run.search.untuned
            progress = store.progress(study)
        if not is_interrupted:  # who asked to stop does not wait for it, and its import may have been cut in two
            (finish_mirror or mirror)()
    complete, failed = progress[TrialStatus.COMPLETE], progress[TrialStatus.FAILED]
    remaining = sum(progress.values()) - complete - failed
    return Outcome(complete, failed, remaining, has_changed or recovered.has_settled, is_interrupted, untuned)


def retry_failed(store: Store, workspace: Workspace, study: str, warn: Callable[[str], None]) -> int:
    """Plan the failed trials of the current plan anew, for the next run; answers how many there were.

    Raises `WorkspaceError` if a run holds the study; `TrackingError` if the study is not known, or was imported.
    """
    spec = store.spec(study)
    refuse_import(spec)
    with hold_study(workspace, study):
        return open_books(study, spec.objective, store, workspace, warn)[0].reset_failed()


def open_books(
    study: str, objective: Objective, store: Store, workspace: Workspace, warn: Callable[[str], None]
) -> tuple[Books, bool]:
    """The books of a study that is held, the database brought to what the ledger says; and whether that was news."""
    ledger = Ledger(workspace, study)
    ledger.mend()
    has_caught_up = catch_up(store, workspace, study, ledger, warn)
    return Books(study, objective, store, ledger, warn), has_caught_up


def _refuse_changed_code(store: Store, study: StudySpec, *, allow_code_change: bool) -> None:
    """Looks for the sources of the study's program in any case: without them no trial could run."""
    program = study.base.program if study.base is not None else None
    reason = changed_code(store.codes(study.name), identify(watched(program)))
    if reason is not None and not allow_code_change:
        raise InputError(reason)


def _keep_difference(store: Store) -> None:
    """What the code has beyond its commit is kept once, here: jobs write down no more than its digest."""
    difference = identify_diff()
    if difference is not None:
        store.record_code_diff(difference.digest, difference.text, is_cut=difference.is_cut)
