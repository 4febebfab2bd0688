"""What the four regressions share: from rows to a fitted estimator (level 8)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import aligned as in_step
from likelihood.data.columns import frequencies, whole
from likelihood.data.design import design
from likelihood.data.formulas import FormulaSpec
from likelihood.data.responses import aligned
from likelihood.data.samples import FRACTIONAL
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats
from likelihood.fit.regression import announce, fit_regression
from likelihood.linear_model import LinearModel
from likelihood.regression import options
from likelihood.regression.offsets import checked_offset
from likelihood.regression.predicting import new_rows
from likelihood.regression.presenting import Presenting
from likelihood.regression.response import Response, readable
from likelihood.regression.tables import table_rows
from likelihood.results.facts import Facts
from likelihood.results.regression import Fit, fit_of

#: The least total of weights: the search ends by standard errors, which grow as weights fall.
LEAST = 2.0**-53


@dataclass(frozen=True)
class Prepared:
    """The rows of a fit, checked: from arrays or from a formula."""

    X: Any
    names: tuple[str, ...]
    names_given: bool
    weights: Floats
    offset: Any
    response: str
    notes: tuple[str, ...] = ()
    low: Floats | None = None
    n_dropped: int = 0
    formula: FormulaSpec | None = None
    source: Any = None


class Regression(Presenting):
    """A regression ``eta = X B' + offset`` under a family; the base of the four estimators."""

    family: ClassVar[type[ExponentialFamily]]

    fit_intercept: bool
    ridge: float
    method: str
    tolerance: float
    max_iter: int
    n_jobs: int | None
    # Squared error has a minimum whatever the data, so a linear regression has no such option.
    separation: str = "report"

    result_: Fit
    coef_: Floats
    intercept_: Any
    n_features_in_: int
    n_iter_: int
    feature_names_in_: NDArray[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> Self:
        """Return the estimator itself, fitted.

        Parameters
        ----------
        X : (n, p) array, sparse matrix, or table of pandas, Polars or PyArrow
            Finite numbers.
        y : (n,) response
        sample_weight : (n,) array, optional
            Frequencies: a weight is a repetition, and a row of weight 0 is not there.
        offset : (n,) array, optional
            Added to the linear predictor with coefficient 1; (n, K) in the order of ``classes_``
            for a softmax regression, the reference's column being subtracted.

        Raises
        ------
        DataError
            The data cannot be used; the message names the row and column.
        ValueError, TypeError
            An option is not one.
        """
        self._check_options()
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                f"is None."
            )
        X, y, sample_weight = readable(X), readable(y), readable(sample_weight)
        columns = design(X)
        aligned(X, y)
        weights = (
            np.ones(columns.n_rows)
            if sample_weight is None
            else frequencies(sample_weight, y, "sample_weight")
        )
        # Where y is a bare array its index says nothing of the order.
        in_step(X, "X", sample_weight, "sample_weight")
        in_step(X, "X", offset, "offset")
        rows = Prepared(
            columns.values, columns.labels, columns.names_given, weights, offset,
            _text(getattr(y, "name", None)), source=X,
        )  # fmt: skip
        return self._fit(rows, self._response(y, weights))

    @classmethod
    def from_formula(
        cls,
        formula: str,
        data: Any,
        *,
        weights: Any = None,
        offset: Any = None,
        missing: str = "drop",
        references: Mapping[str, Hashable] | None = None,
        **keywords: Any,
    ) -> Self:
        """Return an estimator fitted to a table by a formula.

        Parameters
        ----------
        formula : str
            Such as ``"y ~ x + C(group)"``; ``0 +`` leaves the intercept out.
        data : table of pandas, Polars or PyArrow, or dictionary of columns
        weights : column name or (n,) array, optional
            Frequencies.  A column named here, or as offset, is not among those of ``y ~ .``.
        offset : column name or (n,) array, optional
            For a softmax regression K column names or an (n, K) array, in the order of the classes.
        missing : {"drop", "fail"}
            Rows with a missing value in a column that is used are left out, counted and told,
            or are an error.
        references : dict, optional
            The reference level of columns of labels, ``{"group": "control"}``.
        **keywords
            Options of the estimator.

        Raises
        ------
        FormulaError
            The formula cannot be read.
        DataError
            The table cannot be used; the message names the column and row.
        """
        self = cls(**keywords)
        self._check_options()
        made = table_rows(
            formula, data, weights=weights, offset=offset, missing=missing, references=references
        )
        found = made.design
        if "fit_intercept" in keywords and bool(keywords["fit_intercept"]) != found.intercept:
            raise ValueError(
                f"fit_intercept={keywords['fit_intercept']!r}, but the formula {formula!r} has "
                f"{'an' if found.intercept else 'no'} intercept, and the formula decides; leave "
                f"fit_intercept out, and write '0 +' in a formula for no intercept."
            )
        self.fit_intercept = found.intercept
        name, y = found.response or ("", None)
        frequency = np.ones(found.values.shape[0]) if made.weights is None else made.weights
        rows = Prepared(
            found.values, found.names, True, frequency, made.offset, name, made.notes,
            found.low, made.n_dropped, found.spec, made.source,
        )  # fmt: skip
        return self._fit(rows, self._response(y, frequency))

    def _check_options(self) -> None:
        options.check_intercept(self.fit_intercept)
        options.checked_ridge(self.ridge)
        options.threads(self.n_jobs)
        options.check_separation(self.separation)

    @abstractmethod
    def _response(self, y: Any, weights: Floats) -> Response:
        """Return the response as statistics of the family."""

    def _fit(self, rows: Prepared, response: Response) -> Self:
        model = self._model(rows, response)
        if model.total < LEAST:
            raise DataError(
                f"the weights sum to {model.total:g}, so little that no estimate is more than a "
                f"rounding of standard errors away; scale them up."
            )
        notes = rows.notes + response.notes
        if not whole(model.weights):
            notes += (FRACTIONAL,)
        record = fit_regression(
            model, method=self.method, tolerance=self.tolerance, max_iter=self.max_iter,
            separation=self.separation, notes=notes, threads=options.threads(self.n_jobs),
        )  # fmt: skip
        announce(record.verdict, stacklevel=4)
        facts = self._facts(rows, response, model)
        self._learn(fit_of(type(self).__name__, model, record, facts, rows.source))
        return self

    def _model(self, rows: Prepared, response: Response) -> LinearModel:
        """Return the rows with what is fitted to them."""
        classes = response.classes
        offset = checked_offset(rows.offset, rows.X, classes, response.base, type(self).__name__)
        model = LinearModel(
            self.family, rows.X, response.t, rows.weights, rows.names,
            intercept=bool(self.fit_intercept), low=rows.low, offset=offset,
            ridge=options.checked_ridge(self.ridge),
            n_classes=None if classes is None else len(classes),
            responses=tuple(map(str, response.free)) if len(response.free) > 1 else (),
        )  # fmt: skip
        kept = response.rows
        if kept is None:
            return model
        # The response is of the rows to keep already.
        placeholder = np.zeros((len(kept), *response.t.shape[1:]), dtype=response.t.dtype)
        return replace(replace(model, t=placeholder).with_rows(kept), t=response.t)

    def _facts(self, rows: Prepared, response: Response, model: LinearModel) -> Facts:
        """Return the names and counts that the result keeps."""
        classes = None if response.classes is None else tuple(response.classes.tolist())
        return Facts(
            terms=model.terms, response=rows.response, classes=classes,
            base=None if classes is None or response.base is None else classes[response.base],
            responses=response.free, n_rows=model.n_rows,
            n_used=int(np.count_nonzero(model.weights)), n_dropped=rows.n_dropped,
            total=model.total, intercept=model.intercept, ridge=model.ridge,
            offset=model.offset is not None, formula=rows.formula, names_given=rows.names_given,
        )  # fmt: skip

    def _rows(self, X: Any, offset: Any) -> LinearModel:
        """Return new rows, checked against those of the fit."""
        facts = self._result.facts
        names = getattr(self, "feature_names_in_", None)
        return new_rows(
            X, offset, family=self.family, facts=facts,
            expected=self.n_features_in_ if names is None else tuple(names.tolist()),
            owner=type(self).__name__,
        )  # fmt: skip

    def _learn(self, result: Fit) -> None:
        """Set what a fit has learned, once it is known; an earlier fit leaves nothing behind."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        facts = result.facts
        names = facts.terms[int(facts.intercept) :]
        self.result_ = result
        self.n_features_in_ = len(names)
        if facts.names_given:
            self.feature_names_in_ = np.array(names, dtype=object)
        self.n_iter_ = max(1, int(result.record.iterations))
        self._learn_coefficients(result.record.pushed, facts)

    def _learn_coefficients(self, pushed: Floats, facts: Facts) -> None:
        """Set ``coef_``, ``intercept_`` and what comes with them, in the shapes of the estimator.

        Parameters
        ----------
        pushed : (k, d) array
            Finite coefficients.
        """
        first = int(facts.intercept)
        self.coef_ = pushed[0, first:].copy()
        self.intercept_ = float(pushed[0, 0]) if facts.intercept else 0.0


def _text(name: Any) -> str:
    """Return the name of a response; a Series may have a number, or none."""
    return "" if name is None else str(name)
