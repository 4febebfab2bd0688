"""The harness of the timings: its own answers are right and it reports; no time is asserted."""

import doctest
import importlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("statsmodels")
pytest.importorskip("sklearn")

from benchmarks import speed  # noqa: E402
from benchmarks.speed_accuracy import information, reached, score  # noqa: E402
from benchmarks.speed_cases import CASES, FITS, SWEEPS, Case, quick  # noqa: E402
from benchmarks.speed_data import made  # noqa: E402
from benchmarks.speed_peers import BY_NAME, LOOP, OURS, PEERS  # noqa: E402
from benchmarks.speed_rounds import Plan, measured_case  # noqa: E402
from benchmarks.speed_summary import figures, ours, ratio, rival  # noqa: E402
from benchmarks.speed_task import Given, NotRun  # noqa: E402

SMALL = [
    Case("logistic", "logistic", 400, 3),
    Case("scaled", "logistic", 400, 3, variant="correlated 0.9, scaled 0.1 to 10"),
    Case("levels", "levels", 600, 2, 4),
    Case("softmax", "softmax", 400, 2, 3),
    Case("linear", "linear", 300, 3),
    Case("poisson", "poisson", 300, 3),
    Case("bce", "binary_loss", 1000),
    Case("cross-entropy", "class_loss", 500, k=4),
    Case("labels", "die", 700, k=6, variant="labels"),
    Case("integers", "die", 700, k=6, variant="integers"),
]
PAIRS = [
    pytest.param(case, peer, id=f"{case.name}-{peer.name}")
    for case in SMALL
    for peer in PEERS
    if case.kind in peer.kinds and peer.installed
]


@pytest.mark.parametrize("name", [
    "speed_accuracy", "speed_cases", "speed_data", "speed_document", "speed_floors", "speed_loop",
    "speed_machine", "speed_peers", "speed_rounds", "speed_summary",
])  # fmt: skip
def test_examples(name):
    result = doctest.testmod(
        importlib.import_module(f"benchmarks.{name}"), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.failed == 0


def test_one_case_with_two_peers_is_measured_and_reported(tmp_path):
    speed.main([
        "--quick", "--cases", "logistic-tiny", "--peers", OURS, LOOP, "--threads", "1",
        "--output", str(tmp_path),
    ])  # fmt: skip
    found = json.loads((tmp_path / "RESULTS.json").read_text())
    rows = found["cases"]["logistic-tiny"]["rows"]
    assert list(rows) == [OURS, LOOP]
    for row in rows.values():
        assert row["seconds"]
        assert min(row["seconds"]) > 0
        assert row["gradient"] < 1e-6
        assert row["std_error"] < 1e-5
    page = (tmp_path / "RESULTS.md").read_text()
    assert "no figures to quote" in page
    assert "### Logistic 100 x 3" in page
    assert f"| {LOOP} |" in page
    assert str(Path.home()) not in page
    assert str(tmp_path) not in page
    found["cases"].update({f"n-{n}": point(n) for n in (1000, 10_000)})
    (tmp_path / "RESULTS.json").write_text(json.dumps(found))
    speed.main(["--redraw", "--output", str(tmp_path)])
    assert "| likelihood | 1 ms | 10 ms |" in (tmp_path / "RESULTS.md").read_text()
    figure = tmp_path / "figures" / "speed_n.svg"
    drawn = figure.read_bytes()
    assert b"</svg>" in drawn
    speed.main(["--redraw", "--output", str(tmp_path)])
    assert figure.read_bytes() == drawn


def point(n):
    row = {"seconds": [n / 1e6], "gradient": 1e-9, "memory": 0}
    return {"case": asdict(Case(f"n-{n}", "logistic", n, 10, sweep="n")), "rows": {OURS: row}}


@pytest.mark.parametrize(("case", "peer"), PAIRS)
@pytest.mark.filterwarnings("ignore")
def test_every_peer_answers_in_the_terms_of_its_case(case, peer, tmp_path):
    given = Given(case, made(case), tmp_path, 1)
    task = peer.kinds[case.kind](given)
    worth = reached(given, task.read(task.run()))
    assert worth["gradient"] < 1e-6
    if peer.name in (OURS, LOOP, "statsmodels", "statsmodels GLM") and case.kind in FITS:
        assert worth["std_error"] < 1e-4


@pytest.mark.parametrize("case", [c for c in SMALL if c.kind in FITS], ids=lambda c: c.name)
def test_information_is_the_derivative_of_the_score(case, tmp_path):
    data = made(case)
    coef = np.random.default_rng(3).normal(size=(case.free, case.columns)) / 5
    exact = information(Given(case, data, tmp_path, 1), coef)
    step = 1e-5
    for j in range(coef.size):
        moved = np.zeros(coef.size)
        moved[j] = step
        moved = moved.reshape(coef.shape)
        slope = (score(case, data, coef + moved) - score(case, data, coef - moved)) / (2 * step)
        assert exact[j] == pytest.approx(slope.ravel(), rel=1e-6, abs=1e-6 * np.abs(exact).max())


def test_a_peer_that_has_not_arrived_is_not_compared():
    def row(seconds, gradient):
        return {"seconds": [seconds], "gradient": gradient}

    rows = figures({"rows": {
        OURS: row(2.0, 1e-9), LOOP: row(0.5, 1e-9), "glum": row(1.0, 1e-3), "torch": row(8.0, 1e-7),
        "statsmodels": {"seconds": [], "said": "not installed"},
    }})  # fmt: skip
    assert rival(rows).name == "torch"
    assert ratio(rows) == 4.0
    assert ratio(rows, LOOP) == 0.25
    assert ratio(rows, "statsmodels") is None
    assert ours([r for r in rows if r.name != OURS]) is None


def test_what_ends_a_peer_is_said():
    heard = []
    case = replace(SMALL[0], n=100)
    absent = replace(BY_NAME["glum"], name="absent", module="no_such_module")
    plan = Plan(rounds=1, repeats=1, limit=0.01)
    found = measured_case(case, [absent, BY_NAME[LOOP]], plan, heard.append)
    assert found["rows"]["absent"]["said"] == "not installed"
    assert found["rows"][LOOP]["said"].startswith("over 0 s")
    assert "shares" not in found
    assert len(heard) == 1


def test_memory_is_bounded():
    case = Case("a", "logistic", 100_000, 20)
    plan = Plan(rounds=1, repeats=1, memory=10_000_000)
    found = measured_case(case, [BY_NAME[LOOP]], plan, lambda text: None)
    assert not found["rows"][LOOP]["seconds"]
    assert found["rows"][LOOP]["said"]


def test_dense_levels_are_refused_before_they_are_made(tmp_path):
    levels = next(case for case in CASES if case.kind == "levels")
    with pytest.raises(NotRun, match="dense design only, 4.0 GB"):
        Given(levels, {"X": np.zeros((0, 5))}, tmp_path, 1).with_constant()


def test_names_are_unique_and_patterns_that_match_nothing_are_refused():
    names = [case.name for case in (*CASES, *SWEEPS)]
    assert len(set(names)) == len(names)
    assert all(case.n <= 60_000 or case.kind == "binary_loss"
               for c in CASES if (case := quick(c)))  # fmt: skip
    with pytest.raises(SystemExit, match="no case 'nothing'"):
        speed.main(["--quick", "--cases", "nothing"])
    with pytest.raises(SystemExit, match="no measurements"):
        speed.main(["--quick", "--redraw"])


def test_data_are_the_same_in_every_call():
    for case in SMALL:
        one, other = made(case), made(case)
        assert all(np.array_equal(one[name], other[name]) for name in one)
