"""`make bench-training`: images per second of our training beside a bare loop, and beside one in the manner of timm's.

All train the same model on the same images with the same optimizer, schedule, clipping, precision and threads, in one
process. They take turns of some steps, in an order that changes; a ratio is the median over the rounds of ours to the
other's, with the quartiles behind it. The second bare loop says what equal things differ by. Nothing passes or fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import warnings
from collections.abc import Mapping, Sequence

import torch
from loops import Bare, InTimmsManner, Other, Ours
from settings import IMAGES, Setting, settings

from ablate.specs import Device, Precision

OURS, BARE, AGAIN = "ours", "bare", "bare again"
WARM_UP = 2
"""Turns that do not count; the first of ours has no step in it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row of one table for each setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1, help="of every loop; workers of timm's loader come on top")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2], help="of timm's loader")
    parser.add_argument("--only", default="", help="settings whose name has this in it")
    options = parser.parse_args(arguments)
    device = Device.CUDA if torch.cuda.is_available() else Device.CPU
    precision = Precision.BFLOAT16 if device is Device.CUDA else Precision.FLOAT32
    torch.set_num_threads(options.threads)
    # timm's transforms and torch's loader say much about a machine with few cores
    warnings.filterwarnings("ignore", module="torch.utils.data")
    say(f"{device.value}, precision {precision.value}, {options.threads} thread(s), {options.rounds} rounds\n")
    timms = [_in_timms_manner(workers) for workers in options.workers]
    say(f"| images | ours, images/s | ours / bare | bare again / bare | {' | '.join(f'ours / {t}' for t in timms)} |")
    say("|---|" + "---:|" * (3 + len(timms)))
    for setting in settings(precision):
        if options.only in setting.name:
            say(_row(setting, _race(setting, device, options)))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _race(setting: Setting, device: Device, options: argparse.Namespace) -> dict[str, list[float]]:
    """Images per second of every loop, in every round."""
    images = setting.steps * setting.trial.configuration.training.batch_size
    if (WARM_UP + options.rounds) * images > IMAGES:
        sys.exit(f"--rounds {options.rounds}: one pass is of {IMAGES // images} turns, {WARM_UP} of them for warm-up")
    others: dict[str, Other] = {BARE: Bare(setting, device), AGAIN: Bare(setting, device)}
    for workers in options.workers:
        others[_in_timms_manner(workers)] = InTimmsManner(setting, device, workers)
    speeds: dict[str, list[float]] = {name: [] for name in (OURS, *others)}

    def take_turns(seconds_of_ours: float) -> bool:
        speeds[OURS].append(images / seconds_of_ours)
        names, first = list(others), len(speeds[OURS]) % len(others)
        for name in names[first:] + names[:first]:
            speeds[name].append(images / others[name].take_turn())
        return len(speeds[OURS]) == WARM_UP + options.rounds

    Ours(setting, device, options.threads, take_turns).run()
    return {name: values[WARM_UP:] for name, values in speeds.items()}


def _row(setting: Setting, speeds: Mapping[str, list[float]]) -> str:
    others = [name for name in speeds if name not in (OURS, BARE, AGAIN)]
    cells = [
        setting.name,
        f"{statistics.median(speeds[OURS]):,.0f}",
        _ratio(speeds[OURS], speeds[BARE]),
        _ratio(speeds[AGAIN], speeds[BARE]),
        *(_ratio(speeds[OURS], speeds[name]) for name in others),
    ]
    return f"| {' | '.join(cells)} |"


def _in_timms_manner(workers: int) -> str:
    return f"timm's manner, {workers} workers"


def _ratio(over: Sequence[float], under: Sequence[float]) -> str:
    ratios = [one / other for one, other in zip(over, under, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
