"""From a plan to complete trials: submit, ingest, recover. The only writer of the tracking database."""

from ablate.orchestrate.observer import Observer
from ablate.orchestrate.run import Outcome, retry_failed, run_study

__all__ = ["Observer", "Outcome", "retry_failed", "run_study"]
