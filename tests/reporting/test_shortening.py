"""Names cut to their room."""

from __future__ import annotations

import pytest

from ablate.reporting.shortening import shorten, tell_apart


@pytest.mark.parametrize(
    ("text", "shown"),
    [("attention", "attention"), ("exactly ten", "exactly ten"), ("abcdefghijklm", "abcdefg…klm"), (" a\n b ", "a b")],
)
def test_a_long_text_loses_its_middle(text: str, shown: str) -> None:
    assert shorten(text, 11) == shown


def test_labels_that_fit_stay_as_they_are() -> None:
    assert tell_apart(["se", "static"], 6) == {"se": "se", "static": "static"}


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["a long label 1", "a long label 2"], ["a long…l 1", "a long…l 2"]),
        (["the same 1 and on and on", "the same 2 and on and on"], ["…1 and …on", "…2 and …on"]),
        (["aaaaaaaaaaa1aaaaaaaaaaa", "aaaaaaaaaaabaaaaaaaaaaaa", "baaaaaaaaaaaaaaaaaaaaaa"], None),
        (["a  b", "a b"], ["1: a b", "2: a b"]),
    ],
)
def test_labels_that_are_cut_still_differ(labels: list[str], shown: list[str] | None) -> None:
    found = list(tell_apart(labels, 10).values())
    assert len(set(found)) == len(labels)
    assert max(map(len, found)) <= 10
    assert shown is None or found == shown
