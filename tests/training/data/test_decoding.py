"""From files to images: every mode of Pillow in grey or in colour, and the middle at the size of the model."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from ablate.training.data.decoding import convert_image, decode_image, fit_image
from ablate.training.data.pool import PixelPool


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize(("channels", "expected"), [(1, "L"), (3, "RGB")])
def test_every_mode_that_files_have_becomes_grey_or_colour(mode, channels, expected):
    source = Image.new("RGB", (6, 4), (255, 255, 255)).convert(mode if mode != "I;16" else "L")
    if mode == "I;16":
        source = Image.fromarray(np.full((4, 6), 65535, np.uint16))
    image = decode_image(encoded(source), "x", channels)
    assert (image.mode, image.size) == (expected, (6, 4))
    assert (np.asarray(image) == 255).all()


def test_sixteen_bits_become_eight_by_their_upper_half():
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    image = decode_image(encoded(Image.fromarray(values)), "x", 1)
    assert np.asarray(image).tolist() == [[0, 0, 1, 128, 255]]


def test_a_palette_with_transparency_and_cmyk_are_read_without_a_warning():
    palette = Image.new("RGB", (6, 4), (9, 200, 30)).convert("P")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = decode_image(encoded(palette, transparency=b"\x80" * 256), "x", 3)
        assert np.asarray(image)[2, 3].tolist() == pytest.approx([9, 200, 30], abs=30)
        decode_image(encoded(Image.new("CMYK", (6, 4)), "JPEG"), "x", 3)


def test_an_image_of_the_size_of_the_model_is_left_as_it_is():
    image = Image.new("L", (7, 5))
    assert fit_image(image, 5, 7) is image


@pytest.mark.parametrize("size", [(40, 20), (20, 40), (30, 21), (3, 9)])
def test_the_middle_is_taken_at_the_scale_that_fills(size):
    width, height = size
    ramp = np.broadcast_to(np.linspace(0, 255, width, dtype=np.float32), (height, width))
    image = convert_image(Image.fromarray(ramp.astype(np.uint8)), 1)
    fitted = np.asarray(fit_image(image, 10, 10)).astype(int)
    assert fitted.shape == (10, 10)
    assert (np.diff(fitted, axis=1) >= 0).all()
    taken = min(width, height) / width
    middle = np.array([0.5 - taken / 2, 0.5 + taken / 2]) * 255
    assert fitted[:, 0] == pytest.approx(middle[0], abs=26)
    assert fitted[:, -1] == pytest.approx(middle[1], abs=26)


def test_images_in_memory_can_be_had_one_by_one():
    pixels = np.arange(2 * 3 * 2 * 4, dtype=np.uint8).reshape(2, 3, 2, 4)
    assert np.array_equal(np.asarray(PixelPool(pixels, np.zeros(2, int)).image(1)), pixels[1].transpose(1, 2, 0))
    grey = PixelPool(np.full((1, 1, 2, 4), 0.5, np.float32), np.zeros(1, int)).image(0)
    assert (grey.mode, grey.size) == ("L", (4, 2))
    assert (np.asarray(grey) == 128).all()
