"""A script of one's own: a linear classifier on scikit-learn's digits, which goes on where it was broken off.

`studies/own-command.yaml` runs it as a command. It knows nothing of `ablate`: its metrics are lines of JSON that it
prints, and what it needs to go on lies in the directory that it is given.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

IMAGES = 300


def main() -> None:
    """Train epoch by epoch, from the last one that is kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--penalty", required=True)
    parser.add_argument("--strength", type=float, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args()
    images, labels = load_digits(return_X_y=True)
    images, test_images, labels, test_labels = train_test_split(
        images / 16, labels, test_size=540, stratify=labels, random_state=0
    )
    model = SGDClassifier(
        loss="log_loss",
        penalty=options.penalty,
        alpha=options.strength,
        learning_rate="constant",
        eta0=options.learning_rate,
    )
    chosen = np.random.default_rng(options.seed).permutation(len(images))
    training, held_out = chosen[:IMAGES], chosen[-180:]
    done = _take_up(model, options.directory)
    for line in done:  # what came before the checkpoint is printed again: only a whole attempt counts
        print(json.dumps(line), flush=True)  # noqa: T201
    for epoch in range(len(done) + 1, options.epochs + 1):
        order = np.random.default_rng([options.seed, epoch]).permutation(training)
        model.set_params(random_state=epoch)
        model.partial_fit(images[order], labels[order], classes=np.arange(10))
        line = {"step": epoch, "accuracy": model.score(images[held_out], labels[held_out])}
        done.append(line)
        print(json.dumps(line), flush=True)  # noqa: T201
        _keep(model, done, options.directory)
    sys.stderr.write("the classifier is trained\n")  # what is no JSON line goes to the trial's log
    final = {"step": options.epochs, "split": "test", "accuracy": model.score(test_images, test_labels)}
    print(json.dumps(final), flush=True)  # noqa: T201


def _take_up(model: SGDClassifier, directory: Path) -> list[dict[str, float]]:
    """Give the model the weights that are kept, and answer what was printed by then."""
    try:
        kept = np.load(directory / "model.npz")
    except FileNotFoundError:
        return []
    model.classes_, model.coef_, model.intercept_ = np.arange(10), kept["weights"], kept["biases"]
    model.t_ = float(kept["updates"])
    model.n_features_in_ = model.coef_.shape[1]
    return [dict(line) for line in json.loads(str(kept["printed"]))]


def _keep(model: SGDClassifier, printed: list[dict[str, float]], directory: Path) -> None:
    """Replace what is kept in one step, so that a kill leaves the one or the other."""
    beside = directory / "beside.npz"
    weights = {"weights": model.coef_, "biases": model.intercept_, "updates": model.t_}
    np.savez(beside, **weights, printed=json.dumps(printed))
    beside.replace(directory / "model.npz")


if __name__ == "__main__":
    main()
