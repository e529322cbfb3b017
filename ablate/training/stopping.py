"""Stopping on request: at the next safe place, with a checkpoint, and without a result."""

from __future__ import annotations

from collections.abc import Callable

IsStopping = Callable[[], bool]
"""Asked between steps and between batches of an evaluation."""


class Stopped(BaseException):
    """The training stopped because it was asked to: neither an error nor a result, so no `except Exception` sees it."""


def never() -> bool:
    """Nobody asks for a stop."""
    return False
