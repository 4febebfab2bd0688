"""Who takes part, in what, and whether it is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from benchmarks import speed_loop, speed_loss_peers, speed_ours, speed_packages
from benchmarks.speed_task import Given, Task

#: The name of the library among its peers, and of the loop.
OURS, LOOP = "likelihood", "ten lines"


@dataclass(frozen=True)
class Peer:
    """A program that does some of the cases.

    Attributes
    ----------
    name : str
        As it is chosen on the command line; the first word or two are its package's.
    group : str
        The package that figures are compared by.
    module : str
        What must be importable.
    kinds : mapping
        By the kind of a case, what prepares it.
    """

    name: str
    group: str
    module: str
    kinds: Mapping[str, Callable[[Given], Task]]

    @property
    def installed(self) -> bool:
        """Whether it can be imported here."""
        return find_spec(self.module) is not None


_statsmodels = speed_packages.statsmodels
_classes = speed_packages.sklearn_classes
_poisson = speed_packages.sklearn_poisson

PEERS = (
    Peer(OURS, OURS, "likelihood", speed_ours.KINDS),
    Peer(LOOP, LOOP, "numpy", speed_loop.KINDS),
    Peer(
        "statsmodels", "statsmodels", "statsmodels",
        {
            "logistic": _statsmodels("Logit"), "levels": _statsmodels("Logit"),
            "softmax": _statsmodels("MNLogit"), "linear": _statsmodels("OLS"),
        },
    ),
    Peer(
        "statsmodels GLM", "statsmodels", "statsmodels",
        {"logistic": _statsmodels("GLM"), "poisson": _statsmodels("GLM")},
    ),
    Peer(
        "scikit-learn lbfgs", "scikit-learn", "sklearn",
        {
            "logistic": _classes("lbfgs"), "levels": _classes("lbfgs"),
            "softmax": _classes("lbfgs"), "poisson": _poisson("lbfgs"),
        },
    ),
    Peer(
        "scikit-learn newton-cholesky", "scikit-learn", "sklearn",
        {
            "logistic": _classes("newton-cholesky"), "levels": _classes("newton-cholesky"),
            "softmax": _classes("newton-cholesky"), "poisson": _poisson("newton-cholesky"),
        },
    ),
    Peer(
        "scikit-learn", "scikit-learn", "sklearn",
        {
            "linear": speed_packages.sklearn_linear,
            "binary_loss": speed_loss_peers.sklearn_loss,
            "class_loss": speed_loss_peers.sklearn_loss,
        },
    ),
    Peer(
        "glum", "glum", "glum",
        {kind: speed_packages.glum for kind in ("logistic", "levels", "linear", "poisson")},
    ),
    Peer(
        "torch", "torch", "torch",
        {
            "logistic": speed_packages.torch, "softmax": speed_packages.torch,
            "binary_loss": speed_loss_peers.torch_loss,
            "class_loss": speed_loss_peers.torch_loss,
        },
    ),
    Peer(
        "SciPy formulas", "SciPy", "scipy",
        {
            "binary_loss": speed_loss_peers.scipy_binary,
            "class_loss": speed_loss_peers.scipy_classes,
        },
    ),
    Peer("pandas", "pandas", "pandas", {"die": speed_loss_peers.pandas_die}),
)  # fmt: skip

BY_NAME = {peer.name: peer for peer in PEERS}

_DISTRIBUTIONS = (
    "likelihood-toolkit", "numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "glum",
    "torch",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of the packages that matter; "not installed" where there is none.

    Examples
    --------
    >>> import numpy
    >>> versions()["numpy"] == numpy.__version__
    True
    """
    found = {}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
