"""A fitted regression as one document, and back (level 9)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

import likelihood
from likelihood.data.formulas import FormulaSpec, restore
from likelihood.data.messages import listed
from likelihood.errors import DataError
from likelihood.fit.record import RegressionRecord
from likelihood.fit.samples import checked_search
from likelihood.regression.base import Regression
from likelihood.regression.classification import Classifier
from likelihood.regression.linear import LinearRegression
from likelihood.regression.logistic import LogisticRegression
from likelihood.regression.poisson import PoissonRegression
from likelihood.regression.softmax import SoftmaxRegression
from likelihood.results.facts import Facts
from likelihood.results.regression import Fit
from likelihood.results.samples import GLANCE
from likelihood.saving.nodes import Node, plain_array, plain_label, plain_number
from likelihood.saving.records import plain_record, record_from

SCHEMA = "likelihood/model/1"

#: The estimators by name; nothing else is ever made from a name in a file.
_ESTIMATORS: dict[str, type[Regression]] = {
    estimator.__name__: estimator
    for estimator in (LinearRegression, LogisticRegression, SoftmaxRegression, PoissonRegression)
}
_DOCUMENT = (
    "schema", "version", "estimator", "options", "facts", "formula", "record", "glance",
    "fingerprint", "unreliable",
)  # fmt: skip
_FACTS = (
    "terms", "response", "classes", "base", "n_rows", "n_used", "n_dropped", "total",
    "intercept", "ridge", "offset", "names_given",
)  # fmt: skip
#: Columns of ``glance`` that hold text.
_TEXTS = ("model", "status", "covariance", "interval", "version")


def described(fit: Fit, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fit, and the options it was made with, as plain values without rows.

    Raises
    ------
    DataError
        A label is of a type that JSON does not have.
    """
    facts, stored = fit.facts, fit.remembered
    position = None if facts.classes is None else facts.classes.index(facts.base)
    return {
        "schema": SCHEMA,
        "version": likelihood.__version__,
        "estimator": fit.model,
        "options": _plain_options(options),
        "facts": {
            "terms": list(facts.terms),
            "response": facts.response,
            "classes": None
            if facts.classes is None
            else [plain_label(label, "class") for label in facts.classes],
            "base": position,
            "n_rows": int(facts.n_rows),
            "n_used": int(facts.n_used),
            "n_dropped": int(facts.n_dropped),
            "total": plain_number(facts.total),
            "intercept": bool(facts.intercept),
            "ridge": plain_number(facts.ridge),
            "offset": bool(facts.offset),
            "names_given": bool(facts.names_given),
        },
        "formula": None if facts.formula is None else facts.formula.as_dict(),
        "record": plain_record(fit.record),
        "glance": {
            # A count stays one, so that the column keeps its type.
            name: value if isinstance(value, str | int) else plain_number(value)
            for name, value in stored["stored_glance"].items()
        },
        "fingerprint": stored["stored_fingerprint"],
        "unreliable": plain_array(np.asarray(stored["stored_unreliable"], dtype=bool)),
    }


def restored(document: Node) -> Regression:
    """Return the fitted estimator of a document.

    Raises
    ------
    DataError
        Something is not as it was written; the message names the place.
    FormulaError
        The formula is not one that could have been typed in.
    """
    _check_schema(document)
    found = document.members(*_DOCUMENT)
    found["version"].text()
    name = found["estimator"].text()
    found["estimator"].require(name in _ESTIMATORS, f"one of {listed(list(_ESTIMATORS))}")
    estimator = _ESTIMATORS[name]
    facts = _facts(found["facts"], found["formula"], estimator)
    k, d = facts.free, len(facts.terms)
    model = _estimator(found["options"], estimator)
    glance = found["glance"]
    record = record_from(found["record"], k, d, d - facts.intercept)
    _check_pushed(found["record"], record)
    fit = Fit(
        name,
        record,
        facts,
        stored_glance=_glance(glance),
        stored_fingerprint=found["fingerprint"].text(),
        stored_unreliable=found["unreliable"].flags(k, d),
    )
    model._learn(fit)
    return model


def _check_schema(document: Node) -> None:
    value = document.value
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema != SCHEMA:
        Node(schema, "schema").fail(f"{SCHEMA!r} (files of other versions cannot be read)")


def _check_pushed(node: Node, record: RegressionRecord) -> None:
    """Refuse a limit and a direction of separated data that are finite, and their sum is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        fine = bool(np.isfinite(record.pushed).all())
    if not fine:
        Node("an overflow", f"{node.place}.separation").fail("a direction of finite coefficients")


def _plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an estimator as JSON holds them."""
    plain: dict[str, Any] = {}
    for name, value in options.items():
        if value is None or isinstance(value, bool | int | float | str | np.generic):
            plain[name] = None if value is None else plain_label(value, f"option {name}")
        else:
            plain[name] = [plain_label(label, "class") for label in value]
    return plain


def known_options(fit: Fit) -> dict[str, Any]:
    """Return the options that a result tells by itself, without its estimator.

    Examples
    --------
    >>> known_options(LinearRegression().fit([[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0]).result_)
    {'fit_intercept': True, 'method': 'newton', 'ridge': 0.0}
    """
    facts = fit.facts
    options = {
        "fit_intercept": facts.intercept, "method": fit.record.method, "ridge": facts.ridge,
    }  # fmt: skip
    if fit.model == "LogisticRegression":
        return options | {"event": facts.responses[0]}
    return options | ({} if facts.classes is None else {"reference": facts.base})


def _facts(node: Node, formula: Node, estimator: type[Regression]) -> Facts:
    found = node.members(*_FACTS)
    terms = found["terms"].texts()
    intercept = found["intercept"].flag()
    # A column may be called intercept as well.
    columns = terms[int(intercept) :]
    found["terms"].require(
        len(set(columns)) == len(columns)
        and len(terms) > 0
        and (terms[0] == "intercept") >= intercept,
        "distinct terms, the intercept first if there is one",
    )
    classes, base = _classes(found["classes"], found["base"], estimator)
    spec = _formula(formula)
    if spec is not None:
        matches = spec.names == terms[int(intercept) :] and spec.intercept == intercept
        formula.require(matches, "the formula of the terms")
    responses: tuple[Hashable, ...] = ()
    if classes is not None and base is not None:
        responses = (*classes[:base], *classes[base + 1 :])
    return Facts(
        terms=terms,
        response=found["response"].text(),
        classes=classes,
        base=None if classes is None or base is None else classes[base],
        responses=responses,
        n_rows=found["n_rows"].whole(),
        n_used=found["n_used"].whole(),
        n_dropped=found["n_dropped"].whole(),
        total=found["total"].number(finite=True, least=0.0),
        intercept=intercept,
        ridge=found["ridge"].number(finite=True, least=0.0),
        offset=found["offset"].flag(),
        formula=spec,
        names_given=found["names_given"].flag(),
        free_dispersion=estimator.family.free_dispersion,
        continuous=estimator.family.continuous,
    )


def _classes(
    node: Node, base: Node, estimator: type[Regression]
) -> tuple[tuple[Any, ...] | None, int | None]:
    """Return the classes and the position of the base, as many as the estimator takes."""
    if not issubclass(estimator, Classifier):
        node.require(node.value is None, "no classes")
        base.require(base.value is None, "no base class")
        return None, None
    classes = node.labels()
    fine = len(classes) == 2 or (len(classes) > 2 and estimator is SoftmaxRegression)
    node.require(fine, "as many classes as the model has")
    position = base.whole()
    base.require(position < len(classes), "the position of a class")
    return classes, position


def _formula(node: Node) -> FormulaSpec | None:
    """Return a formula, its parts checked before it is read as any formula is."""
    if node.value is None:
        return None
    found = node.members("formula", "columns", "levels", "numbers")
    levels = []
    for entry in found["levels"].entries():
        parts = list(entry.entries())
        entry.require(len(parts) == 4, "four parts")
        labels = parts[2].labels()
        reference = parts[3].whole()
        parts[3].require(reference < len(labels), "the position of a level")
        levels.append([parts[0].flag(), parts[1].text(), list(labels), reference])
    numbers = []
    for entry in found["numbers"].entries():
        parts = list(entry.entries())
        entry.require(len(parts) == 3, "three parts")
        constants = [value.number(finite=True) for value in parts[2].entries()]
        numbers.append([parts[0].text(), parts[1].whole(), constants])
    saved: Mapping[str, Any] = {
        "formula": found["formula"].text(),
        "columns": list(found["columns"].texts()),
        "levels": levels,
        "numbers": numbers,
    }
    return restore(saved)


def _glance(node: Node) -> dict[str, Any]:
    found = node.members(*GLANCE)
    found["n_parameters"].whole()
    return {
        name: value.text() if name in _TEXTS else _figure(value) for name, value in found.items()
    }


def _figure(node: Node) -> float:
    """Return a count as a whole number, and any other figure as a float."""
    value = node.number()
    return int(value) if isinstance(node.value, int) else value


def _estimator(node: Node, estimator: type[Regression]) -> Regression:
    """Return an estimator with the options of a document, those left out at their defaults."""
    known = estimator().get_params()
    node.require(isinstance(node.value, dict) and set(node.value) <= set(known), "its options")
    options: dict[str, Any] = {}
    for name, value in node.members(*node.value).items():
        if isinstance(value.value, list):
            value.require(name == "classes", "one value")
            options[name] = list(value.labels())
        elif value.value is not None:
            options[name] = value.label()
    model = estimator(**options)
    try:
        model._check_options()
        checked_search(model.method, model.tolerance, model.max_iter)
    except (TypeError, ValueError) as error:
        raise DataError(f"the saved model has an option that is not one: {error}") from None
    return model
