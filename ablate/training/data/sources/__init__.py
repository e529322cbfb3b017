"""Where images come from."""

from __future__ import annotations

from ablate.specs import DataSpec
from ablate.training.data.pool import Source
from ablate.training.data.sources.digits import read_digits


def read_source(spec: DataSpec) -> Source:
    """The data set that `spec` names."""
    del spec
    return read_digits()
