"""The errors and warnings this package raises (level 0).

::

    LikelihoodError
    ├── DataError (also a ValueError)      the data cannot be used
    │   └── FormulaError                   a formula cannot be read, or is refused
    └── SeparationError                    the data are separated, and separation="raise"
    UserWarning
    └── FitWarning                         a fit ended in a verdict worth reading
        ├── SeparationWarning              the maximum likelihood estimate is infinite
        ├── CollinearityWarning            columns are combinations of others
        └── ConvergenceWarning             the search did not reach a maximum

A wrong option (an unknown method, a level of 95 instead of 0.95) is a plain
``ValueError`` or ``TypeError``.  A fit that ended badly is not an error: it is a
verdict in the result, announced by one warning.
"""


class LikelihoodError(Exception):
    """Base of every error that this package raises about its input."""


class DataError(LikelihoodError, ValueError):
    """The data cannot be used; the message names the argument, the value and its row."""


class FormulaError(DataError):
    """A formula cannot be read or is refused; the message shows the part that is wrong."""


class FitWarning(UserWarning):
    """A fit ended in a verdict other than a clean optimum; given once per fit."""


class ConvergenceWarning(FitWarning):
    """The search ended without a certified maximum."""


class SeparationWarning(FitWarning):
    """The maximum likelihood estimate does not exist: some coefficients are infinite."""


class CollinearityWarning(FitWarning):
    """Some columns are combinations of others, and their coefficients are not identified."""


class SeparationError(LikelihoodError):
    """The data are separated, and the model was told to refuse that (``separation="raise"``)."""
