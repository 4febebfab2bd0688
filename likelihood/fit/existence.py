"""Whether a maximum near the end of a search is certain to exist (level 4)."""

from __future__ import annotations

import numpy as np

from likelihood.family import Floats
from likelihood.fit.curvature import Located
from likelihood.objective import LinearObjective

#: Scaled condition numbers up to which a Hessian's inverse is trusted to a few digits.
_CONDITION = 1e6
#: The proof needs the product below 1; this leaves room for the rounding of both factors.
_SHARE = 0.1


def attained(linear: LinearObjective, found: Located) -> bool:
    """Return whether it is proven, up to rounding, that a likelihood has a maximum.

    False proves nothing: it is a reason to look exactly.

    Parameters
    ----------
    linear : LinearObjective
        A Bernoulli, categorical or Poisson loss.
    found : Located
        The end of a search of it, with the covariance there.

    Notes
    -----
    Third derivatives of these losses along v are at most ``m(v)`` times the second, with m(v)
    the largest change along v of a difference of two linear predictors of a row (Bach 2010,
    Electronic Journal of Statistics 4, 384-414).  Integrated twice along a ray of unit length
    in the metric of the Hessian H, the slope ends at no less than ``1/m - distance``, so where
    ``distance * m < 1`` the loss rises at last along every ray.  The largest m is the largest
    standard error of such a difference; the triangle inequality bounds it from the standard
    errors of the coefficients, at the cost of one look at the columns.  On separated data the
    distance falls no faster than these standard errors grow, however small both look.
    """
    if not found.condition < _CONDITION:
        return False
    k, d = found.x.shape
    sd = np.sqrt(np.sum(found.half * found.half, axis=1)).reshape(k, d)
    if isinstance(linear.X, np.ndarray):
        reach = np.maximum(linear.X.max(axis=0, initial=0.0), -linear.X.min(axis=0, initial=0.0))
    else:
        reach = np.asarray(abs(linear.X).max(axis=0).todense()).ravel()
    each: Floats = np.sort(sd @ reach)
    largest = float(each[-2:].sum())
    # The gradient is a sum over all rows, with the rounding of one.
    total = float(linear.weights.sum())
    distance = found.distance + np.finfo(float).eps * total * largest
    return bool(distance * largest < _SHARE)
