"""The code that a number comes from is recognised by its content, and found again in version control."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from ablate.errors import InputError
from ablate.jobs import checkout as version_control
from ablate.jobs import code, environment
from ablate.jobs.code import PACKAGE, ROOMS, CodeDiff, CodeState, identify, identify_diff


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    done = subprocess.run(
        ["git", *author, *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package outside any checkout, which is then the one that is asked about."""
    copy = tmp_path / "checkout" / "ablate"
    ignore = shutil.ignore_patterns("__pycache__")
    for room in (*ROOMS, "cli"):
        shutil.copytree(PACKAGE / room, copy / room, ignore=ignore)
    shutil.copy(PACKAGE / "__init__.py", copy)
    monkeypatch.setattr(code, "PACKAGE", copy)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return copy


@pytest.fixture
def checkout(package: Path) -> Path:
    """The package committed to a repository of its own."""
    git(package.parent, "init", "-q")
    git(package.parent, "add", ".")
    git(package.parent, "commit", "-q", "-m", "first")
    return package


def seen(*extra: str | Path) -> CodeState:
    """The code as it is now, not as it was at the first call."""
    identify.cache_clear()
    try:
        return identify(extra)
    finally:
        identify.cache_clear()


def test_outside_a_checkout_only_the_content_is_known(package: Path) -> None:
    state = seen()
    assert (state.commit, state.is_clean, state.diff) == (None, None, None)
    assert (len(state.code), state.version) == (64, metadata.version("ablate-studies"))


def test_equal_content_is_equal_code_wherever_it_lies(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen()
    moved = shutil.copytree(package, tmp_path / "site-packages" / "ablate")
    (moved / "layer" / "__pycache__").mkdir()
    (moved / "layer" / "__pycache__" / "cost.pyc").touch()
    monkeypatch.setattr(code, "PACKAGE", moved)
    assert seen().code == before.code


@pytest.mark.parametrize("room", ROOMS)
def test_a_changed_byte_a_new_file_or_another_name_is_other_code(package: Path, room: str) -> None:
    first = seen().code
    path = package / room / "__init__.py"
    path.write_text(path.read_text() + "#")
    second = seen().code
    (package / room / "new.py").touch()
    third = seen().code
    (package / room / "new.py").rename(package / room / "newer.py")
    assert len({first, second, third, seen().code}) == 4


def test_code_that_no_number_depends_on_does_not_count(package: Path) -> None:
    before = seen()
    (package / "cli" / "__init__.py").write_text("changed = True")
    (package / "layer" / "notes.txt").write_text("not code")
    assert seen() == before


def test_a_checkout_says_its_commit_and_what_differs_from_it(checkout: Path) -> None:
    clean = seen()
    assert (clean.commit, clean.is_clean, clean.diff) == (git(checkout, "rev-parse", "HEAD"), True, None)
    path = checkout / "layer" / "cost.py"
    original = path.read_text()
    path.write_text(original + "# changed\n")
    changed = seen()
    assert (changed.commit, changed.is_clean) == (clean.commit, False)
    git(checkout, "add", ".")
    assert seen().diff == changed.diff, "what is staged is not committed"
    path.write_text(original + "# changed otherwise\n")
    assert seen().diff not in (changed.diff, None)
    path.write_text(original)
    git(checkout, "add", ".")
    assert seen() == clean


def test_a_file_that_git_does_not_know_is_a_difference_and_one_elsewhere_is_none(checkout: Path) -> None:
    clean = seen()
    (checkout / "cli" / "new.py").write_text("x = 1")
    assert seen() == clean
    (checkout / "models" / "neu für alle.py").write_text("x = 1")
    one = seen()
    (checkout / "models" / "neu für alle.py").write_text("x = 2")
    assert len({clean.diff, one.diff, seen().diff}) == 3
    assert not one.is_clean


def seen_diff() -> CodeDiff | None:
    identify_diff.cache_clear()
    try:
        return identify_diff()
    finally:
        identify_diff.cache_clear()


def change(package: Path) -> None:
    """One source changed, one gone, one new in a folder and without an end to its last line, one new and empty."""
    (package / "layer" / "cost.py").write_text("changed = 'für'\n")
    (package / "models" / "mixer.py").unlink()
    (package / "training" / "mine").mkdir()
    (package / "training" / "mine" / "neu für alle.py").write_text("first = 1\n\nlast = 2")
    (package / "specs" / "empty.py").touch()


def test_the_difference_is_a_patch_that_makes_the_code_again(checkout: Path, tmp_path: Path) -> None:
    assert seen_diff() is None
    git(checkout.parent, "config", "diff.noprefix", "true")  # a user's habits change nothing
    git(checkout.parent, "config", "color.ui", "always")
    change(checkout)
    changed, diff = seen(), seen_diff()
    assert diff is not None
    assert (diff.digest, diff.is_cut) == (changed.diff, False)
    git(checkout.parent, "stash", "-u")
    assert seen().code != changed.code
    (tmp_path / "patch").write_text(diff.text)
    git(checkout.parent, "apply", str(tmp_path / "patch"))
    assert seen().code == changed.code


def test_the_patch_shows_sources_alone(checkout: Path) -> None:
    (checkout / "training" / "key.txt").write_text("secret")
    (checkout / "training" / ".env").write_text("secret")
    (checkout.parent / "other.py").write_text("secret")
    (checkout / "cli" / "other.py").write_text("secret")
    diff = seen_diff()
    assert diff is not None
    assert diff.text == ""
    change(checkout)
    diff = seen_diff()
    assert diff is not None
    assert diff.text
    assert "secret" not in diff.text


def test_a_patch_that_is_too_long_is_cut_at_a_line_and_says_so(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_control, "MOST_BYTES", 300)
    (checkout / "layer" / "long.py").write_text("".join(f"x = 'ü{number}'\n" for number in range(1000)))
    diff = seen_diff()
    assert diff is not None
    *lines, last = diff.text.splitlines()
    assert diff.is_cut
    assert all(line.startswith(("+", "-", "@", "d", "n")) for line in lines)
    assert last.startswith("[cut: the first 300 of ")
    assert len("\n".join(lines).encode()) <= 300


def test_of_code_that_somebody_is_just_changing_no_difference_is_kept(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(checkout)

    def slow(package: Path, rooms: tuple[str, ...]) -> tuple[str, bool]:
        (package / "layer" / "cost.py").write_text("changed = 'again'\n")
        return "of the time before", False

    monkeypatch.setattr(version_control, "patch", slow)
    assert seen_diff() is None


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\n", "535.129.03"),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n"
            "GCC version:  gcc version 12.3.0\n",
            "570.86.15",
        ),
        ("", None),
        ("GCC version:  gcc version 12.3.0\n", None),
        (None, None),
    ],
)
def test_the_driver_is_what_its_file_says(
    said: str | None, version: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "DRIVER", tmp_path / "version")
    if said is not None:
        (tmp_path / "version").write_text(said)
    environment.driver.cache_clear()
    with_gpu, without = environment.describe({"gpu": "H100"}), environment.describe({"device": "cpu"})
    environment.driver.cache_clear()
    assert (with_gpu.driver, without.driver) == (version, None)
    assert with_gpu.system == environment.system() != ""


def test_a_system_that_does_not_name_itself_is_called_as_python_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def unnamed() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(environment.platform, "freedesktop_os_release", unnamed)
    environment.system.cache_clear()
    assert environment.system() == environment.platform.platform()
    environment.system.cache_clear()


def test_a_package_installed_inside_someone_elses_checkout_has_no_commit(package: Path) -> None:
    git(package.parent, "init", "-q")
    (package.parent / "mine.py").touch()
    git(package.parent, "add", "mine.py")
    git(package.parent, "commit", "-q", "-m", "mine")
    assert (seen().commit, seen().is_clean) == (None, None)


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert (seen().commit, seen().is_clean) == (None, None)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's package with a module that must not be imported, and a module of its own."""
    folder = tmp_path / "mine"
    (folder / "nets" / "deep").mkdir(parents=True)
    (folder / "nets" / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "nets" / "deep" / "net.py").write_text("depth = 3")
    (folder / "alone.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(folder))
    return folder


CHANGES: list[tuple[Callable[[Path], str | Path], str]] = [
    (lambda _: "nets", "nets/deep/net.py"),
    (lambda _: "nets.deep", "nets/deep/net.py"),
    (lambda _: "nets.deep.net", "nets/deep/net.py"),
    (lambda _: "alone", "alone.py"),
    (lambda folder: folder / "alone.py", "alone.py"),
]


@pytest.mark.parametrize(("name", "changed"), CHANGES)
def test_a_users_module_counts_by_its_content(mine: Path, name: Callable[[Path], str | Path], changed: str) -> None:
    item = name(mine)
    before = seen(item)
    assert before.code != seen().code
    assert before == seen(item)
    (mine / changed).write_text("depth = 4")
    assert seen(item).code != before.code


@pytest.mark.parametrize("name", ["nets.shallow", "no_such_module", "nets.deep.net.more"])
def test_a_module_that_is_not_there_is_named(mine: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"no module named {name}: "):
        seen(name)
    with pytest.raises(InputError, match=r"nowhere\.py: expected a file"):
        seen(mine / "nowhere.py")


def test_a_job_records_the_code_it_runs(checkout: Path) -> None:
    identify.cache_clear()
    described, state = environment.describe({"cpu_count": 2}), identify()
    identify.cache_clear()
    assert (described.code, described.commit, described.is_clean, described.diff) == (
        state.code,
        state.commit,
        True,
        None,
    )


def test_identifying_is_quick_and_loads_no_torch() -> None:
    script = "import sys; from ablate.jobs.code import identify; identify(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    clock = time.perf_counter()
    seen()
    seconds = time.perf_counter() - clock
    assert seconds < 2, f"{seconds:.2f} s"  # 0.04 s here; the bound only catches reading far too much


def test_code_that_changes_while_jobs_wait_is_not_the_code_that_they_run(package: Path) -> None:
    identify.cache_clear()
    before = identify()
    (package / "layer" / "cost.py").write_text("")
    assert identify() == before, "this process has imported the old one"
    identify.cache_clear()
