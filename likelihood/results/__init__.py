"""What users hold after a fit (level 6)."""

from likelihood.results.regression import Fit
from likelihood.results.samples import GLANCE, DistributionFit

__all__ = ["GLANCE", "DistributionFit", "Fit"]
