from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ablate.specs import StudySpec
from ablate.study.load import load_study

GOOD = """\
name: good
question: Which axis?
model:
  layer: {heads: 4}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.window: [3, 5, 7]
baseline: {model.layer.sharing: head, model.layer.window: 5}
seeds: 4
"""

Load = Callable[..., StudySpec]


@pytest.fixture
def good() -> str:
    """A study of 2 x 3 combinations and 4 seeds."""
    return GOOD


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a study from its text, as `study.yaml` in the current directory."""
    monkeypatch.chdir(tmp_path)

    def _load(text: str | bytes, *overrides: str, name: str | None = None) -> StudySpec:
        file = Path("study.yaml")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_study(file, overrides, name)

    return _load
