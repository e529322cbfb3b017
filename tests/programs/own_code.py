"""Programs of tests: what a user might write, right and wrong."""

import json
import os
import random
import signal
import sys
import time

from ablate.errors import Diverged


def plain(configuration, seed, directory, report):
    report(1, accuracy=0.5)
    report(2, "train", loss=1.5)
    return {"accuracy": configuration["settings"]["score"] + seed / 100}


def says_nothing(configuration, seed, directory, report):
    pass


def fails(configuration, seed, directory, report):
    report(1, accuracy=0.5)
    raise ValueError("the learning rate\nis too large")


def has_no_memory(configuration, seed, directory, report):
    raise MemoryError


def leaves(configuration, seed, directory, report):
    sys.exit(3)


def swallows(configuration, seed, directory, report):
    try:
        report(1, loss=float("nan"))
    except Diverged:
        report(1, loss=1.0)


def listens(configuration, seed, directory, report, is_stopping):
    step = 0
    while not is_stopping():
        step += 1
        report(step, accuracy=0.5)
    (directory / "stopped").touch()


def draws(configuration, seed, directory, report):
    import numpy as np
    import torch

    report(1, python=random.random(), numpy=np.random.rand(), torch=torch.rand(1))


def takes_too_little(configuration, seed):
    pass


async def waits(configuration, seed, directory, report):
    pass


NOT_CALLABLE = 3


def goes_on(configuration, seed, directory, report):
    """Keeps what it has reported, and goes on from there; dies of SIGKILL once, after the step of the settings."""
    settings, kept = configuration["settings"], directory / "values.json"
    values = json.loads(kept.read_text()) if kept.exists() else []
    for step, value in enumerate(values, start=1):
        report(step, accuracy=value)
    for step in range(len(values) + 1, settings["steps"] + 1):
        time.sleep(settings["pause"])
        values.append(random.Random(f"{seed} {step}").random())
        report(step, accuracy=values[-1])
        beside = directory / "beside.json"
        beside.write_text(json.dumps(values))
        beside.replace(kept)
        if step == settings["dies_after"] and not (directory / "died").exists():
            (directory / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return {"accuracy": sum(values) / len(values)}


def forgets(configuration, seed, directory, report):
    """Goes on from its checkpoint without reporting what came before it."""
    is_resumed = (directory / "kept").exists()
    (directory / "kept").touch()
    report(4 if is_resumed else 1, accuracy=0.5)
    return {"accuracy": 0.5}
