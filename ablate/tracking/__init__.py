"""The tracking database: what was planned, tried, found and claimed.

The orchestrator writes what was planned, tried and found, commands write what was claimed, and nobody else anything.
"""
