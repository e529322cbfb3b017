"""The tracking database: what was planned, tried and found. The orchestrator is its only writer."""
