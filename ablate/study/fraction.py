"""Regular fractions of two-level factorials: the least aliased one that contains the baseline, and what it aliases.

A set of factors is a number whose bits are the factors. A fraction is fixed by its defining words, the sets of factors
whose product is the same in every run. With x = -1 at the baseline and +1 at the other level, the baseline is a run
exactly if every run has an even number of the word's factors off the baseline; the product is then (-1)^|word|.

Source: Box and Hunter, "The 2^(k-p) fractional factorial designs" (Technometrics 3, 1961), for words and resolution;
Fries and Hunter, "Minimum aberration 2^(k-p) designs" (Technometrics 22, 1980), for the choice among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import combinations

MOST_FACTORS = 12
MOST_RUNS_BEYOND = 16
"""Up to how many factors every fraction is searched for; beyond, one half and those of this many runs."""


@cache
def find_words(factors: int, halvings: int) -> tuple[int, ...]:
    """The defining words, one for each halving, of the fraction with minimum aberration, which has highest resolution.

    Among designs with equally few words of every length it is the first in the order of the search, so that the same
    study has the same runs for ever.
    """
    return _Search(factors, halvings).words


def find_runs(factors: int, words: Sequence[int]) -> tuple[int, ...]:
    """The runs, each as the set of factors that are off the baseline, whose run is 0."""
    return tuple(run for run in range(2**factors) if all((run & word).bit_count() % 2 == 0 for word in words))


def resolution(words: Sequence[int]) -> int:
    """Length of the shortest word: effects of orders that add up to less are not aliased."""
    return min(word.bit_count() for word in _products(words) if word)


def largest_halvings(factors: int) -> int:
    """How often a factorial can be halved until main effects are aliased with each other (resolution II)."""
    return factors - factors.bit_length()


def is_searchable(factors: int, halvings: int) -> bool:
    """Whether the search for the best fraction is short enough."""
    return factors <= MOST_FACTORS or halvings == 1 or 2 ** (factors - halvings) <= MOST_RUNS_BEYOND


def describe(names: Sequence[str], words: Sequence[int]) -> tuple[str, ...]:
    """Resolution, then every group of main effects and two-factor interactions that are one and the same contrast.

    A minus says that the effects are estimated with opposite signs. Interactions of three and more factors are not
    listed; they are taken to be small.
    """
    products = set(_products(words))
    groups: list[list[int]] = []
    for effect in _low_order(len(names)):
        group = next((group for group in groups if group[0] ^ effect in products), None)
        if group is None:
            groups.append([effect])
        else:
            group.append(effect)
    aliased = [
        " = ".join(("−" if (group[0] ^ effect).bit_count() % 2 else "") + _name(effect, names) for effect in group)
        for group in groups
        if len(group) > 1
    ]
    alone = [_name(group[0], names) for group in groups if len(group) == 1]
    last = (f"aliased with nothing of this order: {', '.join(alone)}",) if alone and aliased else ()
    return (_meaning(resolution(words)), *aliased, *last)


def roman(number: int) -> str:
    """As resolutions are written: III, IV, V."""
    text = "X" * (number // 10)
    return text + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]


def _meaning(shortest: int) -> str:
    match shortest:
        case 3:
            said = "main effects are aliased with two-factor interactions"
        case 4:
            said = "main effects are clear of two-factor interactions, which are aliased with each other"
        case _:
            said = "main effects and two-factor interactions are clear of each other"
    return f"resolution {roman(shortest)}: {said}"


def _name(effect: int, names: Sequence[str]) -> str:
    return " × ".join(name for number, name in enumerate(names) if effect >> number & 1)


def _low_order(factors: int) -> list[int]:
    mains = [1 << number for number in range(factors)]
    return mains + [one | other for one, other in combinations(mains, 2)]


def _products(words: Sequence[int]) -> list[int]:
    """All products of words, the empty one (0) first: a factor that occurs twice drops out."""
    products = [0]
    for word in words:
        products += [product ^ word for product in products]
    return products


class _Search:
    """Branch and bound over the products of basic factors that the further factors are set to.

    More factors only add words, so a part that already has no fewer words than the best whole, counted from the
    shortest, cannot be completed to a better one. Products of many factors come first, as they make long words.
    """

    def __init__(self, factors: int, halvings: int) -> None:
        self._basic = factors - halvings
        self._halvings = halvings
        self._fewest: tuple[int, ...] | None = None
        self.words: tuple[int, ...] = ()
        columns = [column for column in range(1, 2**self._basic) if column.bit_count() > 1]
        columns.sort(key=lambda column: (-column.bit_count(), column))
        for number, column in enumerate(columns):
            if column & (column + 1) == 0:  # basic factors are alike: the first product is of the first ones
                lengths = (0,) * (factors + 1)
                self._try(columns[number + 1 :], (), [0], lengths, column)

    def _try(
        self, later: list[int], words: tuple[int, ...], products: list[int], lengths: tuple[int, ...], column: int
    ) -> None:
        word = column | 1 << (self._basic + len(words))
        counts = list(lengths)
        for product in products:
            counts[(product ^ word).bit_count()] += 1
        lengths, words = tuple(counts), (*words, word)
        if self._fewest is not None and lengths >= self._fewest:
            return
        if len(words) == self._halvings:
            self._fewest, self.words = lengths, words
            return
        products = products + [product ^ word for product in products]
        fits = [further for further in later if self._is_open(lengths, products, further)]
        for number, further in enumerate(fits):
            if len(fits) - number < self._halvings - len(words):
                return
            self._try(fits[number + 1 :], words, products, lengths, further)

    def _is_open(self, lengths: tuple[int, ...], products: list[int], column: int) -> bool:
        if self._fewest is None:
            return True
        counts = list(lengths)
        for product in products:
            counts[(product ^ column).bit_count() + 1] += 1
        return tuple(counts) < self._fewest
