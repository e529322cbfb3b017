"""Several processes that train one model together: what each takes of a batch, and what they agree on.

The batches are those of one process, in the same order, so the results are those of one process but for the order of
sums. With two processes a resumed training has the bits of an undisturbed one; with more, the order in which gradients
are added up depends on the steps before in the same process, so the last bits may differ. The models here hold no batch
norm; one that did would see the statistics of each process's share alone, or of a micro-batch where there are some.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import TCPStore

from ablate.specs import Device
from ablate.training.tally import Tally

HOST = "127.0.0.1"


class Share(NamedTuple):
    """What one process takes of a batch: which rows of it, how many of them count, and their weight in the gradient.

    Where a batch has fewer pairs of images than there are processes some would have none: they take one image that does
    not count.
    """

    rows: slice
    counted: int
    weight: float


@dataclass(frozen=True)
class Meeting:
    """Where the processes of one job find each other: a port of this machine, and in the first its open socket."""

    port: int
    listener: int | None


class Processes:
    """All processes that share a training, as one of them sees them: its own `rank` counts from 0.

    Alone it asks nobody.
    """

    def __init__(self, rank: int = 0, count: int = 1, meeting: Meeting | None = None) -> None:
        if (count > 1) != (meeting is not None):
            raise ValueError(f"{count} processes: several need a place to meet, and one needs none")
        self.rank, self.count, self._meeting = rank, count, meeting
        self._group: Any = None  # for a few numbers on the CPU, whatever carries the gradients

    @property
    def is_first(self) -> bool:
        """Whether this one keeps the journal and the checkpoints."""
        return self.rank == 0

    @contextmanager
    def joined(self, device: Device) -> Iterator[None]:
        """Meet the others; within the block Accelerate finds them, whatever the environment said before."""
        if self._meeting is not None:
            self._join(device, self._meeting)
        places = {"RANK": self.rank, "LOCAL_RANK": self.rank, "WORLD_SIZE": self.count, "LOCAL_WORLD_SIZE": self.count}
        threads = {"OMP_NUM_THREADS": torch.get_num_threads()}  # else Accelerate sets them, with a warning
        words = {**places, **threads} if self.count > 1 else dict.fromkeys(places)
        before = {name: os.environ.get(name) for name in words}
        try:
            _set_environment({name: None if value is None else str(value) for name, value in words.items()})
            yield
        finally:
            _set_environment(before)

    def share(self, size: int) -> Share:
        """This process's part of a batch of `size` images that all know; no image is in two parts.

        Neighbours (0 and 1, 2 and 3, ...) stay together, for where images are mixed it is with their neighbour.
        """
        if self.count == 1:
            return Share(slice(0, size), size, 1.0)
        pairs = -(-size // 2)
        first, end = (min(size, 2 * (number * pairs // self.count)) for number in (self.rank, self.rank + 1))
        rows = slice(first, end) if end > first else slice(0, 1)
        return Share(rows, end - first, (end - first) * self.count / size)

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes, in each; all must call it together."""
        return values if self.count == 1 else self._sum(values) / self.count

    def total(self, tally: Tally) -> Tally:
        """The tally of all processes, in each; all must call it together."""
        if self.count == 1:
            return tally
        images, loss, correct = self._sum(_as_row(tally))
        return Tally(int(images), loss, correct)

    def gather(self, tally: Tally) -> list[Tally]:
        """The tallies of all processes by rank, to the bit, in each; all must call it together."""
        if self.count == 1:
            return [tally]
        rows = [torch.empty(3, dtype=torch.float64) for _ in range(self.count)]
        dist.all_gather(rows, _as_row(tally), group=self._group)
        return [Tally(int(images), loss.float(), correct.long()) for images, loss, correct in rows]

    def follow_first(self, decision: int) -> int:
        """What the first process decided, in each; all must call it together."""
        if self.count == 1:
            return decision
        decided = torch.tensor(decision)
        dist.broadcast(decided, src=0, group=self._group)
        return int(decided)

    def _join(self, device: Device, meeting: Meeting) -> None:
        backend = "nccl" if device is Device.CUDA else "gloo"
        os.environ.setdefault("GLOO_SOCKET_IFNAME", _loopback())
        store = TCPStore(HOST, meeting.port, self.count, is_master=self.is_first, master_listen_fd=meeting.listener)
        dist.init_process_group(backend, store=store, rank=self.rank, world_size=self.count)
        self._group = dist.new_group(backend="gloo")

    def _sum(self, values: Tensor) -> Tensor:
        """Over the CPU, so that no accelerator is asked to carry a few numbers."""
        summed = values.detach().cpu().clone()
        dist.all_reduce(summed, group=self._group)
        return summed


ALONE = Processes()


def _as_row(tally: Tally) -> Tensor:
    """Its three sums as doubles, which hold each of them exactly."""
    return torch.stack([torch.as_tensor(part).double().cpu() for part in (tally.images, tally.loss, tally.correct)])


def _set_environment(words: dict[str, str | None]) -> None:
    for name, value in words.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _loopback() -> str:
    """The name of the interface that leads to this machine alone."""
    return next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
