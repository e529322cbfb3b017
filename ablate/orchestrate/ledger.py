"""What the orchestrator alone knows of a study: one line for each thing that it did, beside the journals of the jobs.

A line is on the disk before the database hears of it. So the database is always what the ledger's first lines make of
it, up to some line; what a kill cut off is made up for from the rest, and all of it can be made anew from the first.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from ablate.errors import WorkspaceError
from ablate.jobs.files import sync_directory, write_whole, writing
from ablate.jobs.lines import Damaged, read_lines
from ablate.specs import Plan
from ablate.specs.value import Value
from ablate.tracking.records import AttemptStatus
from ablate.workspace import Workspace

Interrupted = Literal[AttemptStatus.LOST, AttemptStatus.STOPPED, AttemptStatus.PRUNED]
"""How an attempt can end without its own word."""


class Planned(Value):
    """From here on the study has the plan of this digest."""

    kind: Literal["plan"] = "plan"
    digest: str


class Begun(Value):
    """An attempt began; what the trial is stands in the attempt's `spec.json`."""

    kind: Literal["begin"] = "begin"
    trial: str
    attempt: int
    executor: str
    threads: int
    gpus: tuple[int, ...]
    started: float


class Finished(Value):
    """An attempt's `result.json` was taken in, and of its metrics those before byte `offset`.

    `is_final`: if it failed, the trial did.
    """

    kind: Literal["finish"] = "finish"
    trial: str
    attempt: int
    is_final: bool
    offset: int


class Ended(Value):
    """An attempt ended without a result that counts; its metrics were read up to byte `offset`."""

    kind: Literal["end"] = "end"
    trial: str
    attempt: int
    status: Interrupted
    reason: str
    ended: float
    offset: int


class Retried(Value):
    """The failed trials of the plan were planned anew."""

    kind: Literal["retry"] = "retry"


Entry = Annotated[Planned | Begun | Finished | Ended | Retried, Field(discriminator="kind")]
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class LedgerRead(NamedTuple):
    """Every entry in its order, and the lines that were damaged."""

    entries: list[Entry]
    damaged: list[Damaged]


class Ledger:
    """The ledger of one study. Only who holds the study may write."""

    def __init__(self, workspace: Workspace, study: str) -> None:
        self._workspace, self._study = workspace, study
        self._path = workspace.study_ledger(study)
        self._plan: str | None = None

    def read(self) -> LedgerRead:
        """All that was written down; a last line without its end was never acted on, and is not part of it."""
        read = read_lines(self._path, ENTRY.validate_json)
        plans = [entry.digest for entry in read.values if isinstance(entry, Planned)]
        self._plan = plans[-1] if plans else None
        return LedgerRead(read.values, read.damaged)

    def begin(self, plan: Plan, entries: Sequence[Entry]) -> None:
        """Write a ledger where there is none: the plan, and what happened under it; it appears whole or not at all."""
        digest = self._keep_plan(plan)
        lines = [entry.model_dump_json() + "\n" for entry in (Planned(digest=digest), *entries)]
        write_whole(self._path, "".join(lines))
        self._plan = digest

    def enter(self, entry: Entry) -> None:
        """Add one line; once this returns it survives the machine. Raises `WorkspaceError` if the disk refuses it."""
        is_new = not self._path.exists()
        with writing(self._path):
            with self._path.open("ab") as file:
                file.write(entry.model_dump_json().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                sync_directory(self._path.parent)

    def enter_plan(self, plan: Plan) -> None:
        """Note that the study has this plan from now on; nothing if it is the one that it has.

        The plan is kept in a file of its own, so that a study that goes to and fro between plans keeps each once.
        """
        digest = self._keep_plan(plan)
        if digest != self._plan:
            self.enter(Planned(digest=digest))
            self._plan = digest

    def plan(self, digest: str) -> Plan:
        """A plan that the study has, or had. Raises `WorkspaceError` if its file is missing or damaged."""
        path = self._workspace.study_plan(self._study, digest)
        try:
            return Plan.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
            raise WorkspaceError(f"{path}: expected a whole Plan, found: {reason}") from error

    def mend(self) -> None:
        """Cut off a last line without its end, which a kill left: nothing was done on its word.

        Raises `WorkspaceError` if the disk refuses it.
        """
        if not self._path.exists():
            return
        with writing(self._path), self._path.open("r+b") as file:
            text = file.read()
            whole = text.rfind(b"\n") + 1
            if whole < len(text):
                file.truncate(whole)
                os.fsync(file.fileno())

    def _keep_plan(self, plan: Plan) -> str:
        """Write the plan's file, where there is none that is whole; answers what the ledger calls it."""
        text = plan.model_dump_json()
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        path = self._workspace.study_plan(self._study, digest)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            is_there = path.exists() and path.read_bytes() == text.encode()
        if not is_there:
            write_whole(path, text)
        return digest


def note_import(workspace: Workspace, plan: Plan) -> None:
    """Write down that a study was imported, and from where: there are no journals that would tell.

    Raises `WorkspaceError` if the disk refuses it.
    """
    ledger = Ledger(workspace, plan.study.name)
    ledger.read()
    ledger.enter_plan(plan)


def known_studies(workspace: Workspace) -> list[str]:
    """The studies that have journals or a ledger, sorted."""
    if not workspace.runs.is_dir():
        return []
    return sorted(path.name for path in workspace.runs.iterdir() if path.is_dir() and _is_study(path))


def _is_study(directory: Path) -> bool:
    return (directory / "ledger.jsonl").exists() or any(directory.glob("*/[0-9]*"))
