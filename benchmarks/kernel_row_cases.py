"""The kernels of rows to measure: exact result, peer, inputs and goal of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from benchmarks import kernel_exact as exact
from benchmarks import kernel_inputs as inputs
from benchmarks.kernel_cases import INFINITE, Case
from likelihood import kernels

_ROWS = exact.by_row


def _product(t: Any, log_p: Any) -> Any:
    return -(t * log_p).sum(axis=-1)


ROW_CASES = (
    Case(
        "softmax_parts, the tail",
        lambda x: kernels.softmax_parts(x).tail,
        lambda x: special.logsumexp(x, axis=-1) - x.max(axis=-1),
        "special.logsumexp - max",
        _ROWS(exact.softmax_tail),
        inputs.logit_rows,
        2.0,
        small=1e-290,
        small_goal=3.0,
    ),
    Case(
        "logsumexp, in ulp of the largest of maximum, tail, result",
        kernels.logsumexp,
        lambda x: special.logsumexp(x, axis=-1),
        "special.logsumexp",
        _ROWS(exact.logsumexp),
        inputs.logit_rows,
        1.0,
        unit=_ROWS(exact.largest_term),
    ),
    Case(
        "log_softmax",
        kernels.log_softmax,
        lambda x: special.log_softmax(x, axis=-1),
        "special.log_softmax",
        _ROWS(exact.log_softmax),
        inputs.logit_rows,
        2.0,
        small=1e-290,
        small_goal=3.0,
    ),
    Case(
        "softmax",
        kernels.softmax,
        lambda x: special.softmax(x, axis=-1),
        "special.softmax",
        _ROWS(exact.softmax),
        inputs.logit_rows,
        2.0,
    ),
    Case(
        "categorical_cross_entropy, labels",
        kernels.categorical_cross_entropy,
        lambda x, t: -np.take_along_axis(special.log_softmax(x, axis=-1), t[:, None], 1),
        "-special.log_softmax[t]",
        _ROWS(exact.categorical_cross_entropy),
        inputs.labelled_rows,
        2.0,
        small=1e-290,
        small_goal=3.0,
    ),
    Case(
        "categorical_cross_entropy, soft t",
        kernels.categorical_cross_entropy,
        lambda x, t: _product(t, special.log_softmax(x, axis=-1)),
        "-sum(t * special.log_softmax)",
        _ROWS(exact.categorical_cross_entropy),
        inputs.soft_rows,
        2.0,
        small=1e-290,
        small_goal=3.0,
    ),
    Case(
        "categorical_residual, labels",
        kernels.categorical_residual,
        lambda x, t: special.softmax(x, axis=-1) - np.eye(x.shape[-1])[t],
        "special.softmax - one_hot",
        _ROWS(exact.categorical_residual),
        inputs.labelled_rows,
        3.0,
    ),
    Case(
        "categorical_residual, soft t, in ulp of max(s, t)",
        kernels.categorical_residual,
        lambda x, t: special.softmax(x, axis=-1) - t,
        "special.softmax - t",
        _ROWS(exact.categorical_residual),
        inputs.soft_rows,
        3.0,
        unit=_ROWS(exact.larger_of_softmax_and_target),
    ),
    Case(
        "categorical_residual, soft t, in ulp of the result",
        kernels.categorical_residual,
        lambda x, t: special.softmax(x, axis=-1) - t,
        "special.softmax - t",
        _ROWS(exact.categorical_residual),
        inputs.cancelling_rows,
        INFINITE,
    ),
    Case(
        "categorical_cross_entropy_of_probs",
        kernels.categorical_cross_entropy_of_probs,
        lambda p, t: -special.xlogy(t, p).sum(axis=-1),
        "-sum(special.xlogy)",
        _ROWS(exact.categorical_cross_entropy_of_probs),
        inputs.probabilities_and_targets,
        1.0,
    ),
    Case(
        "entropy",
        kernels.entropy,
        lambda p: special.entr(p).sum(axis=-1),
        "sum(special.entr)",
        _ROWS(exact.entropy),
        inputs.probabilities,
        3.0,
    ),
    Case(
        "entropy_of_logits",
        kernels.entropy_of_logits,
        lambda x: special.entr(special.softmax(x, axis=-1)).sum(axis=-1),
        "sum(special.entr(special.softmax))",
        _ROWS(exact.entropy_of_logits),
        inputs.logit_rows,
        4.0,
        small=2.2250738585072014e-308,
    ),
    Case(
        "kl_divergence",
        kernels.kl_divergence,
        lambda p, q: special.kl_div(p, q).sum(axis=-1),
        "sum(special.kl_div)",
        _ROWS(exact.kl_divergence),
        inputs.forecast_pairs,
        4.0,
        small=1e-30,
        small_goal=20.0,
    ),
)
