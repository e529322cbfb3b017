import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for `carried_out`, which other processes import as well
