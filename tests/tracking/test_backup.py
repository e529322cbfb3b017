"""Before SQLite's file is upgraded it is copied: whole, never over another copy; without a copy nothing is changed."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from ablate.errors import TrackingError
from ablate.tracking.backup import make_copy
from ablate.tracking.migrate import HEAD, open_database

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "ablate.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((GOLDEN / "revision_0002.sql").read_text())
    path.chmod(0o640)
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def upgrade(path: Path) -> list[str]:
    lines: list[str] = []
    open_database(f"sqlite:///{path}", lines.append).dispose()
    return lines


def test_an_upgraded_file_is_copied_first_and_that_is_said_in_one_line(old: Path) -> None:
    before = dump(old)
    (line,) = upgrade(old)
    copy = old.with_name("ablate.db.0002.bak")
    assert line == (f"{old}: tracking database upgraded from revision 0002 to {HEAD}; a copy of it as it was: {copy}")
    assert dump(copy) == before != dump(old)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert files(old.parent) == {"ablate.db", "ablate.db.0002.bak"}
    assert upgrade(old) == []


def test_a_new_database_is_neither_copied_nor_spoken_of(tmp_path: Path) -> None:
    assert upgrade(tmp_path / "ablate.db") == []
    assert files(tmp_path) == {"ablate.db"}


def test_the_copy_holds_what_lies_in_the_log_alone(old: Path) -> None:
    with closing(sqlite3.connect(old)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE studies SET question = 'asked last'")
        writer.commit()
        assert b"asked last" not in old.read_bytes()
        upgrade(old)
    assert any("asked last" in line for line in dump(old.with_name("ablate.db.0002.bak")))


def test_an_earlier_copy_is_left_alone(old: Path) -> None:
    original = old.read_bytes()
    upgrade(old)
    first = old.with_name("ablate.db.0002.bak")
    kept = first.read_bytes()
    for leftover in old.parent.glob("ablate.db-*"):
        leftover.unlink()
    old.write_bytes(original)
    (line,) = upgrade(old)
    assert line.endswith("ablate.db.0002-2.bak")
    assert first.read_bytes() == kept


def test_an_upgrade_that_breaks_off_leaves_no_copy_and_the_database_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(old)

    def stumble(config, _revision: str) -> None:
        config.attributes["connection"].execute(text("DROP TABLE metrics"))
        raise RuntimeError("the power went out")

    monkeypatch.setattr(command, "upgrade", stumble)
    with pytest.raises(RuntimeError):
        upgrade(old)
    assert dump(old) == before
    assert files(old.parent) == {"ablate.db"}


def test_what_a_killed_copy_left_is_no_hindrance(old: Path) -> None:
    old.with_name("ablate.db.0002.bak.part").write_text("half")
    upgrade(old)
    assert files(old.parent) == {"ablate.db", "ablate.db.0002.bak"}


@contextmanager
def no_room_for_more_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_copy_that_has_no_room_is_one_clear_error_and_nothing_was_changed(old: Path) -> None:
    before = dump(old)
    with no_room_for_more_than(old.stat().st_size // 2), pytest.raises(TrackingError) as caught:
        make_copy(old, "0002")
    message = str(caught.value)
    assert "cannot be copied before it is upgraded" in message
    assert "nothing was changed; make room beside it, or name another by --database" in message
    assert "\n" not in message
    assert dump(old) == before
    assert files(old.parent) == {"ablate.db"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system with room for so many bytes, where one may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(size: int) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True)
        if done.returncode:
            pytest.skip("a file system may not be mounted here")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True)


@pytest.mark.parametrize(("files_of_room", "moment"), [(1.6, "cannot be copied"), (2.4, "the disk is full")])
def test_a_disk_that_is_full_during_the_copy_or_the_upgrade_changes_nothing(
    old: Path, small_disk: Callable[[int], Path], files_of_room: float, moment: str
) -> None:
    disk = small_disk(int(files_of_room * old.stat().st_size))
    path = Path(shutil.copy(old, disk))
    before = dump(path)
    with pytest.raises(TrackingError) as caught:
        upgrade(path)
    assert moment in str(caught.value)
    assert "nothing was changed; make room" in str(caught.value)
    assert dump(path) == before
    assert files(disk) == {"ablate.db"}


def test_the_command_that_upgrades_says_so_on_standard_error(old: Path) -> None:
    code = "from ablate.cli import main; main()"
    words = ["status", "--database", f"sqlite:///{old}"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("golden: ")
    assert done.stderr.startswith(f"note: {old}: tracking database upgraded from revision 0002 to {HEAD}; a copy")
    assert done.stderr.count("\n") == 1
