"""Chance that can be had again."""

from __future__ import annotations

import random
import sys

import pytest


@pytest.fixture
def chance() -> random.Random:
    """A generator whose seed is told where the test fails."""
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)
