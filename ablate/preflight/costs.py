"""Costs of configurations, measured once for a study and remembered with it, so that matching finds the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, assert_never

from filelock import FileLock
from pydantic import ValidationError

from ablate.errors import AblateError, InputError, WorkspaceError
from ablate.jobs.files import write_whole, writing
from ablate.jobs.prober import Prober
from ablate.specs import Configuration, Cost, Costs, DataSpec, Failure, TrainingSpec
from ablate.specs.value import Value

Measure = Callable[[Sequence[Configuration]], list[float]]
Answer = TypeVar("Answer", Costs, float)


class KnownCosts(Value):
    """`costs.json`: costs by the hash of what they depend on; latencies all come from one device."""

    counted: dict[str, Costs] = {}
    latency_device: str | None = None
    latency_seconds: dict[str, float] = {}

    def lookup(self, cost: Cost, key: str) -> float | None:
        """One cost, or None if it is not known."""
        match cost:
            case Cost.PARAMETERS:
                return self.counted[key].parameters if key in self.counted else None
            case Cost.MACS:
                return self.counted[key].macs if key in self.counted else None
            case Cost.LATENCY:
                return self.latency_seconds.get(key)
            case _:
                assert_never(cost)


def recall(path: Path) -> Callable[[Configuration], Costs | None]:
    """Parameters and multiply-accumulates as remembered, or None of what was never counted; measures nothing."""
    counted = read_costs(path).counted
    return lambda configuration: counted.get(cost_key(configuration, Cost.PARAMETERS))


def remember(path: Path, cost: Cost, prober: Prober) -> Measure:
    """A measure of one cost that asks `prober` only for what `path` does not hold yet.

    What was measured once stands, so that the same study has the same combinations for ever. The measure raises
    `InputError` if a latency is missing and the others come from another device, `WorkspaceError` if the file is
    damaged or cannot be written, `AblateError` if a configuration cannot be built.
    """

    def measure(configurations: Sequence[Configuration]) -> list[float]:
        wanted = {cost_key(configuration, cost): configuration for configuration in configurations}
        known = read_costs(path)
        if any(known.lookup(cost, key) is None for key in wanted):
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                known = _measured(read_costs(path), cost, wanted, prober, path)
                write_whole(path, known.model_dump_json(indent=1))
        found = [known.lookup(cost, cost_key(configuration, cost)) for configuration in configurations]
        return [value for value in found if value is not None]

    return measure


def cost_key(configuration: Configuration, cost: Cost) -> str:
    """The hash of that part of a configuration which its cost depends on."""
    precision = {"precision": configuration.training.precision} if cost is Cost.LATENCY else {}
    data = configuration.data
    images = DataSpec(name=data.name, image_size=data.image_size, channels=data.channels, classes=data.classes)
    part = Configuration(model=configuration.model, data=images, training=TrainingSpec(**precision))
    return part.hash()


def read_costs(path: Path) -> KnownCosts:
    """What is remembered. Raises `WorkspaceError` if the file is damaged."""
    if not path.exists():
        return KnownCosts()
    try:
        return KnownCosts.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise WorkspaceError(f"{path}: expected remembered costs, found: {reason}; remove it, and run again") from error


def _measured(
    known: KnownCosts, cost: Cost, wanted: dict[str, Configuration], prober: Prober, path: Path
) -> KnownCosts:
    missing = {key: item for key, item in wanted.items() if known.lookup(cost, key) is None}
    if cost is not Cost.LATENCY:
        found = _checked(prober.costs(list(missing.values())), missing)
        return known.model_copy(update={"counted": {**known.counted, **found}})
    device = prober.machine.name
    if known.latency_device not in (None, device):
        raise InputError(
            f"the latencies in {path} were measured on {known.latency_device}, this is {device}, and some are missing: "
            "plan the study where it was begun, or remove the file, which makes other widths and so another study"
        )
    seconds = _checked(prober.latencies(list(missing.values())), missing)
    latencies = {**known.latency_seconds, **seconds}
    return known.model_copy(update={"latency_device": device, "latency_seconds": latencies})


def _checked(answers: Sequence[Answer | Failure], missing: dict[str, Configuration]) -> dict[str, Answer]:
    found = {}
    for (key, configuration), answer in zip(missing.items(), answers, strict=True):
        if isinstance(answer, Failure):
            model = configuration.model.model_dump_json(exclude_defaults=True)
            raise AblateError(f"cannot measure the cost of {model}: {answer.kind}: {answer.message}")
        found[key] = answer
    return found
