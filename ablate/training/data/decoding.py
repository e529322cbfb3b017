"""From the bytes of a file to an image of the channels and the size that a model takes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ablate.errors import DataError

MODES = {1: "L", 3: "RGB"}
"""Pillow's names of grey and colour, by channels."""


def decode_image(content: bytes | Path, name: str, channels: int) -> Image.Image:
    """The image in a file or its bytes, in grey or RGB; transparency is dropped, 16 bits become 8.

    Raises:
        DataError: it cannot be read or decoded, or ends too early; the message begins with `name`.
    """
    try:
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as image:
            return convert_image(image, channels)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{name}: expected an image, it does not decode: {reason}; replace the file, or remove it"
        ) from error


def convert_image(image: Image.Image, channels: int) -> Image.Image:
    """The same image in grey or RGB."""
    if image.mode.startswith("I;16"):  # Pillow would cut what is above 255
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    return image.convert(MODES[channels])


def fit_image(image: Image.Image, height: int, width: int, share: float = 1.0) -> Image.Image:
    """The middle of the image at the largest scale at which it fills height x width, by bicubic interpolation.

    Of that only the middle `share` of each side is taken. An image of that size is left as it is where it is taken
    whole.
    """
    if image.size == (width, height) and share == 1.0:
        return image
    scale = max(height / image.height, width / image.width) / share
    across, down = width / scale, height / scale
    left, top = (image.width - across) / 2, (image.height - down) / 2
    box = (left, top, min(left + across, image.width), min(top + down, image.height))
    return image.resize((width, height), Image.Resampling.BICUBIC, box=box)
