"""Small images, written where a test wants them."""

import io

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def _no_data_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("ABLATE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


def encode(value=0, size=(7, 5), kind="PNG", mode="RGB"):
    """An image file's bytes: width x height, all pixels `value`."""
    file = io.BytesIO()
    Image.new(mode, size, value if mode in "L1" else (value, value, value)).save(file, kind)
    return file.getvalue()


@pytest.fixture
def picture():
    """Bytes of an image file."""
    return encode


@pytest.fixture
def folder(tmp_path):
    """Write `{path: number of images}` below tmp_path/pictures; image k of a folder is all grey k."""

    def write(counts, suffix=".png"):
        for place, count in counts.items():
            (tmp_path / "pictures" / place).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                path = tmp_path / "pictures" / place / f"{number}{suffix}"
                path.write_bytes(encode(number, size=(6 + number % 3, 5)))
        return tmp_path / "pictures"

    return write


@pytest.fixture
def pixels():
    """Random images of uint8 in any shape; the seed is printed."""
    seed = int(np.random.default_rng().integers(10_000))
    print(f"seed {seed}")  # noqa: T201
    rng = np.random.default_rng(seed)
    return lambda *shape: rng.integers(0, 256, shape, dtype=np.uint8)
