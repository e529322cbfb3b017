"""A study under attack: rounds of `ablate run`, each disturbed at random moments, until enough has been killed."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from harm import ask_to_stop, damage_checkpoint, full_disk, kill_kinds, locked_database, wait_for
from place import Place, Run

WEIGHTS = {
    "one job": 26,
    "jobs": 10,
    "orchestrator": 22,
    "orchestrator and jobs": 16,
    "fork server": 8,
    "a starting job": 4,
    "everything": 8,
    "SIGINT": 2,
    "SIGTERM": 2,
    "SIGINT twice": 2,
}
"""How often what is done, where it can be done."""

SETTING_BACK = ("one job", "jobs", "orchestrator and jobs", "fork server", "everything")
"""What keeps a study from getting ahead: done soon, while more of it is finished than of the kills."""

MARGIN = 0.15
START_SECONDS = 5.0
STOP_SECONDS, SECOND_STOP_SECONDS = 10.0, 2.0
"""How fast a run has to end when it is asked to, and when it is asked again."""

DISK_SECONDS, LOCK_SECONDS, LONG_LOCK_SECONDS = 4.0, 4.0, 40.0


@dataclass
class Tally:
    """What was done, and every promise that was seen broken."""

    kills: Counter[str] = field(default_factory=Counter)
    processes: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    slowest_stop: float = 0.0
    damaged: Counter[str] = field(default_factory=Counter)
    specials: dict[str, str] = field(default_factory=dict)
    rounds: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def moments(self) -> int:
        """Moments at which something was killed with SIGKILL."""
        return self.kills.total()


class Campaign:
    """Disturbs the study of a place of `trials` trials until `kills` moments have seen a SIGKILL.

    Each of `specials` (disk, lock, long lock) is done once, spread over the campaign.
    """

    def __init__(
        self,
        place: Place,
        rng: random.Random,
        trials: int,
        kills: int,
        specials: tuple[str, ...],
        say: Callable[[str], None],
        *,
        has_small_disk: bool,
    ) -> None:
        self.place, self.rng, self.trials, self.kills, self.say = place, rng, trials, kills, say
        self.has_small_disk = has_small_disk
        self.due = [(kills * (number + 1) // (len(specials) + 1), name) for number, name in enumerate(specials)]
        self.tally = Tally()

    def go_on_until_enough_is_killed(self) -> Tally:
        """Round after round, until enough is killed or the study is complete, which may come first."""
        while self.tally.moments < self.kills and self.place.finished_trials() < self.trials:
            self._go_one_round()
        return self.tally

    def _go_one_round(self) -> None:
        self.tally.rounds += 1
        self._damage()
        before = set(self.place.processes().all())
        run, events = self.place.start(), []
        while run.is_alive and self.tally.moments < self.kills:
            if not self._wait_for_a_moment(run):
                break
            at = run.age
            if self.due and self.tally.moments >= self.due[0][0]:
                what = self._do_special(run, self.due[0][1])
            else:
                what = self._strike(run, before)
            events += [f"{what} at {at:.1f}"] if what else []
            wait_for(lambda: not run.is_alive, 0.1)
        if run.is_alive:  # enough is killed; the last round ends as all others might
            kill_kinds(self.place, self.rng, "orchestrator")
        self._judge_end(run, events)
        done = f"{self.place.finished_trials()}/{self.trials}"
        code = run.process.wait()
        self.say(
            f"round {self.tally.rounds}: {', '.join(events) or 'nothing'}; exit code {code}, {done} trials finished"
        )

    def _wait_for_a_moment(self, run: Run) -> bool:
        """Some time in the start of the run, or some time after a job has begun; False if the run has ended."""
        ahead = self._ahead()
        if self.rng.random() < 0.2 and run.age < START_SECONDS:
            return not wait_for(lambda: not run.is_alive, self.rng.uniform(0, START_SECONDS - run.age))
        wait_for(lambda: not run.is_alive or self.place.processes().jobs, 60)
        longest = 0.3 if ahead > 0 else 2.0 if ahead > -0.2 else 6.0
        return not wait_for(lambda: not run.is_alive, self.rng.uniform(0, longest))

    def _ahead(self) -> float:
        """How far the study is before the kills, with a margin: it must not be complete before the last of them."""
        return self.place.finished_trials() / self.trials - self.tally.moments / self.kills + MARGIN

    def _strike(self, run: Run, before: set[int]) -> str | None:
        kinds = {kind: WEIGHTS[kind] for kind in SETTING_BACK} if self._ahead() > 0 else WEIGHTS
        what = self.rng.choices(list(kinds), list(kinds.values()))[0]
        if what.startswith("SIG"):
            self._stop(run, what, before)
            return what
        killed = kill_kinds(self.place, self.rng, what)
        if not killed:
            return None
        self.tally.kills[what] += 1
        self.tally.processes += killed
        return what

    def _stop(self, run: Run, what: str, before: set[int]) -> None:
        """Ask the run to stop; it has to end in time, and to leave no process of its own."""
        has_begun = bool(run.said())
        is_twice = what.endswith("twice")
        number = signal.SIGTERM if what == "SIGTERM" else signal.SIGINT
        seconds = ask_to_stop(run, number, self.rng.uniform(0.1, 1.0) if is_twice else None)
        self.tally.stops[what] += 1
        self.tally.slowest_stop = max(self.tally.slowest_stop, seconds)
        if seconds > (SECOND_STOP_SECONDS if is_twice else STOP_SECONDS):
            self.tally.broken.append(f"round {self.tally.rounds}: {what} took {seconds:.1f} s")
        mine = set() if has_begun else before  # jobs of an earlier run, which this one had not taken over yet
        if not wait_for(lambda: not set(self.place.processes().all()) - mine, 1.0):
            self.tally.broken.append(f"round {self.tally.rounds}: {what} left {self.place.processes()}")

    def _do_special(self, run: Run, what: str) -> str:
        """Fill the disk or lock the database for a while; the run may survive it, or end with one line."""
        self.due.pop(0)
        began = time.monotonic()
        match what:
            case "disk":
                with full_disk(self.place, is_small=self.has_small_disk):
                    time.sleep(DISK_SECONDS)
                how = "a small file system, filled" if self.has_small_disk else "a limit of file sizes"
            case "lock":
                with locked_database(self.place):
                    time.sleep(LOCK_SECONDS)
                how = "less than the store's patience"
            case "long lock":
                with locked_database(self.place):
                    wait_for(lambda: not run.is_alive, LONG_LOCK_SECONDS)
                how = "more than the store's patience"
            case _:
                raise ValueError(what)
        wait_for(lambda: not run.is_alive, 2.0)
        ended = "the run went on" if run.is_alive else f"the run ended with code {run.process.wait()}"
        self.tally.specials[what] = f"{how}, {time.monotonic() - began:.0f} s; {ended}"
        if what == "lock" and not run.is_alive and run.process.wait() == 2:
            self.tally.broken.append(f"round {self.tally.rounds}: a lock of {LOCK_SECONDS} s ended the run")
        if what == "long lock" and run.is_alive:
            self.tally.broken.append(f"round {self.tally.rounds}: the run did not end while the database was locked")
        return what

    def _judge_end(self, run: Run, events: list[str]) -> None:
        """A run that was not killed ends with a code that says what is so, and one line rather than a trace."""
        code, said = run.process.wait(), run.said()
        if code == -signal.SIGKILL:
            return
        was_asked = any(event.startswith("SIG") for event in events)
        has_reason = any(event.startswith(("disk", "long lock")) for event in events)
        place = f"round {self.tally.rounds}, exit code {code} ({run.output.name})"
        if "Traceback" in said:
            self.tally.broken.append(f"{place}: a traceback")
        is_asked = was_asked and code in (130, -signal.SIGINT, -signal.SIGTERM)
        is_said = code == 2 and has_reason and "error: " in said
        is_undone = code == 1 and "trials complete" in said
        if not (code == 0 or is_asked or is_said or is_undone):
            self.tally.broken.append(f"{place}: {said.strip()[-200:]}")

    def _damage(self) -> None:
        if self.rng.random() < 0.4 and (how := damage_checkpoint(self.place, self.rng)):
            self.tally.damaged[how] += 1
