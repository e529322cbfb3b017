"""The pictures of a report, each drawn from the findings alone."""

from ablate.reporting.figures.gallery import Picture, draw_pictures

__all__ = ["Picture", "draw_pictures"]
