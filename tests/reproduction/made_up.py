"""A trial as the database holds it, and what came of running it again, without a job."""

from ablate.jobs.executor import Slot
from ablate.reproduction.rerun import Rerun
from ablate.specs import (
    Configuration,
    Costs,
    Environment,
    Failure,
    MetricRecord,
    Split,
    SplitRecord,
    TrialResult,
    TrialSpec,
)
from ablate.tracking.records import AttemptRecord, AttemptStatus, OriginalRecord, TrialStatus

TRIAL = TrialSpec(study="tested", configuration=Configuration(), seed=0)
THEN = Environment(
    packages={"torch": "2.14.0", "numpy": "2.4.0"},
    hardware={"device": "cpu", "processor": "Fast 9000", "cores": 8, "threads": 1},
    commit="c0ffee0",
    is_clean=True,
    code="ab" * 32,
)
DIVERGED = Failure(kind="Diverged", message="the training loss is nan in epoch 2", traceback="here")
IMAGES = {Split.TRAIN: SplitRecord(images=40, images_per_class=(20, 20), fingerprint="f" * 64)}
RECORDS = tuple(
    MetricRecord(step=step, split=split, time=1.0, values={"loss": 1 / step, "accuracy": step / 4})
    for step, split in [
        (1, Split.TRAIN),
        (1, Split.VALIDATION),
        (2, Split.TRAIN),
        (2, Split.VALIDATION),
        (2, Split.TEST),
    ]
)


def original(status=TrialStatus.COMPLETE, records=RECORDS, gpus=(), **fields):
    found = {"environment": THEN, "costs": Costs(parameters=7, macs=11), "splits": IMAGES}
    if status is TrialStatus.FAILED:
        found = {"environment": THEN, "failure": DIVERGED}
    attempt = AttemptRecord(
        trial=TRIAL.name,
        number=1,
        status=AttemptStatus(status.value),
        executor="local",
        threads=1,
        gpus=gpus,
        offset=0,
        started=1.0,
        ended=2.0,
        reason=None,
    )
    given = {
        "trial": TRIAL,
        "label": "head",
        "status": status,
        "attempt": attempt,
        "records": records,
        **found,
        **fields,
    }
    return OriginalRecord(**given)


def again(records=RECORDS, loss=None, **fields):
    result = TrialResult(
        **{
            "trial": TRIAL.name,
            "attempt": 1,
            "status": "failed" if fields.get("failure") else "complete",
            "started": 1.0,
            "ended": 2.0,
            "environment": THEN,
            "costs": None if fields.get("failure") else Costs(parameters=7, macs=11),
            "splits": {} if fields.get("failure") else IMAGES,
            **fields,
        }
    )
    return Rerun(Slot((), 1), tuple(records), None if loss else result, loss)


def changed(place, value, name="loss"):
    """The records with one number replaced."""
    record = RECORDS[place]
    other = record.model_copy(update={"values": {**record.values, name: value}})
    return (*RECORDS[:place], other, *RECORDS[place + 1 :])
