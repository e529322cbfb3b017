"""Where code stands in version control: its commit, and what it has beyond it, as a digest and as a patch."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

GIT_SECONDS = 30.0

MOST_BYTES = 256 * 1024
"""Of a patch; what is longer was not written by hand."""

PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color")
"""Whatever the user's configuration says."""


class Stand(NamedTuple):
    """A commit, and a digest of what differs from it; None where there is no commit, and no difference."""

    commit: str | None
    diff: str | None


def stand(package: Path, rooms: Sequence[str]) -> Stand:
    """The commit that the package is checked out from, and a digest of what its rooms have beyond it, if anything.

    Both are None outside a checkout, and where the checkout is someone else's.
    """
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return Stand(None, None)
    commit = _git(package, "rev-parse", "HEAD")
    changed = _git(package, "diff", *PLAIN, "--binary", "HEAD", "--", *rooms)
    unknown = _unknown(package, rooms)
    if commit is None or changed is None or unknown is None:
        return Stand(None, None)
    total = hashlib.sha256(changed)
    for name in unknown:
        content = (package / os.fsdecode(name)).read_bytes()
        total.update(b"\0" + name + f"\0{len(content)}\0".encode() + content)
    return Stand(commit.decode().strip(), total.hexdigest() if changed or unknown else None)


def patch(package: Path, rooms: Sequence[str]) -> tuple[str, bool]:
    """What `git apply` makes the rooms' sources of, from the commit on; and whether it was cut, as its last line says.

    Sources alone, new ones too: whatever else lies among them was not written to be shown.
    """
    sources = [f":(glob){room}/**/*.py" for room in rooms]
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "--no-renames")
    changed = _git(package, "diff", *PLAIN, *prefixes, "HEAD", "--", *sources) or b""
    place = (_git(package, "rev-parse", "--show-prefix") or b"").rstrip(b"\n")
    unknown = _unknown(package, sources) or []
    added = (_addition(place + name, (package / os.fsdecode(name)).read_bytes()) for name in unknown)
    whole = b"".join((changed, *added))
    text = whole[:MOST_BYTES].decode(errors="replace")
    if len(whole) <= MOST_BYTES:
        return text, False
    return f"{text.rpartition(chr(10))[0]}\n[cut: the first {MOST_BYTES} of {len(whole)} bytes]\n", True


def _unknown(package: Path, patterns: Sequence[str]) -> list[bytes] | None:
    """The files that git does not know, and was not told to ignore, in their order; None if it has no answer."""
    answer = _git(package, "ls-files", "-z", "--others", "--exclude-standard", "--", *patterns)
    return None if answer is None else sorted(filter(None, answer.split(b"\0")))


def _addition(name: bytes, content: bytes) -> bytes:
    """The patch that makes a new file."""
    lines = content.split(b"\n")
    is_ended = not lines[-1]
    count = len(lines) - is_ended
    header = b"diff --git a/%b b/%b\nnew file mode 100644\n" % (name, name)
    if not content:
        return header
    body = b"".join(b"+%b\n" % line for line in lines[:count])
    end = b"" if is_ended else b"\\ No newline at end of file\n"
    return header + b"--- /dev/null\n+++ b/%b\n@@ -0,0 +1,%d @@\n" % (name, count) + body + end


def _git(directory: Path, *arguments: str) -> bytes | None:
    """What git answers about `directory`, or None if it has no answer."""
    try:
        done = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
