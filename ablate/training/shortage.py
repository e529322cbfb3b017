"""Memory that runs out: how that is known, whatever says it."""

from __future__ import annotations

import errno
import gc

import torch

OUT_OF_MEMORY_WORDS = ("can't allocate memory", "out of memory", "cannot allocate memory", "alloc_failed")
"""In the texts of errors that have no class of their own: torch's CPU allocator, CUDA's driver, cuBLAS."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the machine, or its GPU, had no memory left: by class where there is one, else by the text."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS)


def give_back() -> None:
    """Free what no longer has a name, and what torch keeps of a GPU's memory for later."""
    gc.collect()
    torch.cuda.empty_cache()  # does nothing where CUDA was not begun with
