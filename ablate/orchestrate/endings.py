"""What becomes of a trial when one of its attempts has ended."""

from __future__ import annotations

import time

from ablate.orchestrate.attempt import LiveAttempt
from ablate.orchestrate.books import Books
from ablate.orchestrate.observer import Observer
from ablate.orchestrate.tries import Tries
from ablate.specs import Failure, StudySpec, TrialResult
from ablate.study.search import Search
from ablate.tracking.records import AttemptStatus, TrialStatus

STOPPED = "stopped by request"


class Endings:
    """Writes ends down: in the books, then for the search, then for whoever watches."""

    def __init__(self, study: StudySpec, books: Books, search: Search, observer: Observer) -> None:
        self.objective = study.objective
        self.has_any = False
        self._books, self._search, self._observer = books, search, observer
        self._tries = Tries(study.resources.attempts)

    def conclude(self, attempt: LiveAttempt, reason: str) -> bool:
        """Take the result in, or give the attempt up for `reason`; False if its job is alive after all."""
        result = attempt.result()
        if result is None and attempt.give_up(self._books, AttemptStatus.LOST, reason, time.time()):
            self._after_loss(attempt, reason)
            return True
        result = result or attempt.result()  # it may have come between the two looks
        if result is None:
            return False
        self._after_result(attempt, result)
        return True

    def prune(self, attempt: LiveAttempt) -> None:
        """Close a tuning trial that the pruner gave up, even if it ran on to its end: the verdict came before."""
        reason = f"pruned after epoch {attempt.pruned_at}"
        attempt.give_up(self._books, AttemptStatus.PRUNED, reason, time.time())
        self._search.tell_pruned(attempt.trial.name)
        self._observer.on_end(attempt.trial, TrialStatus.PRUNED, reason)
        self.has_any = True

    def stop(self, attempt: LiveAttempt) -> None:
        """Close an attempt whose job was asked to stop; a result that came first is kept."""
        result = attempt.result()
        if result is not None:
            attempt.finish(self._books, result, is_final=self._is_final(attempt, result.failure))
        else:
            attempt.give_up(self._books, AttemptStatus.STOPPED, STOPPED, time.time())
        self.has_any = True

    def _after_result(self, attempt: LiveAttempt, result: TrialResult) -> None:
        failure, name = result.failure, attempt.trial.name
        is_final = self._is_final(attempt, failure)
        lost = attempt.finish(self._books, result, is_final=is_final)
        self.has_any = True
        if lost is not None:
            self._after_loss(attempt, lost)
        elif failure is None:
            self._search.tell(name, attempt.score(self.objective))
            self._observer.on_end(attempt.trial, TrialStatus.COMPLETE, None)
        elif is_final:
            self._search.tell(name, None)
            self._observer.on_end(attempt.trial, TrialStatus.FAILED, _said(failure))
        else:
            self._tries.spend(name)
            self._search.give_back(name)
            self._observer.on_end(attempt.trial, TrialStatus.PLANNED, f"{_said(failure)}; it will run again")

    def _after_loss(self, attempt: LiveAttempt, reason: str) -> None:
        """A death of the process says nothing of the trial: it stays planned, but does not hold this run for ever."""
        name = attempt.trial.name
        self.has_any = True
        if self._tries.spend(name):
            self._search.give_back(name)
            what_next = "it will run again"
        else:
            self._search.set_aside(name)
            what_next = f"{self._tries.most} times in this run, so it is left for the next one"
        self._observer.on_end(attempt.trial, TrialStatus.PLANNED, f"{reason}; {what_next}")

    def _is_final(self, attempt: LiveAttempt, failure: Failure | None) -> bool:
        return failure is None or self._tries.is_final(attempt.trial.name, failure)


def _said(failure: Failure) -> str:
    return f"{failure.kind}: {failure.message}"
