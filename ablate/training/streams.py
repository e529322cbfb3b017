"""Named streams of randomness: every draw is a function of (seed, stream, position), never of what ran before.

So two combinations with the same seed see the same batches in the same order although their models draw a different
number of initial weights, and a later epoch's draws do not depend on how the earlier ones were reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import torch


class Stream(StrEnum):
    """What the randomness is for."""

    INIT = "init"
    DATA_ORDER = "data order"
    DROPOUT = "dropout"
    AUGMENTATION = "augmentation"


def stream_seed(seed: int, stream: Stream, *position: int) -> int:
    """A 63-bit seed: the first bits of SHA-256 over the seed, the stream's name and the position in it."""
    key = "/".join([str(seed), stream.value, *(str(part) for part in position)])
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 1


def generator(seed: int, stream: Stream, *position: int) -> torch.Generator:
    """A CPU generator at the start of `stream` for `seed`, at `position` (an epoch, a step)."""
    return torch.Generator().manual_seed(stream_seed(seed, stream, *position))


@contextmanager
def default_generators(seed: int, stream: Stream, *position: int) -> Iterator[None]:
    """Within the block torch's default generators (CPU and GPU) are at that place of the stream.

    For code that takes no generator: timm's initialisation, dropout and stochastic depth. The state from before is
    put back afterwards.
    """
    with kept_generators():
        move_generators(seed, stream, *position)
        yield


@contextmanager
def kept_generators() -> Iterator[None]:
    """After the block torch's default generators are as they were before."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        yield


def move_generators(seed: int, stream: Stream, *position: int) -> None:
    """Put torch's default generators at that place of the stream; cheap enough for every step.

    `torch.manual_seed` does the same in a hundred times the time where there is no GPU: it takes down a stack trace.
    """
    value = stream_seed(seed, stream, *position)
    torch.default_generator.manual_seed(value)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed(value)
