"""A page in headless Chromium, asked over its own pipes: DevTools' messages end with a nought, no library is needed."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
"""The program, or nothing where there is none."""

LOOK_SECONDS = 0.2


class Page:
    """One page of a browser with a profile of its own in `folder`."""

    def __init__(self, folder: Path, width: int = 1400, height: int = 860) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},{height}",
            "about:blank",
        ]
        # Chromium reads file descriptor 3 and writes 4; a shell counts only to nine.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (commands, answers)]
        self._process = subprocess.Popen(
            [CHROMIUM, *arguments],
            pass_fds=(3, 4),
            preexec_fn=lambda: [os.dup2(end, wanted) for wanted, end in enumerate(ends, 3)],  # noqa: PLW1509
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in ends:
            os.close(end)
        os.close(commands)
        os.close(answers)
        self._numbers, self._read, self._session = itertools.count(1), b"", ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    def open(self, url: str) -> None:
        """Go there; the page draws itself in its own time."""
        self._ask("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of a line of JavaScript."""
        return self._ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def text(self) -> str:
        """What a reader sees."""
        return self.run("document.body ? document.body.innerText : ''") or ""

    def wait_for(self, script: str, seconds: float = 30.0) -> Any:
        """The value of `script` as soon as it is true; the last one if it never is."""
        deadline = time.monotonic() + seconds
        while not (value := self.run(script)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return value

    def picture(self) -> bytes:
        """The page as PNG."""
        return base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._next())
            if answer.get("id") == number:
                return dict(answer["result"])

    def _next(self) -> bytes:
        while b"\0" not in self._read:
            if not select.select([self._answers], [], [], 30)[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._answers, 65_536)
            if not chunk:
                raise ConnectionError("the browser has ended")
            self._read += chunk
        message, _, self._read = self._read.partition(b"\0")
        return message
