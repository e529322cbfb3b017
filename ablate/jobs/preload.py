"""What a fork server imports once for all jobs: the worker with torch, timm and Accelerate, and the data's library.

None of it starts a thread or touches CUDA, so a process forked afterwards is sound.
"""

import sklearn.datasets  # noqa: F401  (its import takes longer than to train a small model)

import ablate.jobs.worker  # noqa: F401
