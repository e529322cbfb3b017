"""A PostgreSQL server of the tests' own: a cluster in a temporary directory, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

PACKAGES = "postgresql (Debian: apt-get install postgresql) and psycopg[binary] (the extra `dev`)"
ACCOUNT = "postgres"
"""Who runs the server where the tests run as root, which PostgreSQL refuses to be run by."""

GUARDED, PASSWORD = "guarded", "swordfish-9f3a"
"""The one user of whom a password is asked."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "jit": "off",
}
START_SECONDS = 30.0


class NoServer(Exception):
    """The machine has no PostgreSQL; the message names what is missing."""


class Server:
    """A running cluster; databases are made and dropped by SQL through `execute`."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self.port = port
        self._programs, self._data, self._log = programs, folder / "data", folder / "log.txt"
        self._process: subprocess.Popen[bytes] | None = None
        # A child is told of the death of the thread that started it: this one lives as long as the process.
        self._starter = ThreadPoolExecutor(max_workers=1)
        self._names = (f"test_{number}" for number in count())

    def url(self, database: str, user: str = ACCOUNT, password: str | None = None) -> str:
        """SQLAlchemy's URL of a database; with a password, that of the user who has to give it."""
        secret = f":{password}" if password else ""
        return f"postgresql+psycopg://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server as a child that ends with this process, however that ends, and wait until it answers."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings]
        with self._log.open("ab") as log:
            bound = [*_as_account(is_bound=True), *command]
            self._process = self._starter.submit(subprocess.Popen, bound, stdout=log, stderr=log).result()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End the server; SIGQUIT is PostgreSQL's immediate shutdown, after which it recovers from its log."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def restart(self, away_seconds: float = 0.0) -> None:
        """What `pg_ctl restart -m immediate` does, with a pause in which nobody answers."""
        self.stop()
        time.sleep(away_seconds)
        self.start()

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement outside any transaction."""
        import psycopg

        place = f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(place, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A database of its own for one test, a copy of the template; answers its name."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _answers(self) -> bool:
        import psycopg

        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def serving() -> Iterator[Server]:
    """A server with an empty cluster for as long as the context lasts.

    Raises:
        NoServer: PostgreSQL or its Python driver is not installed.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="ablate-postgres-", dir=_reachable_folder()))
    server = None
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        _make_cluster(programs, folder)
        server = Server(programs, folder, _free_port())
        server.start()
        server.execute(f"CREATE ROLE {GUARDED} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The newest installed version's programs."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NoServer(f"needs {PACKAGES}: {error}") from error
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
    on_path = shutil.which("initdb")
    places = [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]
    found = [place for place in places if (place / "initdb").exists() and (place / "postgres").exists()]
    if not found:
        raise NoServer(f"needs {PACKAGES}: no initdb in /usr/lib/postgresql/*/bin nor on PATH")
    if os.geteuid() == 0 and not _has_account():
        raise NoServer(f"needs {PACKAGES}: there is no user {ACCOUNT}, and root may not run PostgreSQL")
    return found[0]


def _has_account() -> bool:
    import pwd

    return any(entry.pw_name == ACCOUNT for entry in pwd.getpwall())


def _as_account(*, is_bound: bool = False) -> list[str]:
    """How to run a program as somebody who may; `is_bound`: it is asked to end when this process has ended."""
    if os.geteuid() == 0:
        who = ["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]
    elif is_bound and shutil.which("setpriv"):
        who = []
    else:
        return []
    return ["setpriv", *who, *(["--pdeathsig", "QUIT"] if is_bound else []), "--"]


def _make_cluster(programs: Path, folder: Path) -> None:
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", ACCOUNT, "--no-sync"]
    done = subprocess.run(
        [*_as_account(), *command, "-E", "UTF8", "--locale=C"], capture_output=True, text=True, cwd="/", timeout=60
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
    rules = folder / "data" / "pg_hba.conf"
    rules.write_text(f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n" + rules.read_text())


def _reachable_folder() -> Path:
    """Where temporary directories go, unless others may not pass through it, as through a private TMPDIR."""
    usual = Path(tempfile.gettempdir())
    is_open = all(place.stat().st_mode & 0o001 for place in (usual, *usual.parents))
    return usual if is_open or os.geteuid() != 0 else Path("/tmp")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
