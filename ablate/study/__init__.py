"""From a study file to trials: reading, checking, laying out, and the order of running. `search` alone needs Optuna."""
