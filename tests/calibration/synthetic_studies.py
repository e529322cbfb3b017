"""Synthetic studies whose truth is known: arms x seeds, what a seed does to all arms alike, and the noise of trials."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

SEED_DEVIATION = 1.0
"""Of what a seed does to all arms, in units of the noise of one trial."""


class Noise(StrEnum):
    """How a trial strays from its arm's mean: always with mean 0 and standard deviation 1."""

    GAUSSIAN = "Gaussian"
    EXPONENTIAL = "exponential"
    LOG_NORMAL = "log-normal"
    UNLIKE = "baseline Gaussian, others log-normal"

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Independent noise, studies x arms x seeds."""
        match self:
            case Noise.GAUSSIAN:
                return generator.normal(size=shape)
            case Noise.EXPONENTIAL:
                return generator.exponential(size=shape) - 1
            case Noise.LOG_NORMAL:
                drawn = generator.lognormal(size=shape)
                return (drawn - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
            case Noise.UNLIKE:
                drawn = Noise.LOG_NORMAL.draw(generator, shape)
                drawn[:, 0] = generator.normal(size=(shape[0], shape[2]))
                return drawn


ALIKE = (Noise.GAUSSIAN, Noise.EXPONENTIAL, Noise.LOG_NORMAL)
"""Noise that is distributed alike in all arms: what the sign-flip test asks for."""


def draw_studies(
    generator: np.random.Generator, noise: Noise, studies: int, seeds: int, means: np.ndarray
) -> np.ndarray:
    """Studies x arms x seeds, the baseline first; `means` holds the true mean of every arm."""
    shift = generator.normal(0, SEED_DEVIATION, (studies, 1, seeds))
    return means[:, None] + shift + noise.draw(generator, (studies, len(means), seeds))
