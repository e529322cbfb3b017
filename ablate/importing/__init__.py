"""Runs that were made elsewhere, as a study of the tracking database: read, checked, planned, entered.

A source becomes a `Sheet` of text cells (`files`, `wandb`, `experiments`); a `Request` says what its columns mean; the
rest is the same for all sources.
"""

from ablate.importing.enter import Account, import_runs
from ablate.importing.experiments import reading_experiment
from ablate.importing.files import read_file
from ablate.importing.request import Request
from ablate.importing.sheet import Run, Sheet

__all__ = ["Account", "Request", "Run", "Sheet", "import_runs", "read_file", "reading_experiment"]
