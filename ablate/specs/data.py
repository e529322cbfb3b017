"""Data sets as values: which images, and how they are split."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from ablate.specs.value import Value

DIGITS = "digits"
KINDS = ("torchvision", "folder", "hf", "webdataset", "python")
"""What stands before the first colon of a data set's name, unless it is `digits`."""


class DatasetFacts(NamedTuple):
    """What is known about a data set before it is read: image shape, classes, and how many images each split can have.

    A count is None where only the files tell it.
    """

    height: int
    width: int
    channels: int
    classes: int
    training_images: int | None
    validation_images: int | None
    test_images: int | None


FACTS = {
    # Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), as shipped by scikit-learn: 1,797 images.
    # More for testing than for validation: claims rest on the test images, and one of 540 is 0.19 %.
    DIGITS: DatasetFacts(8, 8, 1, 10, training_images=1077, validation_images=180, test_images=540),
}


class DataSpec(Value):
    """Which images, how many to train on, and the seed of the split (not of the trial).

    `name` is `digits`, `torchvision:CIFAR10`, `folder:PATH` (a folder of images for each class), `hf:NAME`,
    `webdataset:PATTERN` or `python:MODULE:CALLABLE`. What the name does not tell has to be said: `image_size` (square,
    in pixels; images of another size are resized), `channels` and `classes`.

    The split into train, validation and test is a function of the source and `split_seed` alone, so every trial of a
    study is scored on the same images. Where the source has no validation images, the fraction `validation` of its
    training images is held out, as many of each class; `training_images` takes a stratified part of the rest.

    `root`, `download`, `held` and `workers` say how the images are reached, and change no number: where the files
    lie, whether they may be fetched, whether they are held in memory, and how many processes read them.
    """

    name: str = DIGITS
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
