"""The fork server and the jobs it forks, as seen by the process that asks for them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import weakref
from multiprocessing.connection import wait
from pathlib import Path

from ablate.errors import AblateError

PATIENCE_SECONDS = 5.0
"""How long the server may take to say that a job which was killed is gone, before the server is killed itself."""

START = (
    "import json, sys; descriptor, path, modules = json.loads(sys.argv[1]); sys.path[:] = path; "
    "from ablate.jobs.forkserver import main; main(descriptor, modules)"
)


class JobProcess:
    """One job: its process once it has begun, and its exit code once it is gone with all that it started."""

    def __init__(self, pipe: int) -> None:
        self._descriptor = pipe
        self._text = b""
        self._is_unwatched = False  # the server is gone; the descriptor is of the process itself
        self.is_over = False

    @property
    def process(self) -> int | None:
        """Its id, which is also that of its group and session; None before it begins, and if it never did."""
        words = self._text.split()
        return int(words[0]) if words else None

    @property
    def code(self) -> int | None:
        """Its exit code, minus a signal's number if that ended it; None if nobody was there to see."""
        words = self._text.split()
        return int(words[1]) if len(words) == 2 else None

    def fileno(self) -> int:
        """Ready to be read whenever there is something for `advance`."""
        return self._descriptor

    def advance(self) -> None:
        """Take in what there is to know; may block unless `fileno` is ready."""
        text = b"" if self._is_unwatched else os.read(self._descriptor, 64)
        if text:
            self._text += text
            return
        if self.process is not None and self.code is None and not self._is_unwatched:
            with contextlib.suppress(OSError):  # gone: "no such process", or on older kernels "invalid argument"
                process = os.pidfd_open(self.process)  # without its server, the kernel says when it has ended
                os.close(self._descriptor)
                self._descriptor, self._is_unwatched = process, True
                return
        if self._is_unwatched:
            self.signal(signal.SIGKILL)  # what is left of its group
        os.close(self._descriptor)
        self.is_over = True

    def signal(self, number: signal.Signals) -> None:
        """Reach the job and its children, once it has begun."""
        if self.process is not None and not self.is_over:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process, number)

    def reason(self) -> str | None:
        """How it ended, if not by finishing."""
        if self.process is None:
            return "its process could not be started, or the fork server was killed before it was"
        if self.code is None:
            return "its process ended after the fork server was killed, so nobody saw how"
        if self.code == 128 + signal.SIGTERM:
            return "its process stopped, as SIGTERM asked it to"
        if self.code < 0:
            return f"its process was ended by {signal.Signals(-self.code).name}"
        return f"its process ended with code {self.code}" if self.code else None


class ForkServer:
    """Started when it is first needed, and again when it was killed; it lives on while a job of its does."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._modules = modules
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    def fork(self, call: str, directory: Path) -> JobProcess:
        """A process that calls `module:function` with `directory`; returns at once.

        Raises `AblateError` if what jobs need could not be imported.
        """
        reading, writing = os.pipe()
        message = json.dumps([call, str(directory)]).encode()
        try:
            server, requests = self._connect()
            try:
                socket.send_fds(requests, [message], [writing])
            except ConnectionError:  # it ended since it was last looked at
                self._bury(server)
                socket.send_fds(self._connect()[1], [message], [writing])
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return JobProcess(reading)

    def close(self) -> None:
        """Let it go; to be called when none of its jobs is left."""
        if self._running is not None:
            _let_go(*self._running)
            self.kill()

    def kill(self) -> None:
        """End it without asking: jobs that have begun live on, and the others never begin."""
        if self._running is not None:
            server, requests = self._running
            self._running = None
            requests.close()
            server.kill()
            server.wait()

    def _connect(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        if self._running is not None and self._running[0].poll() is not None:
            self._bury(self._running[0])
        if self._running is None:
            self._running = self._start()
            weakref.finalize(self, _let_go, *self._running).atexit = False
        return self._running

    def _bury(self, server: subprocess.Popen[bytes]) -> None:
        """A server that was killed is replaced; one that could not import its modules would be so again and again."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(PATIENCE_SECONDS)
        self.kill()
        if server.returncode > 0:
            raise AblateError(
                f"the process that starts jobs ended with code {server.returncode}; see what "
                f"`{sys.executable} -c 'import {', '.join(self._modules)}'` says"
            )

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """In a session of its own, so that no key in the terminal reaches it or any job."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-c", START, json.dumps([theirs.fileno(), sys.path, self._modules])],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return server, ours


def _let_go(server: subprocess.Popen[bytes], requests: socket.socket) -> None:
    """Of a server: it ends by itself when its last job has."""
    requests.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(PATIENCE_SECONDS)


def advance_all(jobs: list[JobProcess], timeout_seconds: float) -> None:
    """Wait until there is something to know of one of the jobs, and take it in."""
    ready = wait([job.fileno() for job in jobs], timeout_seconds)
    for job in jobs:
        if job.fileno() in ready:
            job.advance()
