"""A table as plain cells; how it is written down is not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Table:
    """A header, rows of as many cells, and for every column `l` or `r`: the side that it is aligned to.

    Where a page can be followed, `links` leads from a cell (row, column) to the row with that anchor, and `anchors`
    names rows.
    """

    header: tuple[str, ...]
    alignment: str
    rows: tuple[tuple[str, ...], ...]
    links: Mapping[tuple[int, int], str] = field(default_factory=lambda: MappingProxyType({}))
    anchors: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    def without_empty(self, nothing: str) -> Table:
        """The same without the columns in which every cell is `nothing`."""
        kept = [
            column
            for column in range(len(self.header))
            if not self.rows or any(row[column] != nothing for row in self.rows)
        ]
        places = {old: new for new, old in enumerate(kept)}
        return Table(
            tuple(self.header[column] for column in kept),
            "".join(self.alignment[column] for column in kept),
            tuple(tuple(row[column] for column in kept) for row in self.rows),
            {(row, places[column]): anchor for (row, column), anchor in self.links.items() if column in places},
            self.anchors,
        )

    def grouped(self, columns: int) -> Table:
        """The same with the leading cells of up to `columns` columns blank where they repeat the row above."""
        rows: list[tuple[str, ...]] = []
        above: tuple[str, ...] = ()
        for row in self.rows:
            same = 0
            while same < min(columns, len(above)) and row[same] == above[same]:
                same += 1
            rows.append(("",) * same + row[same:])
            above = row
        return Table(self.header, self.alignment, tuple(rows), self.links, self.anchors)
