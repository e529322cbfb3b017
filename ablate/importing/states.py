"""How runs ended, in the words that sources have for it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from ablate.importing.sheet import Sheet

NAMES = ("state", "status")
"""What a column is called that nobody has to name to us, in lower case."""


class State(StrEnum):
    """How a run stands.

    Where the source does not say it, a run with an objective has finished, and one without did not come to a result.
    """

    FINISHED = "finished"
    FAILED = "failed"
    RUNNING = "running"


WORDS = {
    **dict.fromkeys(("finished", "complete", "completed", "success", "succeeded", "done", "ok"), State.FINISHED),
    **dict.fromkeys(("failed", "fail", "crashed", "killed", "error", "cancelled", "canceled"), State.FAILED),
    **dict.fromkeys(("running", "pending", "scheduled", "queued", "preempting", "preempted"), State.RUNNING),
}
"""The words of Weights & Biases, of MLflow, and those that people use, in lower case."""


def find_state_column(sheet: Sheet, taken: Collection[str]) -> str | None:
    """The source's own column of states, or one whose name and every word say that it is one; none that is `taken`."""
    if sheet.state is not None:
        return sheet.state
    for column in sheet.columns:
        words = [run.cells[column].lower() for run in sheet.runs if column in run.cells]
        if column.lower() in NAMES and column not in taken and words and all(word in WORDS for word in words):
            return column
    return None
