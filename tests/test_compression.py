"""Repeated rows are counted, and the fit is the same."""

import numpy as np
import pytest

import likelihood as lk
from likelihood.fit import compression
from likelihood.fit.compression import compressed
from likelihood.fit.regression import fit_regression
from likelihood.linear_model import LinearModel

N = 3000
rng = np.random.default_rng(8)
X = rng.integers(0, [2, 4, 3], size=(N, 3)).astype(float)
ETA = X @ [0.7, -0.4, 0.3]
RESPONSES = {
    "bernoulli": (lk.Bernoulli, (ETA + rng.logistic(size=N) > 0).astype(float)[:, None], 2),
    "poisson": (lk.Poisson, rng.poisson(np.exp(0.3 * ETA)).astype(float)[:, None], None),
    "categorical": (
        lk.Categorical,
        np.argmax(np.outer(ETA, [0.0, 1.0, -1.0]) + rng.gumbel(size=(N, 3)), axis=1),
        3,
    ),
    "gaussian": (lk.Gaussian, np.rint(ETA + rng.normal(size=N))[:, None], None),
}
WEIGHTS = rng.integers(0, 4, N).astype(float)
FEW = {"SAMPLE": 64, "_PAIRS": 4, "TIMES": 4}


def model(kind, X=X, **changes):
    family, t, classes = RESPONSES[kind]
    given = {"t": t, "weights": np.ones(N), "n_classes": classes} | changes
    return LinearModel(family, X, names=tuple("abcd"[: X.shape[1]]), **given)


@pytest.fixture
def counted(monkeypatch):
    """Count rows in samples as small as these."""
    for name, value in FEW.items():
        monkeypatch.setattr(compression, name, value)


@pytest.fixture(params=RESPONSES)
def kind(request):
    return request.param


OFFSET = (np.arange(N) % 3 / 3.0)[:, None]
VARIANTS = {
    "plain": {},
    "weights": {"weights": WEIGHTS},
    "fractions": {"weights": WEIGHTS / 3.0},
    "offset": {"offset": OFFSET},
    "no intercept": {"intercept": False},
    "columns": {"X": np.asfortranarray(X)},
    "single": {"X": X.astype(np.float32)},
    "low": {"low": X * 2.0**-60},
    "ridge": {"ridge": 2.0},
    "dependent": {"X": np.column_stack([X, X[:, 0] + X[:, 1]])},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_fit_is_that_of_all_rows(kind, variant, monkeypatch):
    changes = dict(VARIANTS[variant])
    if kind == "categorical" and "offset" in changes:
        changes["offset"] = np.hstack([OFFSET, -OFFSET])
    one = model(kind, **changes)
    whole = fit_regression(one)
    for name, value in FEW.items():
        monkeypatch.setattr(compression, name, value)
    assert compressed(one).model.n_rows < N / 4
    few = fit_regression(one)
    assert few.verdict.status is whole.verdict.status
    assert few.refined == whole.refined
    np.testing.assert_array_equal(few.kept, whole.kept)
    np.testing.assert_allclose(few.coef, whole.coef, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(few.std_error, whole.std_error, rtol=1e-11)
    np.testing.assert_allclose(few.covariance, whole.covariance, rtol=1e-10, atol=1e-15)
    for name in (
        "log_likelihood", "null_log_likelihood", "deviance", "null_deviance", "dispersion",
    ):  # fmt: skip
        assert getattr(few, name) == pytest.approx(getattr(whole, name), rel=1e-12, abs=0)


@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", ["bernoulli", "poisson", "categorical"])
def test_separated_rows_are_those_of_all_rows(kind, weights, monkeypatch):
    t = RESPONSES[kind][1].copy()
    t[X[:, 1] == 3.0] = 0
    one = model(kind, X=np.column_stack([X, X[:, 1] == 3.0]), t=t, weights=weights)
    whole = fit_regression(one)
    assert whole.verdict.status is lk.Status.SEPARATED
    for name, value in FEW.items():
        monkeypatch.setattr(compression, name, value)
    few = fit_regression(one)
    assert few.verdict.explanation == whole.verdict.explanation
    for name in ("infinite", "sign"):
        np.testing.assert_array_equal(getattr(few, name), getattr(whole, name))
    for name in ("remaining", "face", "held"):
        np.testing.assert_array_equal(
            getattr(few.separation, name), getattr(whole.separation, name)
        )
    np.testing.assert_allclose(few.pushed, whole.pushed, rtol=1e-9, atol=1e-9)
    assert few.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12, abs=0)
    with pytest.raises(lk.SeparationError):
        fit_regression(one, separation="raise")


def test_rows_are_counted_exactly(counted):
    one = model("poisson", weights=WEIGHTS, offset=OFFSET)
    few = compressed(one)
    for name in ("X", "t", "offset"):
        np.testing.assert_array_equal(getattr(few.model, name)[few.index], getattr(one, name))
    rows = np.hstack([few.model.X, few.model.t, few.model.offset])
    assert len(np.unique(rows, axis=0)) == len(rows)
    np.testing.assert_array_equal(np.bincount(few.index, WEIGHTS), few.model.weights)
    # In the order in which they first occur.
    assert (np.diff(np.unique(few.index, return_index=True)[1]) > 0).all()


def test_zeros_of_both_signs_are_one(counted):
    signed = np.where(rng.random((N, 3)) < 0.5, -1.0, 1.0) * X
    assert compressed(model("poisson", X=np.copysign(X * 0.0, signed))).model.n_rows < 30


def test_rows_that_differ_are_not_counted(counted):
    assert compressed(model("poisson", X=rng.normal(size=(N, 3)))) is None
    # A sample of every so-manieth row may be of one kind.
    strided = rng.normal(size=(N, 1))
    strided[:: N // 64] = 1.0
    assert compressed(model("poisson", X=strided)) is None
    assert compressed(model("poisson").with_rows(np.arange(100))) is None


def test_keys_that_agree_by_chance_are_found_out(counted, monkeypatch):
    monkeypatch.setattr(
        compression, "_keys", lambda model, rows: np.zeros(len(model.t[rows]), dtype=np.uint64)
    )
    assert compressed(model("poisson")) is None


def test_few_rows_are_never_counted():
    assert compressed(model("poisson")) is None
