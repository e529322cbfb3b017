"""Every test of the models draws from a seed that is printed."""

from __future__ import annotations

import pytest
import torch

SEED = 20220428


@pytest.fixture(autouse=True)
def _seeded() -> None:
    print(f"torch.manual_seed({SEED})")  # noqa: T201 shown with a failure
    torch.manual_seed(SEED)
