"""How many seeds would decide it."""

from __future__ import annotations

import math

from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.comparisons import ERROR_RATE

POWER = 0.8
"""The chance of deciding, if the difference is what is asked about, that a number of seeds has to give."""

MOST = 1000
"""No study plans more seeds; where more are needed, that is said."""


def fewest_seeds(comparisons: int, error_rate: float = ERROR_RATE) -> int:
    """The fewest seeds with which a sign-flip test can be significant at all, as the first of so many comparisons.

    The smallest n with comparisons · 2 · 2⁻ⁿ ≤ error_rate: 6 for 1, 7 for 3, 8 for 6, 10 for 25.

    Raises:
        StatisticsError: there is no comparison, or the rate lies outside 0 to 1.
    """
    if comparisons < 1 or not 0 < error_rate < 1:
        raise StatisticsError(f"expected 1 comparison or more and a rate in 0 to 1, got {comparisons}, {error_rate}")
    return math.ceil(math.log2(2 * comparisons / error_rate) - 1e-9)


def power(difference: float, deviation: float, n: int, comparisons: int, error_rate: float = ERROR_RATE) -> float:
    """The chance that `n` seeds show a true `difference` as the first of a family of `comparisons`.

    Of normal differences with standard deviation `deviation`: that of the paired t-test at error_rate/comparisons,
    and zero below `fewest_seeds`. Near that number the sign-flip test asks for all seeds to agree, whose chance is
    Φ(|difference|/deviation)ⁿ: there the smaller of the two counts.

    Raises:
        StatisticsError: the deviation is not positive.
    Source: the noncentral t distribution; Cohen, "Statistical Power Analysis", 2nd ed. (1988), ch. 2.
    """
    if not deviation > 0:
        raise StatisticsError(f"a standard deviation is a positive number, got {deviation}")
    fewest = fewest_seeds(comparisons, error_rate)
    if n < fewest:
        return 0.0
    effect = abs(difference) / deviation
    critical = float(special.stdtrit(n - 1, 1 - error_rate / comparisons / 2))
    by_t = 1 - float(special.nctdtr(n - 1, effect * math.sqrt(n), critical))
    allowed = math.floor(error_rate / comparisons * 2 ** (n - 1) + 1e-9)
    """Of the choices of signs, mirrored ones counted once, that may be as far out: with one, all seeds must agree."""
    return min(by_t, float(special.ndtr(effect)) ** n) if allowed == 1 else by_t


def seeds_to_decide(
    difference: float, deviation: float, comparisons: int, error_rate: float = ERROR_RATE, wanted: float = POWER
) -> int | None:
    """The fewest seeds that show a true `difference` with chance `wanted`; None if it takes more than `MOST`."""
    for n in range(fewest_seeds(comparisons, error_rate), MOST + 1):
        if power(difference, deviation, n, comparisons, error_rate) >= wanted:
            return n
    return None


def detectable_difference(
    deviation: float, n: int, comparisons: int, error_rate: float = ERROR_RATE, wanted: float = POWER
) -> float | None:
    """The smallest true difference that `n` seeds show with chance `wanted`; None below `fewest_seeds`."""
    if n < fewest_seeds(comparisons, error_rate):
        return None
    low, high = 0.0, deviation
    while power(high, deviation, n, comparisons, error_rate) < wanted:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, deviation, n, comparisons, error_rate) >= wanted else (middle, high)
    return high
