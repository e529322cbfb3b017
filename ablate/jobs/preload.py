"""What a fork server imports once for all jobs: the worker with torch, timm and Accelerate, and the data's library.

None of it starts a thread or touches CUDA, so a process forked afterwards is sound.
"""

import sklearn.datasets  # noqa: F401  (its import takes longer than to train a small model)

import ablate.jobs.worker  # noqa: F401
from ablate.jobs import environment
from ablate.jobs.code import identify

identify()  # while what was imported is what lies on the disk; the jobs inherit the answer
environment.system()
