"""A fully resolved configuration, and the hash that identifies it for ever."""

from __future__ import annotations

import hashlib
import json

from pydantic import JsonValue

from ablate.specs.data import DataSpec
from ablate.specs.fairness import Tune
from ablate.specs.model import ModelSpec
from ablate.specs.program import ProgramSpec
from ablate.specs.training import TrainingSpec
from ablate.specs.value import Value


class Configuration(Value):
    """Everything that a trial's numbers depend on, except the seed and the machine.

    With a `program`, one's own code is run in place of the built-in training; it is handed all of this, and reads what
    it likes. `settings` are its own, of any names.
    """

    model: ModelSpec = ModelSpec()
    data: DataSpec = DataSpec()
    training: TrainingSpec = TrainingSpec()
    program: ProgramSpec | None = None
    settings: dict[str, JsonValue] = {}

    def __hash__(self) -> int:
        return hash((self.model, self.data, self.training, self.program))  # settings may hold lists and groups

    def canonical(self) -> Configuration:
        """The same experiment with every field at its default that is not read, or changes no number.

        What a program reads is not known, so all of it counts.
        """
        if self.program is not None:
            return self
        parts = {"model": self.model.canonical(), "data": self.data.canonical(), "training": self.training.canonical()}
        return self.model_copy(update=parts)

    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the canonical configuration.

        Defaults are left out, so that a field added later, whose default keeps today's behaviour, changes no hash.
        """
        fields = self.canonical().model_dump(mode="json", exclude_defaults=True)
        return _digest(fields)

    def refusal(self) -> str | None:
        """Why no trial can be run with this configuration, or None; a program sees for itself."""
        if self.program is not None:
            return None
        reason = self.data.refusal() or self.training.refusal()
        if reason is not None:
            return reason
        facts = self.data.facts
        return self.model.refusal(facts.height, facts.width)


def identify(configuration: Configuration, tune: Tune | None) -> str:
    """What a combination is recognised by: its configuration's hash, together with the tuning where there is one.

    Replicates that were tuned differently are different trials, although their combination reads the same.
    """
    if tune is None:
        return configuration.hash()
    return _digest({"configuration": configuration.hash(), "tune": tune.model_dump(mode="json", exclude_defaults=True)})


def _digest(fields: dict[str, JsonValue]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
