"""Imports point downwards, and `import likelihood` loads nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import likelihood

PACKAGE = Path(likelihood.__file__).parent

LEVELS = {
    "kernels": 0, "errors": 0, "verdict": 0,
    "family": 1,
    "data": 2, "objective": 2, "linear_model": 2, "loss": 2, "loss_rows": 2, "loss_blocks": 2,
    "loss_threads": 2, "datasets": 2,
    "solve": 3,
    "fit": 4,
    "inference": 5, "fitted": 5,
    "results": 6, "comparison": 6,
    "distributions": 7,
    "losses": 8, "information": 8, "regression": 8,
    "report": 9, "crosscheck": 9, "saving": 9,
    "cli": 10, "__main__": 10,
}  # fmt: skip

#: A result's methods that present it: each imports its module when called.
UPWARD = {
    ("results", "crosscheck"),
    ("regression", "saving"),
    ("results", "report"),
    ("results", "saving"),
}

#: The only places that may import a library, wherever in the module they do it.
KEPT_TO = {
    "scipy.optimize": {"solve"},
    "scipy.stats": {"crosscheck"},
    "statsmodels": {"crosscheck"},
    "matplotlib": {"regression", "report", "results"},
    "click": {"cli"},
    "formulaic": {"data"},
    "narwhals": {"data"},
    "pandas": {
        "data",
        "fit",
        "datasets",
        "results",
        "comparison",
        "regression",
        "report",
        "crosscheck",
        "saving",
        "cli",
    },
    "sklearn": {"crosscheck", "regression"},
    "pickle": set(),
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if name != "__init__":
            yield name, path, ast.parse(path.read_text())


def imported(tree):
    """Every dotted name that a module imports, `from a import b` counting as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_has_a_level():
    assert {name for name, _, _ in modules()} == set(LEVELS)


def test_imports_point_downwards():
    upward = set()
    for name, _, tree in modules():
        for target in imported(tree):
            parts = target.split(".")
            if parts[0] != "likelihood" or len(parts) == 1 or parts[1] not in LEVELS:
                continue
            if LEVELS[parts[1]] > LEVELS[name]:
                upward.add((name, parts[1]))
    assert upward == UPWARD


def test_levels_have_no_cycles_inside():
    edges = {
        (name, target.split(".")[1])
        for name, _, tree in modules()
        for target in imported(tree)
        if target.startswith("likelihood.") and target.split(".")[1] in LEVELS
    }
    level = {(a, b) for a, b in edges if a != b and LEVELS[a] == LEVELS[b]}
    assert not {(a, b) for a, b in level if (b, a) in level} - {
        ("results", "comparison"), ("comparison", "results"),
    }  # fmt: skip


def test_libraries_are_imported_where_they_belong():
    stray = set()
    for name, path, tree in modules():
        for target in imported(tree):
            for library, homes in KEPT_TO.items():
                if f"{target}.".startswith(f"{library}.") and name not in homes:
                    stray.add((path.name, library))
    assert not stray


def loaded_after(code):
    """Top-level modules in a fresh interpreter after running some code."""
    script = f"{code}\nimport sys; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_import_loads_nothing_heavy():
    loaded = loaded_after("import likelihood")
    heavy = {"scipy", "pandas", "statsmodels", "formulaic", "matplotlib", "sklearn", "click"}
    assert not heavy & loaded
    # Not even the package's own modules: each public name brings its own when first used.
    assert {name for name in loaded if name.startswith("likelihood.")} == set()


def test_a_fit_and_a_loss_need_no_tables_and_no_optimiser():
    loaded = loaded_after(
        "import likelihood as lk; lk.Bernoulli.fit([1, 0, 1]);"
        "lk.losses.binary_cross_entropy([1.0], logits=[2.0])"
    )
    assert not {"pandas", "scipy.optimize", "scipy.stats", "statsmodels", "matplotlib"} & loaded


def test_public_names_are_sorted_and_all_there():
    assert likelihood.__all__ == sorted(likelihood.__all__)
    assert set(likelihood.__all__) == set(likelihood._HOMES)
    assert all(getattr(likelihood, name) is not None for name in likelihood.__all__)
    assert set(likelihood.__all__) <= set(dir(likelihood))


def test_an_unknown_public_name_is_an_attribute_error():
    import pytest

    with pytest.raises(AttributeError, match="no attribute 'Gausian'"):
        likelihood.Gausian  # noqa: B018
