"""Data sets as values: which images, and how they are split."""

from __future__ import annotations

import difflib
from typing import Annotated, Literal

from pydantic import Field

from ablate.errors import DataError
from ablate.specs.datasets import DIGITS, TEST_FRACTION, TORCHVISION, DatasetFacts, KnownDataset, split_counts
from ablate.specs.value import Value

DIGITS_NAME = "digits"
KINDS = ("torchvision", "folder", "hf", "webdataset", "python")
"""What stands before the first colon of a data set's name, unless it is `digits`."""

FORMS = "digits, torchvision:NAME, folder:PATH, hf:NAME, webdataset:PATTERN or python:MODULE:CALLABLE"

DEFAULT_CHANNELS = 3
"""What images of files are read as, unless `channels` says otherwise."""


class DataSpec(Value):
    """Which images, how many to train on, and the seed of the split (not of the trial).

    `name` is `digits`, `torchvision:CIFAR10`, `folder:PATH` (a folder of images for each class), `hf:NAME`,
    `webdataset:PATTERN` or `python:MODULE:CALLABLE`. What the name does not tell has to be said: `image_size` (square,
    in pixels; images of another size are resized), `channels` (grey and colour are converted) and `classes`.

    The split into train, validation and test is a function of the source and `split_seed` alone, so every trial of a
    study is scored on the same images. Where the source has no validation images, the fraction `validation` of its
    training images is held out, each class in proportion; `training_images` takes a stratified part of the rest.

    `held`: whether the images are held in memory, where they are augmented in batches, or read anew as they are needed
    by processes that augment each alone; by itself that follows from their number and size.

    `root`, `download` and `workers` say how the images are reached, and change no number: where the files lie, whether
    they may be fetched, and how many processes read them.
    """

    name: str = DIGITS_NAME
    training_images: Annotated[int, Field(ge=1)] | Literal["all"] = "all"
    split_seed: Annotated[int, Field(ge=0)] = 0
    image_size: Annotated[int, Field(ge=1)] | None = None
    channels: Literal[1, 3] | None = None
    classes: Annotated[int, Field(ge=2)] | None = None
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1
    root: str | None = None
    download: bool = False
    held: bool | Literal["auto"] = "auto"
    workers: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"

    @property
    def kind(self) -> str:
        """`digits`, or what stands before the first colon of the name."""
        return self.name.partition(":")[0]

    @property
    def place(self) -> str:
        """What stands behind the first colon of the name."""
        return self.name.partition(":")[2]

    @property
    def known(self) -> KnownDataset | None:
        """What torchvision's table says of the named data set, if it is one of that."""
        return TORCHVISION.get(self.place) if self.kind == "torchvision" else None

    @property
    def facts(self) -> DatasetFacts:
        """Shape, classes and split sizes of the images, by the name and by what is said.

        Raises: DataError where both leave a part open, as `refusal` says.
        """
        reason = self._unknown_name() or self._unsaid()
        if reason is not None:
            raise DataError(reason)
        natural = self._natural()
        counts = natural[4:]
        return DatasetFacts(
            self.image_size or natural.height,
            self.image_size or natural.width,
            self.channels or natural.channels,
            self.classes or natural.classes,
            *counts,
        )

    @property
    def training_count(self) -> int | None:
        """Number of images to train on; None where that is all, and only the files tell how many."""
        return self.facts.training_images if self.training_images == "all" else self.training_images

    def canonical(self) -> DataSpec:
        """The same images: what changes no number, or says what the name says already, is at its default."""
        reached = {"root": None, "download": False, "workers": "auto"}
        if self._unknown_name() is not None:
            return self.model_copy(update=reached)
        natural = self._natural()
        said: dict[str, object] = {}
        if (self.image_size, self.image_size) == natural[:2]:
            said["image_size"] = None
        if self.channels == natural.channels:
            said["channels"] = None
        if self.classes == natural.classes:
            said["classes"] = None
        if self.kind == DIGITS_NAME or (self.known and self.known.validation):
            said["validation"] = DataSpec.model_fields["validation"].default
        return self.model_copy(update={**reached, **said})

    def refusal(self) -> str | None:
        """Why the data set cannot give this, or None; nothing is read from disk."""
        reason = self._unknown_name() or self._unsaid()
        if reason is not None:
            return reason
        published, facts = self._natural().classes, self.facts
        if published and published != facts.classes:
            return f"data.classes is {facts.classes}, {self.name} has {published}: leave data.classes out"
        most, count = facts.training_images, self.training_count
        if count is None or (facts.classes <= count and (most is None or count <= most)):
            return None
        has = f"has {most} to train on in" if most is not None else "has"
        wanted = f"{facts.classes} to {most}" if most is not None else f"at least {facts.classes}"
        return f"data.training_images is {count}, {self.name} {has} {facts.classes} classes: give {wanted}, or all"

    def _natural(self) -> DatasetFacts:
        """What the name alone tells; sizes and classes that it leaves open are 0."""
        if self.kind == DIGITS_NAME:
            return DIGITS
        known = self.known
        if known is None:
            return DatasetFacts(0, 0, DEFAULT_CHANNELS, 0, None, None, None)
        return DatasetFacts(*known[:4], *split_counts(*known[4:], self.validation))

    def _unknown_name(self) -> str | None:
        if self.name == DIGITS_NAME or self.known is not None:
            return None
        if self.kind == "torchvision":
            names = [f"torchvision:{name}" for name in TORCHVISION]
            near = _rather(self.name, names)
            return f"data.name is {self.name}, expected torchvision: with one of {', '.join(TORCHVISION)}{near}"
        if self.kind not in KINDS or not self.place:
            near = _rather(self.name, [DIGITS_NAME, *TORCHVISION, *(f"torchvision:{name}" for name in TORCHVISION)])
            if self.place and not near:
                near = _rather(self.kind, KINDS, f":{self.place}")
            return f"data.name is {self.name or 'empty'}, expected {FORMS}{near}"
        module, _, function = self.place.partition(":")
        if self.kind == "python" and not all(part.isidentifier() for part in (*module.split("."), function)):
            return f"data.name is {self.name}, expected python:MODULE:CALLABLE, such as python:my_package.data:read"
        return None

    def _unsaid(self) -> str | None:
        natural = self._natural()
        needed = {
            "data.image_size (height and width in pixels, such as 224)": natural.height or self.image_size,
            "data.classes (how many there are)": natural.classes or self.classes,
        }
        missing = [what for what, known in needed.items() if not known]
        if not missing:
            return None
        return f"data.name {self.name} leaves open what a model is built for: add {' and '.join(missing)}"


def describe_splits(spec: DataSpec) -> str:
    """In one sentence, how the three splits of a data set are made."""
    seed = f"stratified, by data.split_seed {spec.split_seed}"
    share, test = f"{100 * spec.validation:g} %", f"{100 * TEST_FRACTION:g} %"
    if spec.kind == DIGITS_NAME:
        return f"one piece of 1,797 images: 540 for testing, 180 for validation, the rest for training ({seed})"
    known = spec.known
    if known is None:
        return (
            f"the source's own parts; without one for testing, that for validation is it, or {test} of the images; "
            f"without one for validation, {share} of the rest ({seed})"
        )
    if not known.test:
        return f"one piece: {test} of the images for testing, {share} of the rest for validation ({seed})"
    if not known.validation:
        return f"training and test images as published; {share} of those for training validate ({seed})"
    return "training, validation and test images as published"


def _rather(word: str, names: list[str] | tuple[str, ...], rest: str = "") -> str:
    """`; did you mean NAME?`, or nothing where no name is near; a name of torchvision's alone is its whole name."""
    by_lower_case = {name.lower(): f"torchvision:{name}" if name in TORCHVISION else name for name in names}
    close = difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return f"; did you mean {by_lower_case[close[0]]}{rest}?" if close else ""
