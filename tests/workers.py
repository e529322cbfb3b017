"""How `make test` shares the tests out among processes. It is loaded by that target alone: see the Makefile."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/chaos/",)
"""Folders whose files share what takes long to make, or time what others of the folder would slow down."""


class ByFile(LoadFileScheduling):
    """All tests of a file go to one process, which makes what they share once; so do all of some folders."""

    def _split_scope(self, nodeid: str) -> str:
        folders = [folder for folder in TOGETHER if nodeid.startswith(folder)]
        return folders[0] if folders else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Called in the process that shares out."""
    return ByFile(config, log)


def pytest_collection(session: pytest.Session) -> None:
    """Prepare a process that tests: one thread for torch, as threads that wait for a taken core cost minutes.

    All of torch is loaded before `ablate.models` is: jaxtyping's hook compiles anew whatever is first imported by a
    module that it instruments, which here takes ten seconds.
    """
    if hasattr(session.config, "workerinput"):
        import timm  # noqa: F401
        import torch

        torch.set_num_threads(1)
