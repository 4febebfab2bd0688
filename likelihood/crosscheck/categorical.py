"""A categorical fit beside binomial and multinomial models, intervals and tests (level 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.pairs import LEVEL, Pair, certain, chi_square_tests, interval_ends
from likelihood.data.columns import whole
from likelihood.family import Floats

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

#: The other sides take time: Sison & Glaz's seconds at 1e5 observations, a multinomial logit
#: and other models without weights one row per observation.
LARGEST_SISON_GLAZ, LARGEST_REPEATED, MOST_CATEGORIES = 2_000, 20_000, 30

_CUT = (
    "Theirs cuts the box at n, where the published approximation does not; with one category "
    "near n theirs misses the level."
)
_ALONE = "With one category seen the method has nothing to go by; ours are then Goodman's."


def categorical(fit: DistributionFit) -> Iterator[Pair]:
    """Compare estimates, intervals, tests and entropy of a vector of probabilities."""
    from scipy import special, stats
    from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

    distribution: Any = fit.distribution
    tidy = fit.tidy()
    counts, p = tidy["count"].to_numpy(), tidy["estimate"].to_numpy()
    n, repeated = fit.n, whole(fit.sample.weights)
    yield from _per_category(fit, tidy)
    if repeated:
        coefficient = special.gammaln(n + 1.0) - special.gammaln(counts + 1.0).sum()
        seen = counts > 0
        theirs = stats.multinomial.logpmf(counts[seen], n, counts[seen] / n) - coefficient
        # The coefficient, which ours leaves out, is taken off again; both are as large.
        yield Pair(
            "log_likelihood", "", fit.log_likelihood, theirs, "scipy.stats.multinomial",
            "Their multinomial coefficient cancels against the rest.", 6.0,
        )  # fmt: skip
        if n <= LARGEST_REPEATED and 1 < seen.sum() and len(counts) <= MOST_CATEGORIES:
            yield from _multinomial_logit(fit, counts, tidy["term"].tolist())
    backend = "statsmodels multinomial_proportions_confint"
    if len(counts) > 1:
        joint = {"goodman": "goodman"}
        if n <= LARGEST_SISON_GLAZ and repeated:
            joint["sison-glaz"] = "sison-glaz"
        for method, other in joint.items():
            # Sison & Glaz index an array by the counts.
            given = np.rint(counts).astype(int) if repeated else counts
            theirs = multinomial_proportions_confint(given, 1.0 - LEVEL, other)
            why = _box_reason(fit, counts) if method == "sison-glaz" else ""
            yield from interval_ends(fit, method, theirs, backend, why)
        yield from chi_square_tests(fit, counts, "fair")
    wilson = np.column_stack(proportion_confint(counts, n, 1.0 - LEVEL, "wilson"))
    yield from interval_ends(fit, "wilson", wilson, "statsmodels proportion_confint")
    entropy = stats.entropy(p)
    yield Pair("entropy", "", distribution.entropy(), entropy, "scipy.stats.entropy")


def _box_reason(fit: DistributionFit, counts: Floats) -> str:
    """Return why Sison & Glaz's intervals may differ from theirs, empty where they may not."""
    if (counts > 0).sum() == 1:
        return _ALONE
    # The interval ends at count + c + 2 gamma, and the box of c + 1 is looked at too.
    reach = float(fit.confint(LEVEL, "sison-glaz")["conf_high"].max()) * fit.n + 1.0
    return _CUT if reach >= fit.n else ""


def _per_category(fit: DistributionFit, tidy: pd.DataFrame) -> Iterator[Pair]:
    """Compare each category against all others, in one binomial model with an indicator each."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    inside = (tidy["count"] > 0) & (tidy["count"] < fit.n)
    part = tidy[inside].head(MOST_CATEGORIES)
    if part.empty:
        return
    successes = part["count"].to_numpy(dtype=float)
    both = np.column_stack([successes, fit.n - successes])
    glm = certain(GLM(both, np.eye(len(part)), family=Binomial()))
    means = np.asarray(glm.fittedvalues)
    errors = np.asarray(glm.bse) * means * (1.0 - means)
    for row, term in enumerate(part["term"].tolist()):
        for quantity, theirs in (("estimate", means), ("std_error", errors)):
            yield Pair(quantity, term, part[quantity].iloc[row], theirs[row], "statsmodels GLM")


def _multinomial_logit(fit: DistributionFit, counts: Floats, terms: list[Any]) -> Iterator[Pair]:
    """Compare with a multinomial logit on a constant, which needs one row per observation."""
    from statsmodels.discrete.discrete_model import MNLogit

    seen = np.flatnonzero(counts > 0)
    codes = np.repeat(np.arange(len(seen)), np.rint(counts[seen]).astype(int))
    model = MNLogit(codes, np.ones((len(codes), 1)))
    theirs = model.fit(disp=0, method="newton", maxiter=100, tol=1e-13)
    means = np.asarray(theirs.predict(np.ones((1, 1))))[0]
    name = "statsmodels MNLogit"
    for at, mean in zip(seen, means, strict=True):
        yield Pair("estimate", terms[at], fit.distribution.estimates[at], mean, name)
    yield Pair("log_likelihood", "", fit.log_likelihood, theirs.llf, name)
