"""What is under way: the live attempts, and the slots they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ablate.jobs import lease
from ablate.jobs.executor import Executor, Slot, is_alone
from ablate.jobs.journal import create_attempt
from ablate.orchestrate.attempt import LiveAttempt, scored
from ablate.orchestrate.books import Books
from ablate.orchestrate.endings import Endings
from ablate.orchestrate.observer import Observer
from ablate.orchestrate.recovery import LOST
from ablate.orchestrate.standing import read_standing
from ablate.orchestrate.stopping import GRACE_SECONDS, ask_to_end, deaf_to_interrupts, end_jobs, sigterm_as_interrupt
from ablate.specs import JobSpec, MetricRecord, Plan, TrialSpec, process_count
from ablate.study.search import Search
from ablate.tracking.records import TrialStatus
from ablate.workspace import Workspace

TICK_SECONDS = 0.2
MIRROR_SECONDS = 15.0
"""How long a mirror may lag behind while no trial ends."""

QUICK_SECONDS = 0.5
"""What a mirror may take whenever a trial has ended; a slower one is left alone for as long as it took."""


STOPPING = "stopping: running trials write a checkpoint, and the next run goes on from there (Ctrl-C again: at once)"


class UnderWay:
    """One run's live attempts: every slot is kept busy until nothing is left that can be asked for."""

    def __init__(
        self,
        plan: Plan,
        books: Books,
        workspace: Workspace,
        observer: Observer,
        mirror: Callable[[], None],
        sample_seconds: float | None = None,
    ) -> None:
        self.books, self.workspace, self.observer, self.mirror = books, workspace, observer, mirror
        self.sample_seconds = sample_seconds
        self.study = plan.study.name
        standing = read_standing(books.store, plan)
        self.done, self.numbers = standing.counts, standing.attempts
        self.search = Search(plan, standing.finished)
        self.endings = Endings(plan.study, books, self.search, observer)
        self.live: dict[str, LiveAttempt] = {}
        self.taken: dict[str, Slot] = {}
        self.orphans: set[str] = set()  # trials whose job no executor of ours watches
        self.next_mirror = self.rested = time.monotonic()

    def to_the_end(self, executor: Executor, adopted: Sequence[LiveAttempt]) -> bool:
        """Run until nothing is left; returns whether it was interrupted. No job of ours outlives an error."""
        with sigterm_as_interrupt():
            try:
                self._loop(executor, adopted)
            except KeyboardInterrupt:
                self._stop(executor)
                return True
            except BaseException:
                executor.stop()
                raise
            executor.stop()
        return False

    def _loop(self, executor: Executor, adopted: Sequence[LiveAttempt]) -> None:
        free = list(executor.slots)
        complete, failed = (
            self.done[TrialStatus.COMPLETE] + self.done[TrialStatus.PRUNED],
            self.done[TrialStatus.FAILED],
        )
        self.observer.on_plan(self.search.expected() - sum(self.done.values()), complete, failed, len(free))
        for note in (*executor.notes, *self.search.notes):
            self.observer.on_warning(note)
        for attempt in adopted:
            self._adopt(attempt, free)
            self._attend(attempt, executor, {}, free)  # it may have ended long ago
        self._fill(executor, free)
        while self.live:
            self._mirror_if_due()
            ended = {item.directory: item.reason for item in executor.wait(TICK_SECONDS)}
            for attempt in list(self.live.values()):
                self._attend(attempt, executor, ended, free)
            self._fill(executor, free)
            self.observer.on_idle()

    def _fill(self, executor: Executor, free: list[Slot]) -> None:
        """Give every free slot the next trial that nobody runs."""
        while free and (trial := self.search.ask()) is not None:
            self._begin(trial, free.pop(0), executor)

    def _begin(self, trial: TrialSpec, slot: Slot, executor: Executor) -> None:
        """Directory first, then the books, then process: killed in between, the next run finds all that there is."""
        self.numbers[trial.name] += 1
        number = self.numbers[trial.name]
        directory = self.workspace.attempt_directory(self.study, trial.name, number)
        job = JobSpec(
            trial=trial,
            attempt=number,
            threads=slot.threads,
            gpus=slot.gpus,
            processes=process_count(trial.configuration, slot.processes),
            sample_seconds=self.sample_seconds,
            is_alone=is_alone(slot, executor.slots) and not self.orphans,
            scored=scored(trial, self.endings.objective),
        )
        create_attempt(directory, job)
        self.books.begin_attempt(job, executor.name, time.time())
        executor.submit(directory)
        self._watch(LiveAttempt(trial, number, directory), slot)

    def _adopt(self, attempt: LiveAttempt, free: list[Slot]) -> None:
        """Take over a job that an earlier run left alive; what it had written by then is told to the search again."""
        self.search.claim(attempt.trial)
        self.orphans.add(attempt.trial.name)
        self._watch(attempt, free.pop() if free else None)
        for record in attempt.recall(self.books.store):
            self._hear(attempt, record)

    def _watch(self, attempt: LiveAttempt, slot: Slot | None) -> None:
        self.live[attempt.trial.name] = attempt
        if slot is not None:
            self.taken[attempt.trial.name] = slot
        self.observer.on_start(attempt.trial, attempt.number)

    def _attend(
        self, attempt: LiveAttempt, executor: Executor, ended: dict[Path, str | None], free: list[Slot]
    ) -> None:
        """Read on in one journal; close the attempt if its process is gone, or if it is to be cut short."""
        name = attempt.trial.name
        for record in attempt.ingest(self.books):
            self._hear(attempt, record)
        is_gone = attempt.directory in ended or (name in self.orphans and not lease.is_held(attempt.directory))
        if attempt.pruned_at is not None:
            self._end_job(attempt, executor)
            self.endings.prune(attempt)
        elif not is_gone:
            return
        elif not self.endings.conclude(attempt, ended.get(attempt.directory) or LOST):
            self.orphans.add(name)  # the executor lost sight of a job that lives on
            return
        del self.live[name]
        self.orphans.discard(name)
        if name in self.taken:
            free.append(self.taken.pop(name))
        self.next_mirror = self.rested

    def _hear(self, attempt: LiveAttempt, record: MetricRecord) -> None:
        """Tell of one record, and note the step at which the study's pruner gives the trial up."""
        self.observer.on_metrics(attempt.trial, record)
        value = attempt.judged(record, self.endings.objective)
        if value is not None and attempt.pruned_at is None:
            should_end = self.search.report(attempt.trial.name, record.step, value)
            attempt.pruned_at = record.step if should_end else None

    def _end_job(self, attempt: LiveAttempt, executor: Executor) -> None:
        if attempt.trial.name in self.orphans:
            end_jobs([attempt.directory], grace_seconds=0.0)
        else:
            executor.cancel(attempt.directory)

    def _stop(self, executor: Executor) -> None:
        """Let every job write a checkpoint and end; a second Ctrl-C ends them at once."""
        try:
            self.observer.on_warning(STOPPING)
            self._end_all(executor, GRACE_SECONDS)
        except KeyboardInterrupt:
            with deaf_to_interrupts():
                self._end_all(executor, 0.0)
        with deaf_to_interrupts():
            for attempt in self.live.values():
                self.endings.stop(attempt)

    def _end_all(self, executor: Executor, grace_seconds: float) -> None:
        orphans = [self.live[name].directory for name in self.orphans if name in self.live]
        deadline = time.monotonic() + grace_seconds
        ask_to_end(orphans)
        executor.stop(grace_seconds)
        end_jobs(orphans, max(0.0, deadline - time.monotonic()))

    def _mirror_if_due(self) -> None:
        """After a trial has ended, while others run, or once in a while; a slow one no more than half of the time."""
        began = time.monotonic()
        if began >= self.next_mirror:
            self.mirror()
            now = time.monotonic()
            self.next_mirror = now + MIRROR_SECONDS
            self.rested = now + (now - began) if now - began > QUICK_SECONDS else now
