"""One run at a time on a study."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from ablate.errors import WorkspaceError
from ablate.workspace import Workspace


@contextlib.contextmanager
def hold_study(workspace: Workspace, study: str) -> Iterator[None]:
    """Hold the study for the length of the block; the lock goes with the process, however it ends.

    Raises `WorkspaceError` naming who holds it, or saying that the workspace cannot be written.
    """
    path = workspace.study_lock(study)
    holder = path.with_name("run.holder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, blocking=False)
        lock.acquire()
    except Timeout:
        who = holder.read_text() if holder.exists() else "another process"
        raise WorkspaceError(f"study {study} is being run by {who}: wait for it, or stop it, and run again") from None
    except OSError as error:
        raise WorkspaceError(
            f"cannot write journals to {path.parent}: {error.strerror}; choose another --workspace"
        ) from error
    try:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        holder.write_text(f"process {os.getpid()} on {platform.node()} since {now}")
        yield
    finally:
        lock.release()
