"""What runs next: tuning trials as Optuna proposes them, then every replicate once. The only home of Optuna."""

import optuna

from ablate.study.search.finished import Finished
from ablate.study.search.search import Search

__all__ = ["Finished", "Search"]

optuna.logging.set_verbosity(optuna.logging.ERROR)
