"""Several questions at once: p-values corrected so that the chance of any false claim stays where it was promised."""

from __future__ import annotations

from collections.abc import Sequence

from ablate.errors import StatisticsError

PValues = Sequence[float | None]


def holm(p_values: PValues) -> tuple[float | None, ...]:
    """Adjusted p-values that hold the chance of any false claim in the family at the level they are compared with.

    With p(1) ≤ ... ≤ p(m): adjusted(i) = max over j ≤ i of min(1, (m - j + 1) · p(j)). A comparison without a
    p-value stays without one and still counts in m.

    Raises:
        StatisticsError: a p-value lies outside 0 to 1.
    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
    """
    return adjust_claims(p_values, [None] * len(p_values), is_alternative=False)[0]


def adjust_claims(
    differences: PValues, equivalences: PValues, *, is_alternative: bool = True
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Adjusted p-values where each of m comparisons may be claimed to differ, or to be equivalent, or both.

    "There is no difference" and "the difference is beyond the margin" cannot both be true, so at most one of a
    comparison's two claims is false. Holm's steps are therefore taken over all 2m p-values with the number of
    comparisons as the factor; it falls when both claims of a comparison are settled. Unless `is_alternative`, only
    differences are asked about, and the factor falls with each: Holm's own procedure.

    Raises:
        StatisticsError: the sequences differ in length, or a p-value lies outside 0 to 1.
    Source: J. P. Shaffer, "Modified sequentially rejective multiple test procedures", JASA 81 (1986), method S2.
    """
    if len(differences) != len(equivalences):
        raise StatisticsError(f"expected one p-value of each kind, got {len(differences)} and {len(equivalences)}")
    asked = (differences, equivalences) if is_alternative else (differences,)
    outside = [p for kind in asked for p in kind if p is not None and not 0 <= p <= 1]
    if outside:
        raise StatisticsError(f"p-values lie between 0 and 1, got {outside}: give None where there is none")
    adjusted: list[list[float | None]] = [[None] * len(differences), [None] * len(differences)]
    unsettled = [len(asked)] * len(differences)
    largest, factor = 0.0, len(differences)
    ranked = sorted((p, kind, place) for kind, of in enumerate(asked) for place, p in enumerate(of) if p is not None)
    for p, kind, place in ranked:
        largest = max(largest, min(1.0, factor * p))
        adjusted[kind][place] = largest
        unsettled[place] -= 1
        factor -= unsettled[place] == 0
    return tuple(adjusted[0]), tuple(adjusted[1])
