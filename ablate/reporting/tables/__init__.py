"""The tables of a report as plain cells; how they are written down is not decided here."""

from ablate.reporting.tables.certainty import fewest_text, ranks_table, seeds_needed_table
from ablate.reporting.tables.comparison import comparison_table, seeds_text, verdict_text
from ablate.reporting.tables.effects import MOST_SWITCHES, effects_table, pairs_table, switches_table, variance_table
from ablate.reporting.tables.speed import speed_table
from ablate.reporting.tables.standing import failures_table, seeds_table, splits_table, standing_table

__all__ = [
    "MOST_SWITCHES",
    "comparison_table",
    "effects_table",
    "failures_table",
    "fewest_text",
    "pairs_table",
    "ranks_table",
    "seeds_needed_table",
    "seeds_table",
    "seeds_text",
    "speed_table",
    "splits_table",
    "standing_table",
    "switches_table",
    "variance_table",
    "verdict_text",
]
