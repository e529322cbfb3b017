"""The one place that knows where things lie: `studies/`, `db/`, `reports/` under one directory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_NAME = 255
"""Bytes that file systems allow in the name of a directory."""


@dataclass(frozen=True)
class Workspace:
    """A directory with `studies/`, `db/` and `reports/`. Constructing one touches no disk."""

    root: Path

    @property
    def database(self) -> Path:
        """The file of the tracking database unless another is asked for."""
        return self.root / "db" / "ablate.db"

    @property
    def database_url(self) -> str:
        """Its SQLAlchemy URL."""
        return f"sqlite:///{self.database}"

    @property
    def mlflow_url(self) -> str:
        """MLflow's store unless another is asked for; a file of its own, since version tables collide."""
        return f"sqlite:///{self.root / 'db' / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        """Where MLflow keeps files."""
        return self.root / "db" / "mlflow-artifacts"

    @property
    def runs(self) -> Path:
        """The journals, one directory per study."""
        return self.root / "db" / "runs"

    def study_runs(self, study: str) -> Path:
        """The journals of a study: one directory per trial, one per attempt inside it."""
        return self.runs / study

    def attempt_directory(self, study: str, trial: str, attempt: int) -> Path:
        """The journal of one attempt."""
        return self.study_runs(study) / trial / f"{attempt:03d}"

    @property
    def scratch(self) -> Path:
        """Where trials are run again, to be compared and forgotten."""
        return self.root / "db" / "scratch"

    def study_lock(self, study: str) -> Path:
        """The file whose lock says that a run holds the study."""
        return self.study_runs(study) / "run.lock"

    def study_ledger(self, study: str) -> Path:
        """What the orchestrator alone knows of the study, in the order in which it happened."""
        return self.study_runs(study) / "ledger.jsonl"

    def study_plan(self, study: str, digest: str) -> Path:
        """A plan that the study has, or had, by the digest that its ledger calls it."""
        return self.study_runs(study) / "plans" / f"{digest}.json"

    def study_costs(self, study: str) -> Path:
        """The costs that matching has measured, remembered so that it finds the same again."""
        return self.study_runs(study) / "costs.json"

    def study_check(self, study: str) -> Path:
        """What the last check of the study found."""
        return self.study_runs(study) / "check.json"

    def report_due(self, study: str) -> Path:
        """A mark that is there from the start of a run until its report is written, so that a killed run owes it."""
        return self.study_runs(study) / "report.due"

    def report_directory(self, study: str) -> Path:
        """The report of a study and its figures."""
        return self.root / "reports" / study

    def comparison_directory(self, studies: Sequence[str]) -> Path:
        """Studies side by side: their names in the order given, cut where together they are too long for a name."""
        name = "--".join(studies)
        if len(name) > LONGEST_NAME:
            digest = hashlib.sha256(name.encode()).hexdigest()[:16]
            name = f"{name[: LONGEST_NAME - len(digest) - 2]}--{digest}"
        return self.root / "reports" / name
