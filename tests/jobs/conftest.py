import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `carried_out`, which other processes import as well

from carried_out import do_as_named
from watched import LIGHT, RESOURCES

from ablate.jobs.local import LocalExecutor


@pytest.fixture
def light():
    executor = LocalExecutor(RESOURCES, carry_out=do_as_named, preload=LIGHT)
    yield executor
    executor.stop(0)
