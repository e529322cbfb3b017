"""The way to an MLflow: its client, how long it is waited for, and that no message of it gives away a secret."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ablate.errors import TrackingError
from ablate.tracking.connection import shown
from ablate.tracking.refusals import censored

if TYPE_CHECKING:
    from mlflow import MlflowClient

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A server that is away is met again later: by default one call would wait for four minutes, so for about seven
    # seconds where nothing answers, and for one where the connection is refused.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""Set before MLflow is imported, unless the user has set them."""

SERVERS = ("http://", "https://", "databricks")
"""How addresses begin behind which a server keeps files by itself."""

SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
"""What the environment may hold, and nobody may read."""

RETRY_AFTER_SECONDS = 30.0
"""How long an MLflow that was away is left alone, at least."""

PATIENCE_SHARE = 0.05
"""The part of the time that may be spent on waiting for an MLflow that is away."""


class Reach:
    """The client of one MLflow, made when it is first wanted; one that fails is left alone for a while."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._client: MlflowClient | None = None
        self._away: tuple[float, str] | None = None

    @property
    def is_server(self) -> bool:
        """Whether it is a server, rather than a database of MLflow's."""
        return self.uri.startswith(SERVERS)

    @property
    def file(self) -> Path | None:
        """The file of MLflow's database, where it is one."""
        return Path(shown(self.uri)) if self.uri.startswith("sqlite:") else None

    def start_anew(self) -> None:
        """Let go of the client, for what it was connected to is gone."""
        self._client = None

    def look_again(self) -> None:
        """Let the next use try, however short a time ago the last one failed."""
        self._away = None

    @contextmanager
    def use(self) -> Iterator[MlflowClient]:
        """The client, for a few calls.

        Raises:
            TrackingError: one of them failed; one line, without credentials. So does every use for a while after.
        """
        if self._away is not None and time.monotonic() < self._away[0]:
            raise TrackingError(self._away[1])
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        began = time.monotonic()
        try:
            if self._client is None:
                self._client = self._connect()
            began = time.monotonic()  # loading MLflow is no waiting
            yield self._client
        except (MlflowException, SQLAlchemyError, OSError) as error:
            message = self._explain(error)
            now = time.monotonic()
            self._away = (now + max(RETRY_AFTER_SECONDS, (now - began) / PATIENCE_SHARE), message)
            raise TrackingError(message) from error

    def _connect(self) -> MlflowClient:
        from mlflow import MlflowClient

        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(self.uri)

    def _explain(self, error: Exception) -> str:
        said = without_secrets(str(error).strip().partition("\n")[0], self.uri).partition(" failed with exception")[0]
        return (
            f"MLflow at {shown(self.uri)} cannot be written to ({said:.200}): "
            "nothing is lost, it is brought up to date as soon as it can be, or by ablate mirror"
        )


def without_secrets(text: str, uri: str) -> str:
    """The text without the credentials of the address and of the environment, also where a server repeats them."""
    credentials = uri.partition("://")[2].rpartition("@")[0]
    password = credentials.partition(":")[2]
    known = [credentials, password, unquote(password), *(os.environ.get(name, "") for name in SECRETS)]
    text = censored(text, uri)
    for secret in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(secret, "***")
    return re.sub(r"//\S*@", "//", text)
