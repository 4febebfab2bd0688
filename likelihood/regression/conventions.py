"""What scikit-learn asks of an estimator, without scikit-learn (level 8).

Options by name, a short repr, and an error before the fit.  Nothing here imports scikit-learn but
the functions that only scikit-learn calls.
"""

from __future__ import annotations

import copy
import inspect
import sys
from abc import ABC
from typing import Any, NoReturn, Self

import numpy as np

from likelihood.data.messages import listed


class NotFittedError(ValueError, AttributeError):
    """An estimator was asked for what only a fit can tell; used where scikit-learn is not."""


class Estimator(ABC):
    """Options by name, as scikit-learn's tools set, copy and print them."""

    @classmethod
    def _signature(cls) -> dict[str, inspect.Parameter]:
        parameters = inspect.signature(cls.__init__).parameters
        return {name: parameters[name] for name in sorted(parameters) if name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options by name; ``deep`` changes nothing, since no option is an estimator."""
        return {name: getattr(self, name) for name in self._signature()}

    def set_params(self, **params: Any) -> Self:
        """Return the estimator itself with some options changed.

        Raises
        ------
        ValueError
            There is no such option; nothing is changed then.
        """
        known = self._signature()
        for name in params:
            if name not in known:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters are: "
                    f"{list(known)}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{name}={getattr(self, name, None)!r}"
            for name, parameter in self._signature().items()
            if not _same(getattr(self, name, None), parameter.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    _estimator_type: str

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import (  # type: ignore[import-untyped]
            ClassifierTags,
            InputTags,
            RegressorTags,
            Tags,
            TargetTags,
        )

        classifier = self._estimator_type == "classifier"
        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if classifier else None,
            regressor_tags=None if classifier else RegressorTags(),
            input_tags=InputTags(sparse=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "result_")

    def _unfitted(self) -> NoReturn:
        """Raise the error of an estimator that is not fitted: scikit-learn's own if it is there."""
        module = sys.modules.get("sklearn.exceptions")
        error: type[Exception] = getattr(module, "NotFittedError", NotFittedError)
        raise error(
            f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
            f"arguments before using this estimator."
        )

    # Data besides X and y that each method takes, for scikit-learn to route.
    _takes = {
        "fit": ("sample_weight", "offset"),
        "predict": ("offset",),
        "score": ("sample_weight", "offset"),
    }

    def get_metadata_routing(self) -> Any:
        """Return which methods want which data besides X and y; for scikit-learn."""
        from sklearn.utils.metadata_routing import (  # type: ignore[import-untyped]
            MetadataRequest,
        )

        chosen = getattr(self, "_metadata_request", None)
        if chosen is not None:
            return copy.deepcopy(chosen)
        request = MetadataRequest(owner=self)
        for method, names in self._takes.items():
            for name in names:
                getattr(request, method).add_request(param=name, alias=None)
        return request

    def _request(self, method: str, wanted: dict[str, bool | str | None]) -> Self:
        from sklearn import get_config  # type: ignore[import-untyped]

        if not get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "This method is only available when metadata routing is enabled. You can enable "
                "it using sklearn.set_config(enable_metadata_routing=True)."
            )
        unknown = [name for name in wanted if name not in self._takes[method]]
        if unknown:
            raise TypeError(
                f"{method} takes {listed(self._takes[method])} besides its data, got "
                f"{unknown[0]!r}."
            )
        request = self.get_metadata_routing()
        for name, alias in wanted.items():
            getattr(request, method).add_request(param=name, alias=alias)
        self._metadata_request = request
        return self

    def set_fit_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``sample_weight`` or ``offset`` at fit when routed."""
        return self._request("fit", wanted)

    def set_predict_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``offset`` at predict when routed."""
        return self._request("predict", wanted)

    def set_score_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``sample_weight`` or ``offset`` at score."""
        return self._request("score", wanted)


def _same(value: Any, default: Any) -> bool:
    """Return whether an option is at its default, for the repr."""
    if value is default:
        return True
    if isinstance(value, np.ndarray) or type(value) is not type(default):
        return False
    return bool(value == default)
