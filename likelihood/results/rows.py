"""The rows that a fit refers to: are they there, and are they still the same (level 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.inference.fitted_rows import placed_rows
from likelihood.inference.prediction import linear_predictor
from likelihood.linear_model import LinearModel

if TYPE_CHECKING:
    from likelihood.results.facts import Facts
    from likelihood.results.regression import Fit

#: Rows that the checksum looks at: changes to a column are seen, single entries mostly not.
_SAMPLED = 4096


def checksum(model: LinearModel) -> str:
    """Return a digest of shape, type and a strided sample of the rows of a model.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> X, ones = np.arange(6.0).reshape(3, 2), np.ones((3, 1))
    >>> model = LinearModel(Poisson, X, ones, ones[:, 0], ("a", "b"))
    >>> before = checksum(model)
    >>> X[1, 1] = 7.0
    >>> checksum(model) == before
    False
    """
    step = slice(None, None, max(model.n_rows // _SAMPLED, 1))
    digest = hashlib.blake2b(digest_size=16)
    for part in (model.X, model.low, model.t, model.weights, model.offset):
        if part is None:
            digest.update(b"none")
            continue
        digest.update(repr((part.shape, str(part.dtype))).encode())
        if isinstance(part, np.ndarray):
            digest.update(np.ascontiguousarray(part[step]).tobytes())
        else:
            for stored in (part.data, part.indices):
                every = max(len(stored) // _SAMPLED, 1)
                digest.update(np.ascontiguousarray(stored[::every]).tobytes())
    return digest.hexdigest()


def required_rows(fit: Fit, what: str) -> LinearModel:
    """Return the rows of a fit, refusing if they are gone or have changed.

    Parameters
    ----------
    what : str
        What they are wanted for, for the message.

    Raises
    ------
    DataError
        The fit was pickled, copied or loaded, which leaves its rows behind; or the arrays that
        it refers to are not what they were.
    """
    if fit.rows is None:
        raise DataError(
            f"{what} needs the rows of the fit, which are not kept when it is saved, pickled or "
            f"copied; fit the model again to the same data."
        )
    if not unchanged(fit):
        raise DataError(
            f"{what} needs the rows of the fit, and they have changed since: a fit refers to the "
            f"arrays it was given and does not copy them; fit the model again."
        )
    return fit.rows


def unchanged(fit: Fit) -> bool:
    """Return whether the rows of a fit are there and as they were."""
    return fit.rows is not None and (not fit.seen or fit.seen == checksum(fit.rows))


def response_digest(model: LinearModel, facts: Facts) -> str:
    """Return a digest of the responses and weights, whatever class is the base or the event."""
    digest = hashlib.blake2b(digest_size=16)
    codes = observed(model, facts)
    if codes is None:
        digest.update(np.ascontiguousarray(model.t).tobytes())
    else:
        # Labels of equal text keep their order: the sort is stable.
        names = [repr(label) for label in facts.classes or ()]
        rank = np.argsort(np.argsort(np.array(names, dtype=object), kind="stable"))
        digest.update(repr(sorted(names)).encode("utf-8", "backslashreplace"))
        digest.update(np.ascontiguousarray(rank[codes], dtype=np.int64).tobytes())
    digest.update(np.ascontiguousarray(model.weights).tobytes())
    return digest.hexdigest()


def observed(model: LinearModel, facts: Facts) -> Any:
    """Return the observed class of each row as its position in ``facts.classes``, else None."""
    if facts.classes is None:
        return None
    own = model.t if model.t.ndim == 1 else model.t[:, -1].astype(np.intp)
    return class_order(facts)[own]


def class_order(facts: Facts) -> Any:
    """Return where the model's classes, the base first, are in ``facts.classes``.

    Examples
    --------
    >>> from likelihood.results.facts import Facts
    >>> facts = Facts(("intercept",), "y", ("a", "b", "c"), "b", ("a", "c"), 9, 9, 0, 9.0, True,
    ...               0.0, False, None, False)
    >>> class_order(facts)
    array([1, 0, 2])
    """
    classes = list(facts.classes or ())
    return np.array([_position(classes, label) for label in (facts.base, *facts.responses)])


def _position(classes: list[Hashable], label: Hashable) -> int:
    # 1, 1.0 and True are equal, so type decides between labels that are.
    for at, other in enumerate(classes):
        if other == label and type(other) is type(label):
            return at
    return classes.index(label)


def predictor(fit: Fit, model: LinearModel) -> Floats:
    """Return the linear predictor (n, K) of the fitted rows, pinned coordinates included."""
    rows = placed_rows(model, fit.record)
    return linear_predictor(rows, model, fit.record, model.X, model.offset, model.low)
