"""Tables and text as Markdown."""

from __future__ import annotations

from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.tables import Table


def test_a_table_is_aligned_in_the_source_too() -> None:
    table = Table(("level", "n"), "lr", (("spatial", "5"), ("head", "12345")))
    assert table_text(table).splitlines() == [
        "| level   |     n |",
        "| ------- | ----: |",
        "| spatial |     5 |",
        "| head    | 12345 |",
    ]


def test_what_markdown_would_read_as_its_own_is_text() -> None:
    assert plain("a|b\n *c* <script> p <0.001 a_b") == "a\\|b \\*c\\* \\<script> p <0.001 a_b"
    assert code("a `b`\nc") == "`a 'b' c`"
