"""A study as DataFrames, for notebooks and for files: what the report says, nothing taken twice.

`load` opens the database, `study_frames` is the value that it answers with, and `files` and `placing` write it down.
"""

from ablate.frames.load import load_frames, study_names
from ablate.frames.study_frames import StudyFrames, frames_of

__all__ = ["StudyFrames", "frames_of", "load_frames", "study_names"]
