"""Carrying out attempts: the journal that a job writes, and the executors that start jobs."""
