"""Keep the database rows that a committed report was written from, so that a test can write the report again.

    python tests/reporting/shipped/keep.py STUDY      from db/ablate.db into tests/reporting/shipped/STUDY.sql.gz

What is kept is a text dump: every study but the one is taken out, and what only concerns a mirror.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
DATABASE = HERE.parents[2] / "db" / "ablate.db"

OTHERS = """
DELETE FROM mirrored_trials;
DELETE FROM mirrored_studies;
DELETE FROM metrics WHERE attempt_id IN (SELECT a.id FROM attempts a JOIN trials t ON t.id = a.trial_id
  WHERE t.study_id != :study);
DELETE FROM attempt_splits WHERE attempt_id IN (SELECT a.id FROM attempts a JOIN trials t ON t.id = a.trial_id
  WHERE t.study_id != :study);
DELETE FROM attempts WHERE trial_id IN (SELECT id FROM trials WHERE study_id != :study);
DELETE FROM trials WHERE study_id != :study;
DELETE FROM combination_levels WHERE combination_id IN (SELECT id FROM combinations WHERE study_id != :study);
DELETE FROM combinations WHERE study_id != :study;
DELETE FROM levels WHERE factor_id IN (SELECT id FROM factors WHERE study_id != :study);
DELETE FROM factors WHERE study_id != :study;
DELETE FROM studies WHERE id != :study;
DELETE FROM environments WHERE id NOT IN (SELECT environment_id FROM attempts WHERE environment_id IS NOT NULL);
DELETE FROM data_splits WHERE id NOT IN (SELECT data_split_id FROM attempt_splits);
"""


def keep(study: str, database: Path = DATABASE) -> Path:
    """Write the dump of one study; the same rows give the same bytes."""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(database)) as source:
            source.backup(copy)
        found = copy.execute("SELECT id FROM studies WHERE name = ?", (study,)).fetchone()
        if found is None:
            sys.exit(f"{database} has no study {study}")
        for statement in filter(None, map(str.strip, OTHERS.split(";"))):
            copy.execute(statement, {"study": found[0]} if ":study" in statement else {})
        copy.commit()
        copy.execute("VACUUM")
        text = "\n".join(copy.iterdump()) + "\n"
    file = HERE / f"{study}.sql.gz"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    return file


def restore(study: str, database: Path) -> None:
    """Make a database of the dump of one study."""
    text = gzip.decompress((HERE / f"{study}.sql.gz").read_bytes()).decode()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(text)


if __name__ == "__main__":
    sys.stdout.write(f"{keep(sys.argv[1])}\n")
