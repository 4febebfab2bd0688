"""Fitted models as JSON files: no code, no rows of data (level 9).

A file is one JSON object whose ``schema`` says what the rest is.  Nothing in it is run: a formula
passes the same checks as one that is typed in, and every number, label and shape is checked
before a model is made of it.
"""

from likelihood.saving.files import load, save

__all__ = ["load", "save"]
