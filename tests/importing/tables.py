"""Runs of two optimizers at two learning rates, and what to read them as."""

from ablate.importing import Request
from ablate.specs import Direction

HEADER = "optimizer,lr,seed,acc,state"
ROWS = (
    "adam,0.1,0,0.91,finished",
    "adam,0.1,1,0.93,finished",
    "adam,0.01,0,0.95,finished",
    "adam,0.01,1,0.96,finished",
    "sgd,0.1,0,0.81,finished",
    "sgd,0.1,1,0.82,finished",
    "sgd,0.01,0,0.84,finished",
    "sgd,0.01,1,0.88,finished",
)
WANTED = Request(
    name="mine",
    factors=("optimizer", "lr"),
    seed="seed",
    objective="acc",
    direction=Direction.MAXIMIZE,
    baseline=("optimizer=adam", "lr=0.1"),
    state="state",
)
