"""The two books of a study, its ledger and the tracking database: what happens is entered in both, in this order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from ablate.orchestrate.ledger import Begun, Ended, Entry, Finished, Interrupted, Ledger, Retried
from ablate.orchestrate.stopping import interrupts_deferred
from ablate.specs import JobSpec, Objective, Plan, TrialResult
from ablate.tracking.records import Artifact
from ablate.tracking.store import Store


class Books:
    """The only hand that writes a study's progress; `warn` hears of what is damaged and does not stop the study."""

    def __init__(self, study: str, objective: Objective, store: Store, ledger: Ledger, warn: Callable[[str], None]):
        self.study, self.objective, self.store, self.warn = study, objective, store, warn
        self._ledger = ledger

    def record_plan(self, plan: Plan) -> bool:
        """Make the plan the current one; answers whether it was another, or none, before."""
        self._ledger.enter_plan(plan)
        return self.store.record_plan(plan)

    def begin_attempt(self, job: JobSpec, executor: str, started: float) -> None:
        """Note that an attempt, whose directory is there, runs since `started`; and its trial, where it is tuned."""
        entry = Begun(
            trial=job.trial.name,
            attempt=job.attempt,
            executor=executor,
            threads=job.threads,
            gpus=job.gpus,
            started=started,
        )
        with self._entering(entry):
            enter_attempt(self.store, self.study, job, executor, started)

    def finish_attempt(self, result: TrialResult, offset: int, left: Sequence[Artifact], *, is_final: bool) -> None:
        """Note that a result was taken in, with the metrics before byte `offset`, and the files that were `left`."""
        entry = Finished(trial=result.trial, attempt=result.attempt, is_final=is_final, offset=offset)
        with self._entering(entry):
            self.store.finish_attempt(self.study, result, left, is_final=is_final)

    def end_attempt(
        self,
        trial_name: str,
        number: int,
        status: Interrupted,
        reason: str,
        ended: float,
        offset: int,
        left: Sequence[Artifact],
    ) -> None:
        """Note that an attempt came to nothing, with the metrics before byte `offset` and the files that it `left`."""
        entry = Ended(trial=trial_name, attempt=number, status=status, reason=reason, ended=ended, offset=offset)
        with self._entering(entry):
            self.store.end_attempt(self.study, trial_name, number, status, reason, ended, left)

    def reset_failed(self) -> int:
        """Plan the failed trials anew; answers how many there were."""
        with self._entering(Retried()):
            return self.store.reset_failed(self.study)

    @contextlib.contextmanager
    def _entering(self, entry: Entry) -> Iterator[None]:
        """Both books or neither, as far as Ctrl-C is concerned; a kill in between is made up for by the next run."""
        with interrupts_deferred():
            self._ledger.enter(entry)
            yield


def enter_attempt(store: Store, study: str, job: JobSpec, executor: str, started: float) -> None:
    """Enter an attempt into the database, and with it the trial where the plan does not know all of it."""
    if job.trial.combination is not None:
        store.record_trial(study, job.trial)
    store.begin_attempt(study, job.trial.name, job.attempt, executor, job.threads, job.gpus, started)
