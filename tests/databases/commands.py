"""A small table of runs, the command that imports it, and how a command ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

TABLE = "optimizer,seed,acc\nadam,0,0.5\nadam,1,0.625\nsgd,0,0.25\nsgd,1,0.375\n"
IMPORT = ("import", "runs.csv", "--name", "mine", "--factor", "optimizer", "--seed", "seed", "--maximize", "acc")


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]
