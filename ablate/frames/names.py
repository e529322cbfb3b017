"""What columns are called: short names where they are unique, and never one name for two columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ablate.specs import Measures, Metric, Split, StudySpec

PLACE = ("combination", "hash", "is_baseline")
TRIAL = ("seed", "status")
FOUND = ("parameters", "macs", "training_seconds", "peak_memory_bytes", *Measures.model_fields)
WHOLE_MEASURES = ("inference_batch", "micro_batch", "micro_batch_planned", "memory_halvings")
"""The measures that are counts."""

HISTORY = ("attempts", "accepted_attempt", "failure", "commit", "is_clean", "code", "device", "trial")
CURVE = ("seed", "split", "step")
TUNING = ("tuning", "status")
COMPARISON = (
    *("is_baseline", "parameters", "macs", "training_seconds", "images_per_second", "peak_memory_bytes"),
    *(name for name in Measures.model_fields if name != "training_images_per_second"),
    *("mean", "low", "high", "n", "rank", "rank_low", "rank_high", "rank_first_share"),
    *("verdict", "difference", "difference_low", "difference_high", "pairs", "sign_flip_p", "adjusted_p", "t_p"),
    *("bootstrap_low", "bootstrap_high", "standard_deviation", "effect_size"),
    *("margin", "equivalence_p", "adjusted_equivalence_p"),
    *("detectable_difference", "seeds_for_observed_difference", "seeds_for_margin"),
)
"""The fields of `ablate.reporting.sheets.flat_combination`, but for the hash."""

FIXED = frozenset([*PLACE, *TRIAL, *FOUND, *HISTORY, *CURVE, *TUNING, *COMPARISON])
"""Columns that have their names in every study."""

MEASURED = frozenset(
    name for metric in Metric for name in (metric.value, *(f"{split.value}_{metric.value}" for split in Split))
)
"""What metrics are called in studies that are run here."""

Key = TypeVar("Key")


@dataclass(frozen=True)
class Names:
    """The columns of factors, by their names in the study, and of tuned settings, by their dotted paths."""

    factors: dict[str, str]
    settings: dict[str, str]

    def of_scores(self, metrics: Iterable[tuple[Split, str]]) -> dict[tuple[Split, str], str]:
        """Columns of what trials reached: `test_accuracy`; of an import, whose split is not known, `accuracy`."""
        wanted = {
            (split, name): [name, f"metric_{name}"] if split is Split.UNSPECIFIED else [f"{split.value}_{name}"]
            for split, name in metrics
        }
        return name_apart(wanted, self._taken)

    def of_curves(self, metrics: Iterable[str]) -> dict[str, str]:
        """Columns of what was measured along the way: `accuracy`."""
        return name_apart({name: [name, f"metric_{name}"] for name in metrics}, self._taken)

    @property
    def _taken(self) -> frozenset[str]:
        return FIXED | {*self.factors.values(), *self.settings.values()}


def choose_names(study: StudySpec) -> Names:
    """The same names in all frames of a study: the last part of a dotted path, or the whole path where that is taken.

    A factor that even then has the name of another column gets `factor_` in front.
    """
    short_names = study.short_names()
    factors = name_apart(
        {name: [short, name, f"factor_{name}"] for name, short in short_names.items()}, FIXED | MEASURED
    )
    paths = list(study.tune.settings) if study.tune else []
    last = [path.rpartition(".")[2] for path in paths]
    wanted = {
        path: [*([short] if last.count(short) == 1 else []), path, f"tuned_{path}"]
        for path, short in zip(paths, last, strict=True)
    }
    return Names(factors, name_apart(wanted, FIXED | MEASURED | set(factors.values())))


def measure_kind(name: str) -> str:
    """The type of a column of `Measures`."""
    other = {"energy_source": "str", "has_batch_norm": "boolean", **dict.fromkeys(WHOLE_MEASURES, "Int64")}
    return other.get(name, "float64")


def name_apart(wanted: Mapping[Key, Sequence[str]], taken: Iterable[str]) -> dict[Key, str]:
    """For every key the first of its names that nothing else has; who can have the first one comes first."""
    held, names = set(taken), {}
    for key in sorted(wanted, key=lambda key: wanted[key][0] in held):
        name = next((name for name in wanted[key] if name not in held), wanted[key][-1])
        while name in held:
            name += "_"
        names[key] = name
        held.add(name)
    return {key: names[key] for key in wanted}
