"""A command of the user's: run without a shell, its metrics read from the JSON lines that it prints."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import IO

from ablate.errors import ProgramError, ProgramKilled
from ablate.programs.given import Given, IsStopping, ProgramStopped
from ablate.programs.reporter import Reporter
from ablate.programs.words import fill_in
from ablate.specs import Split

LOOK_SECONDS = 0.1
GRACE_SECONDS = 5.0
"""How long a command that is to end may take, before it is killed."""

LAST_LINES, LONGEST_LINE = 10, 1 << 20
PR_SET_PDEATHSIG = 1
OUT_OF_MEMORY_CODE = 128 + signal.SIGKILL
"""As a shell says that what it ran was killed."""


def run_command(given: Given, reporter: Reporter, is_stopping: IsStopping) -> None:
    """Run the command to its end, in the working directory.

    A line of its standard output that is a JSON object with `step` is a report; all else goes to the log, with what it
    writes to standard error. Stopped, its whole process group is asked to end by SIGTERM.

    Raises `ProgramError` if it cannot be started, ends with another code than 0, or reports nonsense; `ProgramKilled`
    if a signal ended it, `ProgramStopped` if it was asked to end.
    """
    given.configuration_file.write_text(json.dumps(given.settings(), indent=1), encoding="utf-8")
    words = fill_in(given)
    with _started(words, _environment(given)) as process:
        output = _Output(process, reporter)
        is_asked = False
        while process.poll() is None:
            output.read(LOOK_SECONDS)
            if not is_asked and is_stopping():
                is_asked = True
                _signal(process, signal.SIGTERM)
        output.drain()
    if is_asked:
        raise ProgramStopped("the command stopped as asked")
    _check_code(process.returncode, words[0], output.last)


def parse_report(line: str) -> dict[str, object] | None:
    """The report that a line is, or None for a line that is something else."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if "step" in fields else None


class _Output:
    """What the command prints, line by line: reports to the reporter, the rest to the log."""

    def __init__(self, process: subprocess.Popen[bytes], reporter: Reporter) -> None:
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self._reporter = reporter
        self._begun: dict[IO[bytes], bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._reporting = process.stdout
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, data=stream)
                self._begun[stream] = b""

    def read(self, timeout_seconds: float) -> bool:
        """Take in what there is, waiting for it; whether there was something."""
        if not self._selector.get_map():
            time.sleep(timeout_seconds)
            return False
        ready = self._selector.select(timeout_seconds)
        for key, _ in ready:
            self._take(key.data)
        return bool(ready)

    def drain(self) -> None:
        """Take in the rest; a child that outlives the command, and holds its output open, is not waited for."""
        while self._selector.get_map() and self.read(0.0):
            pass
        for stream, begun in self._begun.items():
            self._hear(stream, begun)

    def _take(self, stream: IO[bytes]) -> None:
        text = os.read(stream.fileno(), 1 << 16)
        *lines, begun = (self._begun[stream] + text).split(b"\n")
        self._begun[stream] = begun if len(begun) < LONGEST_LINE else b""
        if not text:
            self._selector.unregister(stream)
        for line in lines if len(begun) < LONGEST_LINE else (*lines, begun):
            self._hear(stream, line)

    def _hear(self, stream: IO[bytes], line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        fields = parse_report(text) if stream is self._reporting else None
        if fields is not None:
            step, split = fields.pop("step"), fields.pop("split", Split.VALIDATION)
            self._reporter.report(step, split, fields)
        elif text:
            self.last.append(text)
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


@contextlib.contextmanager
def _started(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, of which nothing is left after the block, whatever ends that."""
    library = ctypes.CDLL(None)
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            process_group=0,
            # where this job is killed, the kernel ends the command
            preexec_fn=lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )
    except OSError as error:
        raise ProgramError(
            f"program.command: {words[0]} cannot be run: {error.strerror}; expected a program on PATH, or a path from "
            "the working directory"
        ) from error
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                _signal(process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE_SECONDS)
            _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _environment(given: Given) -> dict[str, str]:
    threads = str(given.threads)
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",  # or its reports would come all at once, at its end
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "ABLATE_DIRECTORY": str(given.directory),
        "ABLATE_SEED": str(given.seed),
        "ABLATE_CONFIGURATION": str(given.configuration_file),
    }


def _check_code(code: int, program: str, last: deque[str]) -> None:
    if code == 0:
        return
    said = f"; its last lines: {' | '.join(last)}" if last else "; it printed nothing"
    if code < 0 or code == OUT_OF_MEMORY_CODE:
        name = signal.Signals(-code).name if code < 0 else signal.SIGKILL.name
        raise ProgramKilled(f"{program} was ended by {name}{said}")
    raise ProgramError(f"{program} ended with code {code}{said}")
