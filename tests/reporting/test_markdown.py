"""Tables and text as Markdown."""

from __future__ import annotations

import pytest

from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.table import Table


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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("![x](https://example.org/x.png)", "![x\\](https://example.org/x.png)"),
        ("[30, 60]", "[30, 60]"),
        ("[a][b] [^1]", "[a\\][b] \\[^1]"),
        ("_a_ learning_rate", "\\_a\\_ learning_rate"),
        ("<?x?> <!-- --> a<b", "\\<?x?> \\<!-- --> a\\<b"),
        ("&lt;b&gt; & &#60; R&D", "\\&lt;b\\&gt; & \\&#60; R&D"),
        ("~~a~~ $b$", "\\~\\~a\\~\\~ \\$b\\$"),
        ("# a", "\\# a"),
        ("12. a", "12\\. a"),
        ("1.5 a", "1.5 a"),
        ("- a", "\\- a"),
        ("-0.5", "-0.5"),
        ("+3.6 (+2.3)", "+3.6 (+2.3)"),
        ("> a", "\\> a"),
        ("---", "\\---"),
    ],
)
def test_what_would_be_a_link_a_list_an_entity_or_mathematics_is_text(text: str, written: str) -> None:
    assert plain(text) == written


def test_what_steers_a_terminal_or_turns_the_writing_is_left_out() -> None:
    assert plain("a\x1b[31mb\x00 \u202ec") == "a[31mb c"
    assert code("a\x1b[31mb\x00 \u202ec") == "`a[31mb c`"


def test_an_empty_code_span_opens_none() -> None:
    assert code("\n") == "` `"
