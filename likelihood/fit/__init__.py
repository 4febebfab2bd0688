"""From an objective to a record (level 4): search, certify, and say how it ended."""

from likelihood.fit.samples import Record, fit

__all__ = ["Record", "fit"]
