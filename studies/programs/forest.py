"""A program of one's own: decision trees on scikit-learn's digits, without anything of the built-in training.

`studies/own-function.yaml` ablates it. What a study calls is a function with these parameters; it reports as it goes,
and may return its metrics on test images.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import train_test_split

TREES_A_STEP = 10


def run(
    configuration: dict[str, Any],
    seed: int,
    directory: Path,  # noqa: ARG001  (a forest grows in seconds, so nothing is kept for another attempt)
    report: Callable[..., None],
) -> dict[str, float]:
    """Grow a forest ten trees at a time; every step is scored on validation images, the last one on test images."""
    settings = configuration["settings"]
    images, labels = load_digits(return_X_y=True)
    # the split is the study's, not the trial's: every arm and every seed is scored on the same images
    images, test_images, labels, test_labels = train_test_split(
        images, labels, test_size=540, stratify=labels, random_state=configuration["data"]["split_seed"]
    )
    images, held_out, labels, held_out_labels = train_test_split(
        images, labels, test_size=180, stratify=labels, random_state=configuration["data"]["split_seed"]
    )
    chosen = np.random.default_rng(seed).permutation(len(images))[: settings["training_images"]]
    kind = ExtraTreesClassifier if settings["random_thresholds"] else RandomForestClassifier
    forest = kind(
        n_estimators=0,
        max_depth=settings["depth"],
        max_features=settings["features"],
        bootstrap=settings["bootstrap"],
        warm_start=True,
        random_state=seed,
    )
    for step in range(1, settings["trees"] // TREES_A_STEP + 1):
        forest.n_estimators += TREES_A_STEP
        forest.fit(images[chosen], labels[chosen])
        report(step, accuracy=forest.score(held_out, held_out_labels))
    return {"accuracy": forest.score(test_images, test_labels)}
