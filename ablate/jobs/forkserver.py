"""The fork server: a process that has imported what jobs need, and forks one process for each of them.

It is asked over a socket, one message a job, which carries the writing end of a pipe. Two numbers go through the pipe:
the job's process, written by the job before anything else; and its exit code, written by the server once the job is
gone *with all that it started*. A child that leaves its job's group or session is found as well: orphans are handed to
the nearest ancestor that asked for them, which is the job while it lives, and then the server; so whatever is the
server's child and no job was left behind by a job that has ended.

When the socket closes the server stays until its last job has ended, and then goes.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

MESSAGE_BYTES = 1 << 16

LOOK_SECONDS = 0.02
"""How soon to look again for what a job has left behind, while it is dying."""

PR_SET_CHILD_SUBREAPER = 36


def main(descriptor: int, modules: Sequence[str]) -> None:
    """Serve requests that come in through the socket `descriptor`, after importing `modules`; ends the process."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for module in modules:
        importlib.import_module(module)
    _adopt_orphans()
    gc.freeze()  # a collection in a job then touches no page that it shares with the others
    _Server(socket.socket(fileno=descriptor)).serve()
    os._exit(0)  # libraries that were imported have nothing to say at our end


class _Server:
    """Forks, reaps and tells."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests = requests
        self.pipes: dict[int, int] = {}  # of every job, by its process
        self.ended: list[tuple[int, int]] = []  # pipe and exit code of jobs that may have left something behind

    def serve(self) -> None:
        self.wake, self.waker = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(self.waker, False)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        is_open = True
        while is_open or self.pipes or self.ended:
            sources: list[socket.socket | int] = [self.requests, self.wake] if is_open else [self.wake]
            ready, _, _ = select.select(sources, [], [], LOOK_SECONDS if self.ended else None)
            if self.wake in ready:
                os.read(self.wake, MESSAGE_BYTES)
            self._reap()
            self._tell()
            if self.requests in ready:
                is_open = self._take_request()

    def _take_request(self) -> bool:
        """Fork what is asked for; False when nobody will ask any more."""
        try:
            message, pipes, _, _ = socket.recv_fds(self.requests, MESSAGE_BYTES, 1)
        except ConnectionError:
            return False
        if not message:
            return False
        call, directory = json.loads(message)
        try:
            process = os.fork()
        except OSError as error:
            sys.stderr.write(f"cannot start a job: {error.strerror}\n")
            os.close(pipes[0])  # an end without a process: it never began
            return True
        if process == 0:
            self._become_job(call, Path(directory), pipes[0])
        self.pipes[process] = pipes[0]
        return True

    def _become_job(self, call: str, directory: Path, pipe: int) -> None:
        """In the child: do what is asked and end, whatever happens."""
        code = 1
        try:
            self._let_go()
            os.setsid()
            _adopt_orphans()
            if _has_announced_itself(pipe):
                module, _, name = call.partition(":")
                getattr(importlib.import_module(module), name)(directory)
                code = 0
        except SystemExit as request:
            code = request.code if isinstance(request.code, int) else int(request.code is not None)
        except BaseException:  # the boundary of the process
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _let_go(self) -> None:
        """Of everything that is the server's and not the job's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.requests.close()
        for descriptor in (self.wake, self.waker, *self.pipes.values(), *(pipe for pipe, _ in self.ended)):
            os.close(descriptor)

    def _reap(self) -> None:
        """Take note of whoever has ended; a job's group is killed before its number can be given to another."""
        with contextlib.suppress(ChildProcessError):
            while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                process = seen.si_pid
                if process in self.pipes:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process, signal.SIGKILL)
                _, status = os.waitpid(process, 0)
                if process in self.pipes:
                    self.ended.append((self.pipes.pop(process), os.waitstatus_to_exitcode(status)))

    def _tell(self) -> None:
        """Say how jobs ended, once nothing is left of them."""
        if not self.ended:
            return
        left_behind = [process for process in _children() if process not in self.pipes]
        for process in left_behind:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if left_behind:
            return
        for pipe, code in self.ended:
            with contextlib.suppress(BrokenPipeError):
                os.write(pipe, b"%d\n" % code)
            os.close(pipe)
        self.ended.clear()


def _has_announced_itself(pipe: int) -> bool:
    """Whether somebody who asked for this job has been told its process; otherwise nobody would ever know of it."""
    try:
        os.write(pipe, b"%d\n" % os.getpid())
    except BrokenPipeError:
        return False
    os.close(pipe)
    return True


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends. Linux only; elsewhere the group has to do."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> list[int]:
    """This process's children, as the kernel lists them; none where it does not."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(process) for path in lists for process in path.read_text().split()]
