"""The addresses of headings, as GitHub gives them, so that a link within a report works in both places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT = ("L", "M", "Nd", "Nl", "Pc")
"""Unicode categories that stay in an address: letters, their marks, digits, underscores."""


@dataclass
class Addresses:
    """Gives out one address per heading of a document; a text that comes again gets a number."""

    taken: dict[str, int] = field(default_factory=dict)

    def give(self, text: str) -> str:
        """The address of the next heading: `every-number`, `every-number-1`."""
        slug = address = slug_of(text)
        while address in self.taken:
            self.taken[slug] += 1
            address = f"{slug}-{self.taken[slug]}"
        self.taken[address] = 0
        return address


def slug_of(text: str) -> str:
    """A heading in small letters, without punctuation, with a hyphen for every space."""
    return "".join(_kept(text.strip().lower())).replace(" ", "-")


def _kept(text: str) -> Iterable[str]:
    return (letter for letter in text if letter in " -" or unicodedata.category(letter).startswith(KEPT))
