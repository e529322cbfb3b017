"""docs/statistics.md: its examples run as shown, its table of seeds is the code's, and its links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from ablate.stats import ERROR_RATE, LEVEL, fewest_seeds

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "statistics.md").read_text()


def test_the_examples_give_what_is_shown() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    example = doctest.DocTestParser().get_doctest(code, {}, "statistics.md", None, None)
    assert len(example.examples) >= 3
    said: list[str] = []
    failed = doctest.DocTestRunner().run(example, out=said.append).failed
    assert not failed, "".join(said)


def test_the_table_of_fewest_seeds_is_the_codes() -> None:
    comparisons, seeds = (
        [int(cell) for cell in re.findall(r"\d+", row)]
        for row in re.findall(r"^\| (?:comparisons|fewest seeds) (\|.*)$", PAGE, re.MULTILINE)[:2]
    )
    assert len(comparisons) > 5
    assert [fewest_seeds(m) for m in comparisons] == seeds


def test_rates_are_the_codes_and_links_lead_somewhere() -> None:
    assert (ERROR_RATE, LEVEL) == (0.05, 0.95), "the page says 5 % and 95 %"
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", PAGE) if "://" not in target]
    assert targets
    for target in targets:
        assert (DOCS / target).exists(), target
