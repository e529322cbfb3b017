"""The further processes of a job that trains on several GPUs: forked at its very beginning, and bound to its life.

The first process of the job holds its lease and writes its journal. It watches the others: when one dies, the job
dies, since the rest would wait for it for ever. They in turn hold one end of a pipe, whose other end the kernel closes
when the first is gone, however it went.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import NoReturn

from ablate.training import Meeting, Processes, Stopped

LOGGER = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 5.0
"""How long a process that failed lives on: the first one, if it fails alike, can say so in the job's result."""


@contextlib.contextmanager
def forked(count: int, work: Callable[[Processes], None]) -> Iterator[Processes]:
    """Fork `count - 1` processes that do `work`, and be the first of them within the block; then end the others.

    To be called before the process has started a thread or touched a GPU. If one of the others ends within the block,
    this process ends at once, with code 1.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    sys.stdout.flush()
    watched, held = os.pipe()
    others = []
    for rank in range(1, count):
        process = os.fork()
        if process == 0:
            listener.close()
            os.close(held)
            _serve(Processes(rank, count, Meeting(port, None)), work, watched)
        others.append(process)
    os.close(watched)
    is_over = threading.Event()
    for process in others:
        threading.Thread(target=_watch, args=(process, is_over), daemon=True).start()
    try:
        yield Processes(0, count, Meeting(port, listener.detach()))
    finally:
        is_over.set()
        os.close(held)


def _serve(processes: Processes, work: Callable[[Processes], None], watched: int) -> NoReturn:
    """In a further process: work, and live until the first one is gone; a failure is said, and soon ends it."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first one is asked as well, and decides for all
        threading.Thread(target=_end_with_the_first, args=(watched,), daemon=True).start()
        with contextlib.suppress(Stopped):
            work(processes)
        threading.Event().wait()
    except BaseException:  # the boundary of the process
        traceback.print_exc()
        sys.stderr.flush()
        time.sleep(LAST_WORDS_SECONDS)
    finally:
        os._exit(1)


def _end_with_the_first(watched: int) -> None:
    """Nothing is ever written into the pipe: reading ends when the first process is gone or has let go of it."""
    os.read(watched, 1)
    os._exit(0)


def _watch(process: int, is_over: threading.Event) -> None:
    _, status = os.waitpid(process, 0)
    if not is_over.is_set():
        code = os.waitstatus_to_exitcode(status)
        LOGGER.error("process %d of this job ended with code %d: so ends the job", process, code)
        os._exit(1)
