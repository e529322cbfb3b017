"""Data sets as values: what is asked for, and the facts that planning needs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from ablate.specs.value import Value


class DatasetName(StrEnum):
    """The data sets that can be named in a study."""

    DIGITS = "digits"


class DatasetFacts(NamedTuple):
    """What is fixed about a data set: image shape, classes, and how many images each split can have."""

    height: int
    width: int
    channels: int
    classes: int
    training_images: int
    validation_images: int
    test_images: int


FACTS = {
    # Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), as shipped by scikit-learn: 1,797 images.
    # More for testing than for validation: claims rest on the test images, and one of 540 is 0.19 %.
    DatasetName.DIGITS: DatasetFacts(8, 8, 1, 10, training_images=1077, validation_images=180, test_images=540),
}


class DataSpec(Value):
    """Which images, how many to train on, and the seed of the split (not of the trial).

    The split into train, validation and test is a function of `split_seed` alone, so every trial of a study is
    scored on the same images; `training_images` takes a stratified part of the training split.
    """

    name: DatasetName = DatasetName.DIGITS
    training_images: Annotated[int, Field(ge=1)] | Literal["all"] = "all"
    split_seed: Annotated[int, Field(ge=0)] = 0

    @property
    def facts(self) -> DatasetFacts:
        """Shape, classes and split sizes of the named data set."""
        return FACTS[self.name]

    @property
    def training_count(self) -> int:
        """Number of images to train on."""
        return self.facts.training_images if self.training_images == "all" else self.training_images

    def refusal(self) -> str | None:
        """Why the data set cannot give this, or None."""
        if not self.facts.classes <= self.training_count <= self.facts.training_images:
            return (
                f"data.training_images is {self.training_count}, {self.name} has {self.facts.training_images} to train "
                f"on in {self.facts.classes} classes: give {self.facts.classes} to {self.facts.training_images}, or all"
            )
        return None
