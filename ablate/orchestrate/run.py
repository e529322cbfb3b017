"""The run of a study: keep every slot busy until no planned trial is left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ablate.jobs import lease
from ablate.jobs.executor import Executor, Slot
from ablate.jobs.journal import create_attempt
from ablate.orchestrate.attempt import LiveAttempt
from ablate.orchestrate.hold import hold_study
from ablate.orchestrate.observer import Observer
from ablate.orchestrate.recovery import LOST, recover
from ablate.orchestrate.stopping import end_job, sigterm_as_interrupt
from ablate.specs import JobSpec, Plan, TrialResult, TrialSpec
from ablate.study.design import trials as trials_of
from ablate.study.search import Finished, Search
from ablate.tracking.records import AttemptStatus, TrialRecord, TrialStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

TICK_SECONDS = 0.2
MIRROR_SECONDS = 15.0
"""How long a mirror may lag behind while no trial ends."""

MAX_LOSSES = 3
"""How often in one run a trial's process may die without a result before the trial is left for the next run."""


class Outcome(NamedTuple):
    """How a run ended: trials by state, and whether it changed any."""

    complete: int
    failed: int
    remaining: int
    has_changed: bool
    is_interrupted: bool


def run_study(
    plan: Plan,
    store: Store,
    workspace: Workspace,
    create_executor: Callable[[], Executor],
    observer: Observer,
    mirror: Callable[[], None],
) -> Outcome:
    """Bring every planned trial to a result, exactly once; returns when none is left that can be run.

    Whatever was killed before, and whenever: what is complete stays, what is alive is awaited, the rest is run.
    `mirror` is called now and then, and at the end. Ctrl-C and SIGTERM end the jobs, and the function returns.

    Raises `WorkspaceError` if another run holds the study, or a journal is damaged.
    """
    with hold_study(workspace, plan.study.name):
        store.record_plan(plan)
        before = _states(store, plan)
        trials = {trial.name: trial for trial in trials_of(plan)}
        adopted = recover(store, workspace, plan.study.name, trials)
        records = store.trials(plan.study.name)
        is_interrupted = False
        if adopted or any(record.status is TrialStatus.PLANNED for record in records):
            run = _Run(plan, store, workspace, observer, mirror, records)
            is_interrupted = run.to_the_end(create_executor(), adopted)
        mirror()
        after = _states(store, plan)
    counts = Counter(after.values())
    complete, failed = counts[TrialStatus.COMPLETE], counts[TrialStatus.FAILED]
    return Outcome(complete, failed, len(after) - complete - failed, before != after, is_interrupted)


def _states(store: Store, plan: Plan) -> dict[str, TrialStatus]:
    return {record.name: record.status for record in store.trials(plan.study.name)}


class _Run:
    """What is under way: the live attempts, the slots they take, and what is left to ask for."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        workspace: Workspace,
        observer: Observer,
        mirror: Callable[[], None],
        records: tuple[TrialRecord, ...],
    ) -> None:
        self.plan, self.store, self.workspace, self.observer, self.mirror = plan, store, workspace, observer, mirror
        self.study, self.objective = plan.study.name, plan.study.objective
        self.counts = Counter(record.status for record in records)
        self.numbers = Counter({record.name: record.attempts for record in records})
        self.search = Search(plan, [self._finding(record) for record in records if _is_over(record)])
        self.live: dict[str, LiveAttempt] = {}
        self.taken: dict[str, Slot] = {}
        self.orphans: set[str] = set()  # trials whose job no executor of ours watches
        self.losses: Counter[str] = Counter()
        self.next_mirror = time.monotonic()

    def to_the_end(self, executor: Executor, adopted: list[LiveAttempt]) -> bool:
        """Run until nothing is left; returns whether it was interrupted. No job of ours outlives an error."""
        try:
            with sigterm_as_interrupt():
                self._loop(executor, adopted)
        except KeyboardInterrupt:
            self.observer.on_warning("stopping; what is complete stays, and the next run goes on from here")
            self._stop(executor)
            return True
        except BaseException:
            executor.stop()
            raise
        return False

    def _loop(self, executor: Executor, adopted: list[LiveAttempt]) -> None:
        free = list(executor.slots)
        remaining = sum(self.counts.values()) - self.counts[TrialStatus.COMPLETE] - self.counts[TrialStatus.FAILED]
        self.observer.on_plan(remaining, self.counts[TrialStatus.COMPLETE], self.counts[TrialStatus.FAILED], len(free))
        for attempt in adopted:
            self.search.claim(attempt.trial)
            self.orphans.add(attempt.trial.name)
            self._watch(attempt, free.pop() if free else None)
        self._fill(executor, free)
        while self.live:
            self._mirror_if_due()
            ended = {item.directory: item.reason for item in executor.wait(TICK_SECONDS)}
            for attempt in list(self.live.values()):
                self._attend(attempt, attempt.directory in ended, ended.get(attempt.directory) or LOST, free)
            self._fill(executor, free)
            self.observer.on_idle()

    def _attend(self, attempt: LiveAttempt, has_ended: bool, reason: str, free: list[Slot]) -> None:  # noqa: FBT001
        """Read on in one journal; close the attempt and free its slot if its process is gone."""
        for record in attempt.ingest(self.store):
            self.observer.on_metrics(attempt.trial, record)
        name = attempt.trial.name
        if not has_ended and not (name in self.orphans and not lease.is_held(attempt.directory)):
            return
        if not self._conclude(attempt, reason):
            self.orphans.add(name)  # the executor lost sight of a job that lives on
            return
        del self.live[name]
        self.orphans.discard(name)
        if name in self.taken:
            free.append(self.taken.pop(name))
        self.next_mirror = time.monotonic()

    def _fill(self, executor: Executor, free: list[Slot]) -> None:
        """Give every free slot the next trial that nobody runs."""
        while free and (trial := self.search.ask()) is not None:
            self._begin(trial, free.pop(0), executor)

    def _begin(self, trial: TrialSpec, slot: Slot, executor: Executor) -> None:
        """Directory first, then database, then process: killed in between, the next run finds all that there is."""
        self.numbers[trial.name] += 1
        number = self.numbers[trial.name]
        directory = self.workspace.attempt_directory(self.study, trial.name, number)
        create_attempt(directory, JobSpec(trial=trial, attempt=number, threads=slot.threads, gpus=slot.gpus))
        self.store.begin_attempt(self.study, trial.name, number, executor.name, slot.threads, slot.gpus, time.time())
        executor.submit(directory)
        self._watch(LiveAttempt(trial, number, directory), slot)

    def _watch(self, attempt: LiveAttempt, slot: Slot | None) -> None:
        self.live[attempt.trial.name] = attempt
        if slot is not None:
            self.taken[attempt.trial.name] = slot
        self.observer.on_start(attempt.trial, attempt.number)

    def _conclude(self, attempt: LiveAttempt, reason: str) -> bool:
        """Take the result in, or give the attempt up; False if its job is alive after all."""
        result = attempt.finish(self.store)
        if result is None and attempt.give_up(self.store, AttemptStatus.LOST, reason, time.time()):
            self._count_loss(attempt.trial, reason)
            return True
        result = result or attempt.finish(self.store)  # it may have come between the two looks
        if result is None:
            return False
        self._tell(attempt, result)
        return True

    def _tell(self, attempt: LiveAttempt, result: TrialResult) -> None:
        failure = result.failure
        self.search.tell(attempt.trial.name, None if failure else attempt.score(self.objective))
        status = TrialStatus.FAILED if failure else TrialStatus.COMPLETE
        self.observer.on_end(attempt.trial, status, f"{failure.kind}: {failure.message}" if failure else None)

    def _count_loss(self, trial: TrialSpec, reason: str) -> None:
        """A death of the process says nothing of the trial: it stays planned, but does not hold this run for ever."""
        self.losses[trial.name] += 1
        if self.losses[trial.name] < MAX_LOSSES:
            self.search.give_back(trial.name)
            what_next = "it will run again"
        else:
            self.search.tell(trial.name, None)
            what_next = f"{MAX_LOSSES} times in this run, so it is left for the next one"
        self.observer.on_end(trial, TrialStatus.PLANNED, f"{reason}; {what_next}")

    def _stop(self, executor: Executor) -> None:
        executor.stop()
        for attempt in self.live.values():
            end_job(attempt.directory)
            if attempt.finish(self.store) is None:
                attempt.give_up(self.store, AttemptStatus.STOPPED, "stopped by request", time.time())

    def _mirror_if_due(self) -> None:
        if time.monotonic() >= self.next_mirror:
            self.mirror()
            self.next_mirror = time.monotonic() + MIRROR_SECONDS

    def _finding(self, record: TrialRecord) -> Finished:
        value = record.scores.get(self.objective.split, {}).get(self.objective.metric.value)
        return Finished(record.name, record.combination, record.seed, 0, value)


def _is_over(record: TrialRecord) -> bool:
    return record.status in (TrialStatus.COMPLETE, TrialStatus.FAILED)
