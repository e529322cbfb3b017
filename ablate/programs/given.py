"""What a program is given of its trial, and how it hears that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ablate.specs import Configuration, ProgramSpec

IsStopping = Callable[[], bool]


class ProgramStopped(BaseException):
    """The program ended because it was asked to: neither an error nor a result, so no `except Exception` sees it."""


class Given(NamedTuple):
    """One trial, as its program sees it.

    `directory` is the trial's own, from attempt to attempt; `configuration_file` is where a command finds all settings.
    `threads` are the CPU threads that it should take.
    """

    program: ProgramSpec
    configuration: Configuration
    seed: int
    directory: Path
    configuration_file: Path
    threads: int

    def settings(self) -> dict[str, Any]:
        """The resolved configuration as plain values: `model`, `data`, `training` and the program's own `settings`."""
        return self.configuration.model_dump(mode="json", exclude={"program"})
