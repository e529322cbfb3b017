"""What can be typed after `ablate`: thin, with everything heavy imported inside."""

# In the order of the help page:
# isort: off
from ablate.cli.commands import studying
from ablate.cli.commands import reading
from ablate.cli.commands import keeping
from ablate.cli.commands import exchanging
# isort: on

__all__ = ["exchanging", "keeping", "reading", "studying"]
