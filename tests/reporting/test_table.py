"""Tables as plain cells: what is left out, what is not repeated, what can be followed."""

from __future__ import annotations

from ablate.reporting.markdown import table_text
from ablate.reporting.table import Table

TABLE = Table(
    ("a", "b", "c", "d"),
    "llrr",
    (("x", "u", "–", "1"), ("x", "u", "–", "2"), ("x", "v", "–", "3"), ("y", "v", "–", "4")),
    links={(0, 3): "one"},
    anchors={0: "first"},
)


def test_a_column_of_which_nothing_is_known_is_left_out_and_links_move_along() -> None:
    left = TABLE.without_empty("–")
    assert (left.header, left.alignment) == (("a", "b", "d"), "llr")
    assert left.rows[2] == ("x", "v", "3")
    assert left.links == {(0, 2): "one"}


def test_leading_cells_that_repeat_the_row_above_are_blank_but_never_a_later_one_alone() -> None:
    assert [row[:2] for row in TABLE.grouped(2).rows] == [("x", "u"), ("", ""), ("", "v"), ("y", "v")]
    assert [row[:2] for row in TABLE.grouped(1).rows] == [("x", "u"), ("", "u"), ("", "v"), ("y", "v")]
    assert TABLE.grouped(0).rows == TABLE.rows


def test_cells_link_and_rows_have_anchors_in_markdown() -> None:
    lines = table_text(TABLE).split("\n")
    assert lines[2].startswith('| <a id="first"></a>x |')
    assert lines[2].rstrip(" |").endswith("[1](#one)")
    assert "(#" not in lines[3]
