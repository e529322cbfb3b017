"""A prober that answers by heart, and probes as a check would have found them."""

from ablate.errors import AblateError
from ablate.jobs.executor import Slot
from ablate.specs import Costs, Failure
from ablate.specs.probe import Check, Checked, Machine, Probe


def make_probe(**changed):
    fields = {
        "costs": Costs(parameters=10, macs=20),
        "steps": 5,
        "steps_per_epoch": 3,
        "seconds_per_step": 0.5,
        "seconds_per_image": 0.001,
        "startup_seconds": 2.0,
        "memory_bytes": 100,
        "reserved_bytes": 200,
        "fingerprint": "same",
    }
    return Probe(**{**fields, **changed})


def make_check(plan, probes, machine=None, slots=2, threads=1):
    """`probes` holds a probe or a failure for each combination."""
    checked = tuple(
        Checked(
            combination=item.hash, choice=item.choice, **{"failure" if isinstance(found, Failure) else "probe": found}
        )
        for item, found in zip(plan.combinations, probes, strict=True)
    )
    machine = machine or Machine(processor="a processor", cores=2)
    return Check(study=plan.study.name, machine=machine, slots=slots, threads=threads, combinations=checked)


class ScriptedProber:
    """Counts its questions; a width of 13 cannot be measured."""

    def __init__(self, processor="a processor"):
        self.machine = Machine(processor=processor, cores=2)
        self.slots = (Slot((), 1), Slot((), 1))
        self.counted, self.timed, self.probed = [], [], []

    def costs(self, configurations):
        self.counted += configurations
        return [self._answer(item, Costs(parameters=item.model.widths[0], macs=7)) for item in configurations]

    def latencies(self, configurations):
        self.timed += configurations
        return [self._answer(item, item.model.widths[0] / 1000) for item in configurations]

    def probe(self, configurations, seed, on_done=lambda _: None):
        self.probed += [(item, seed) for item in configurations]
        for place in range(len(configurations)):
            on_done(place)
        return [self._answer(item, make_probe(fingerprint=str(item.training.epochs))) for item in configurations]

    def _answer(self, configuration, answer):
        if configuration.model.widths[0] == 13:
            return Failure(kind=AblateError.__name__, message="thirteen")
        return answer
