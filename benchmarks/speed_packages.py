"""The same fits by other packages, each at tolerances that reach a gradient of 1e-6 per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.speed_task import Answer, Given, NotRun, Task

#: Asked of those who stop by the gradient of the mean loss.
TOLERANCE = 1e-6
#: Enough iterations that none stops short.
MOST = 10_000


def statsmodels(name: str) -> Callable[[Given], Task]:
    """Return a fit by a statsmodels class at its defaults, standard errors read."""

    def prepare(given: Given) -> Task:
        import statsmodels.api as sm

        if given.case.columns * given.case.free > 2000:
            raise NotRun("its Hessian is formed row by row in memory, and is too large")
        X, y = given.with_constant(), given.data["y"]
        call = {
            "OLS": lambda: sm.OLS(y, X).fit(),
            "Logit": lambda: sm.Logit(y, X).fit(disp=0),
            "MNLogit": lambda: sm.MNLogit(y, X).fit(disp=0),
            "GLM": lambda: sm.GLM(y, X, _family(sm, given)).fit(),
        }[name]

        def run() -> Any:
            found = call()
            return found.params, found.bse

        return Task(run, lambda found: Answer(*(_by_response(part) for part in found)))

    return prepare


def _family(sm: Any, given: Given) -> Any:
    return sm.families.Poisson() if given.case.kind == "poisson" else sm.families.Binomial()


def _by_response(values: Any) -> Any:
    """Return coefficients (k, d) of an array (d,) or (d, k)."""
    return np.atleast_2d(np.asarray(values).T)


def sklearn_classes(solver: str) -> Callable[[Given], Task]:
    """Return scikit-learn's logistic regression without a penalty."""

    def prepare(given: Given) -> Task:
        from sklearn.linear_model import LogisticRegression

        if solver == "newton-cholesky" and given.case.columns * given.case.free > 2000:
            raise NotRun("its Hessian is too large")
        X = given.sparse() if given.case.kind == "levels" else given.data["X"]
        y = given.data["y"]
        model = LogisticRegression(C=np.inf, solver=solver, tol=TOLERANCE, max_iter=MOST)
        return Task(lambda: model.fit(X, y), _sklearn_coefficients)

    return prepare


def sklearn_poisson(solver: str) -> Callable[[Given], Task]:
    """Return scikit-learn's Poisson regression without a penalty."""

    def prepare(given: Given) -> Task:
        from sklearn.linear_model import PoissonRegressor

        model = PoissonRegressor(alpha=0.0, solver=solver, tol=TOLERANCE, max_iter=MOST)
        X, y = given.data["X"], given.data["y"]
        return Task(lambda: model.fit(X, y), _sklearn_coefficients)

    return prepare


def sklearn_linear(given: Given) -> Task:
    """Return scikit-learn's linear regression at its defaults."""
    from sklearn.linear_model import LinearRegression

    X, y = given.data["X"], given.data["y"]
    return Task(lambda: LinearRegression().fit(X, y), _sklearn_coefficients)


def _sklearn_coefficients(model: Any) -> Answer:
    coef = np.column_stack([np.atleast_1d(model.intercept_), np.atleast_2d(model.coef_)])
    return Answer(coef=coef if len(coef) == 1 else (coef - coef[0])[1:])


def glum(given: Given) -> Task:
    """Return glum's fit without a penalty; it takes levels as they are."""
    from glum import GeneralizedLinearRegressor

    kind, y = given.case.kind, given.data["y"].astype(float)
    X = given.frame(response=False) if kind == "levels" else given.data["X"]
    family = {"linear": "normal", "poisson": "poisson"}.get(kind, "binomial")
    model = GeneralizedLinearRegressor(
        family=family, alpha=0.0, drop_first=True, gradient_tol=TOLERANCE, max_iter=MOST
    )
    return Task(
        lambda: model.fit(X, y),
        lambda found: Answer(coef=np.append(found.intercept_, found.coef_)[None, :]),
    )


def torch(given: Given) -> Task:
    """Return torch's L-BFGS with automatic derivatives."""
    import torch as package

    package.set_num_threads(given.threads)
    functional, case = package.nn.functional, given.case
    X = package.from_numpy(given.data["X"])
    y = package.from_numpy(given.data["y"])
    binary = case.kind == "logistic"
    target = y.to(package.float64) if binary else y

    def run() -> Any:
        width = 1 if binary else case.k
        slopes = package.zeros(case.p, width, dtype=package.float64, requires_grad=True)
        first = package.zeros(width, dtype=package.float64, requires_grad=True)
        search = package.optim.LBFGS(
            [slopes, first], max_iter=MOST, max_eval=2 * MOST, tolerance_grad=TOLERANCE,
            tolerance_change=0.0, history_size=10, line_search_fn="strong_wolfe",
        )  # fmt: skip

        def closure() -> Any:
            search.zero_grad()
            eta = package.addmm(first, X, slopes)
            loss = (
                functional.binary_cross_entropy_with_logits(eta[:, 0], target)
                if binary
                else functional.cross_entropy(eta, target)
            )
            loss.backward()
            return loss

        search.step(closure)
        return slopes.detach().numpy(), first.detach().numpy()

    def read(found: Any) -> Answer:
        coef = np.column_stack([found[1], found[0].T])
        return Answer(coef=coef if binary else (coef - coef[0])[1:])

    return Task(run, read)
