"""What a fit established, as plain values and back (level 9).

Every field is named here, so that a file has a fixed form whatever the classes grow to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood.fit.on_demand import Gone
from likelihood.fit.record import RegressionRecord
from likelihood.saving.nodes import Node, plain_array, plain_label, plain_number
from likelihood.solve.relations import Relation
from likelihood.solve.separation import Separation
from likelihood.verdict import Status, Verdict

_NUMBERS = (
    "dispersion", "log_likelihood", "null_log_likelihood", "deviance", "null_deviance",
    "condition", "push",
)  # fmt: skip
_ARRAYS = ("coef", "coef_low", "kept", "infinite", "sign")
_FLAGS = ("exact", "refined")
_SEPARATION = (
    "kind", "classes", "direction", "proof", "infinite", "sign", "constancy", "held",
)  # fmt: skip


def plain_record(record: RegressionRecord) -> dict[str, Any]:
    """Return a record as plain values, what is by row left out."""
    record = record.without_rows()
    return {
        "std_error": plain_array(record.std_error),
        # That of many coefficients would be larger than any file that is read.
        "covariance": None if record.approximate else plain_array(record.covariance),
        **{name: plain_array(np.asarray(getattr(record, name))) for name in _ARRAYS},
        **{name: plain_number(getattr(record, name)) for name in _NUMBERS},
        **{name: bool(getattr(record, name)) for name in _FLAGS},
        "iterations": int(record.iterations),
        "method": str(record.method),
        "relations": [
            {
                "column": int(relation.column),
                "coef": plain_array(relation.coef),
                "intercept": plain_number(relation.intercept),
            }
            for relation in record.relations
        ],
        "separation": _plain_separation(record.separation),
        "verdict": plain_verdict(record.verdict),
    }


def record_from(node: Node, k: int, d: int, p: int) -> RegressionRecord:
    """Return the record of a model with k free coordinates, d terms and p columns."""
    found = node.members(
        "std_error",
        "covariance",
        *_ARRAYS,
        *_NUMBERS,
        *_FLAGS,
        "iterations",
        "method",
        "relations",
        "separation",
        "verdict",
    )
    kept = found["kept"].flags(d)
    approximate = found["covariance"].value is None
    numbers = {name: found[name].number() for name in _NUMBERS}
    return RegressionRecord(
        coef=found["coef"].floats(k, d),
        coef_low=found["coef_low"].floats(k, d),
        std_error=found["std_error"].floats(k, d, finite=False),
        covariance=Gone("the covariance")
        if approximate
        else found["covariance"].floats(k * d, k * d, finite=False),
        approximate=approximate,
        kept=kept,
        infinite=found["infinite"].flags(k, d),
        sign=found["sign"].floats(k, d, finite=False),
        relations=tuple(_relation(entry, p) for entry in found["relations"].entries()),
        separation=_separation(found["separation"], k, int(np.count_nonzero(kept))),
        verdict=verdict_from(found["verdict"]),
        iterations=found["iterations"].whole(),
        method=found["method"].text(),
        exact=found["exact"].flag(),
        refined=found["refined"].flag(),
        **numbers,
    )


def _relation(node: Node, p: int) -> Relation:
    found = node.members("column", "coef", "intercept")
    column = found["column"].whole()
    found["column"].require(column < p, f"a column below {p}")
    return Relation(column, found["coef"].floats(p), found["intercept"].number(finite=True))


def _plain_separation(apart: Separation | None) -> dict[str, Any] | None:
    if apart is None:
        return None
    return {
        "kind": apart.kind,
        "classes": int(apart.remaining.shape[1]),
        "direction": plain_array(apart.direction),
        "proof": plain_array(apart.proof),
        "infinite": plain_array(apart.infinite),
        "sign": plain_array(apart.sign),
        "constancy": plain_array(apart.constancy),
        "held": plain_array(apart.held),
    }


def _separation(node: Node, k: int, d: int) -> Separation | None:
    """Return a separation without its rows; d terms are kept."""
    if node.value is None:
        return None
    found = node.members(*_SEPARATION)
    kind = found["kind"].text()
    found["kind"].require(kind in ("complete", "quasi"), "'complete' or 'quasi'")
    classes = found["classes"].whole(1)
    found["classes"].require(classes in (1, 2, k + 1), "the number of classes")
    constancy = found["constancy"]
    return Separation(
        kind="complete" if kind == "complete" else "quasi",
        direction=found["direction"].floats(k, d),
        proof=found["proof"].fractions(k, d),
        infinite=found["infinite"].flags(k, d),
        sign=found["sign"].floats(k, d, finite=False),
        remaining=np.zeros((0, classes), dtype=bool),
        face=np.zeros(0, dtype=bool),
        constancy=constancy.fractions(len(list(constancy.entries())), k, d),
        held=found["held"].flags(k, d),
    )


def plain_verdict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as plain values."""
    return {
        "status": str(verdict.status),
        "explanation": verdict.explanation,
        "distance": plain_number(verdict.distance),
        "directions": _plain_table(verdict.directions),
        "notes": list(verdict.notes),
    }


def verdict_from(node: Node) -> Verdict:
    """Return a verdict."""
    found = node.members("status", "explanation", "distance", "directions", "notes")
    status = found["status"].text()
    known = [one.value for one in Status]
    found["status"].require(status in known, f"one of {', '.join(known)}")
    return Verdict(
        Status(status),
        found["explanation"].text(),
        found["distance"].number(),
        _table(found["directions"]),
        found["notes"].texts(),
    )


def _plain_table(table: Any) -> list[dict[str, Any]] | None:
    """Return a table as its columns, each of labels or of numbers."""
    if table is None:
        return None
    columns = []
    for name in table.columns:
        numeric = table[name].dtype.kind == "f"
        values = [
            plain_number(value) if numeric else plain_label(value, "class")
            for value in table[name].tolist()
        ]
        columns.append({"name": str(name), "numeric": numeric, "values": values})
    return columns


def _table(node: Node) -> Any:
    import pandas as pd

    if node.value is None:
        return None
    columns: dict[str, Any] = {}
    for entry in node.entries():
        found = entry.members("name", "numeric", "values")
        numeric = found["numeric"].flag()
        values = found["values"].entries()
        columns[found["name"].text()] = [
            value.number() if numeric else value.label() for value in values
        ]
    node.require(len({len(values) for values in columns.values()}) < 2, "columns of one length")
    return pd.DataFrame(columns)
