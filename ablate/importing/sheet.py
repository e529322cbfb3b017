"""A source of runs as text: one run a row, one name a column, whatever it was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ablate.specs import SourceKind
from ablate.tracking.mlflow_runs import Point


@dataclass(frozen=True)
class Run:
    """One run: where messages find it, and its cells by column, those without a value left out.

    `key` is what the source knows it by. Times are seconds since 1970, None where the source does not tell.
    """

    place: str
    cells: Mapping[str, str]
    key: str = ""
    started: float | None = None
    ended: float | None = None


def no_history(_run: Run, _column: str) -> tuple[Point, ...]:
    """Of a source that holds last values only."""
    return ()


@dataclass(frozen=True)
class Sheet:
    """All runs of a source, in its order; `state` is the column that says how each ended, where the source has one.

    `place` and `digest` as in `Source`; `history` answers a column's numbers by step, or none.
    """

    kind: SourceKind
    place: str
    columns: tuple[str, ...]
    runs: tuple[Run, ...]
    digest: str | None = None
    experiment: str | None = None
    state: str | None = None
    history: Callable[[Run, str], tuple[Point, ...]] = no_history


def cell(value: object) -> str:
    """A value as text on one line, empty for nothing."""
    return " ".join(str(value).replace("\0", "\\0").split())


def name_columns(groups: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], str]:
    """A column for every key of every group: the key itself, or where two groups have it `group.key`."""
    keys = {group: tuple(dict.fromkeys(names)) for group, names in groups.items()}
    counts = Counter(key for names in keys.values() for key in names)
    return {
        (group, key): cell(key) if counts[key] == 1 else cell(f"{group}.{key}")
        for group, names in keys.items()
        for key in names
    }
