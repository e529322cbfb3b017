"""A workspace of its own in which `ablate run` is started as a user would, and every process that comes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ablate.jobs import lease
from ablate.jobs.journal import find_attempts, read_result
from ablate.workspace import Workspace

MARK = "ABLATE_CHAOS"
"""An environment variable that every process of a place inherits, so that none can hide and no other is touched."""

STUDY = """
name: chaos
question: Does killing change anything?
model: {{widths: [7], depths: [1], layer: {{window: 3, heads: 1}}}}
data: {{training_images: {images}}}
training: {{epochs: {epochs}, batch_size: 10, warmup_epochs: 1}}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.dynamics: [static, se]
baseline: {{model.layer.sharing: head, model.layer.dynamics: static}}
seeds: {seeds}
resources: {{workers: 2, threads_per_trial: 1, gpus_per_trial: 0}}
"""


START = """
import sys, traceback
from pathlib import Path
from ablate.cli import main
trace = Path(sys.argv.pop(1))
try:
    main()
except SystemExit as end:  # an error of the system is told in one line; keep where it came from
    if isinstance(end.__context__, OSError):
        trace.write_text("".join(traceback.format_exception(end.__context__)))
    raise
"""


class Processes(NamedTuple):
    """What lives of a run: `servers` are the fork server and what Python starts beside it, `starting` are jobs that
    have not signed their lease yet, and children of jobs."""

    orchestrators: list[int]
    jobs: list[int]
    servers: list[int]
    starting: list[int]

    def all(self) -> list[int]:
        return [process for kind in self for process in kind]


@dataclass
class Run:
    """One `ablate run`, and where its words go."""

    process: subprocess.Popen[bytes]
    output: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def said(self) -> str:
        return self.output.read_text(errors="replace")


class Place:
    """A study in a workspace at `root`; what its runs say goes to `outputs`, which no harm reaches."""

    def __init__(self, root: Path, outputs: Path, study: str, *options: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        outputs.mkdir(parents=True, exist_ok=True)
        self.workspace, self.outputs, self.options = Workspace(root), outputs, options
        self.file = outputs / "chaos.yaml"
        self.file.write_text(study)
        self.mark = uuid.uuid4().hex
        self.runs: list[Run] = []
        self.deaths: dict[int, float] = {}  # when a process was killed, in seconds since 1970

    def start(self) -> Run:
        """Start `ablate run` on the study."""
        path = self.outputs / f"run-{len(self.runs) + 1:03d}.txt"
        command = [sys.executable, "-c", START, str(path.with_suffix(".trace")), "run", str(self.file)]
        command += ["--workspace", str(self.workspace.root), *self.options]
        with path.open("wb") as output:  # not a pipe: jobs that outlive their orchestrator would keep it open
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, MARK: self.mark}
            )
        self.runs.append(Run(process, path))
        return self.runs[-1]

    def processes(self) -> Processes:
        """Every living process that a run of this place started, whoever its parent is by now."""
        found = Processes([], [], [], [])
        orchestrators = {run.process.pid for run in self.runs if run.is_alive}
        marked, holders = self._marked(), self._holders()
        for process in marked:
            if process in orchestrators:
                found.orchestrators.append(process)
            elif process in holders:
                found.jobs.append(process)
            elif _parent(process) in marked - orchestrators:
                found.starting.append(process)
            else:
                found.servers.append(process)
        return found

    def attempts(self) -> list[Path]:
        """The directory of every attempt."""
        return find_attempts(self.workspace.study_runs("chaos"))

    def complete(self) -> list[Path]:
        """The attempts that brought a complete result, by their own word."""
        results = [(path, read_result(path)) for path in self.attempts()]
        return [path for path, result in results if result is not None and result.status == "complete"]

    def finished_trials(self) -> int:
        """How many trials have an attempt with a result; quick, and good enough to set the pace by."""
        return len({path.parent.parent for path in self.workspace.study_runs("chaos").glob("*/[0-9]*/result.json")})

    def clean_up(self) -> None:
        """End everything that was started here."""
        while processes := self._marked():
            for process in processes:
                kill(process)
            for run in self.runs:
                run.process.poll()
            time.sleep(0.05)

    def _holders(self) -> set[int]:
        """The processes that signed a lease. Read without taking the lock, which would disturb who waits for it."""
        signed = self.workspace.study_runs("chaos").glob(f"*/[0-9]*/{lease.HOLDER}")
        return {int(text) for path in signed if (text := _read(path).decode()).isdigit()}

    def _marked(self) -> set[int]:
        wanted = f"{MARK}={self.mark}".encode()
        processes = (path for path in Path("/proc").iterdir() if path.name.isdigit())
        return {int(path.name) for path in processes if wanted in _read(path / "environ").split(b"\0")}


def kill(process: int, number: signal.Signals = signal.SIGKILL) -> bool:
    """Send a signal; False if the process is gone."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return False
    return True


def _parent(process: int) -> int | None:
    fields = _read(Path(f"/proc/{process}/stat")).rpartition(b")")[2].split()
    return int(fields[1]) if fields else None


def _read(path: Path) -> bytes:
    """A file that may go away at any moment."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
