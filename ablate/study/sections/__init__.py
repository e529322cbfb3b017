"""The parts of a study file, each read by its own module: a tree in, a checked value out."""
