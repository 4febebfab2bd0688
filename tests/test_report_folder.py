"""The folder of a report: whose it may replace, what is in it, and that it is never half there."""

import csv
import os
import subprocess
import sys
import threading

import pytest

import likelihood as lk
from likelihood.report import atomic, folder
from likelihood.report.atomic import replaced_folder, write_text
from likelihood.report.folder import MARKER, write_report

COIN = lk.Bernoulli.fit([1, 0], weights=[5067, 4933])
MEAN = lk.Gaussian.fit([1.0, 2.0, 4.0])


def contents(path):
    return {file.name: file.read_bytes() for file in path.iterdir()}


def test_the_same_fit_gives_the_same_bytes(tmp_path):
    one = contents(write_report(COIN, tmp_path / "one"))
    assert one == contents(write_report(COIN, tmp_path / "elsewhere" / "two"))
    assert one == contents(write_report(COIN, tmp_path / "one"))


def test_nothing_tells_where_or_when_it_was_made(tmp_path):
    target = write_report(COIN, tmp_path / "one", title="Coin", source="Kerrich (1946)")
    for data in contents(target).values():
        assert os.fsencode(tmp_path) not in data and os.fsencode(sys.prefix) not in data


@pytest.mark.parametrize("fit", [COIN, MEAN, lk.Poisson.fit([1, 2]), lk.Bernoulli.fit([0, 0])])
def test_a_report_has_page_tables_figures_and_a_marker(fit, tmp_path):
    target = fit.report(tmp_path / "report", title="A title")
    page = (target / "report.md").read_text(encoding="utf-8")
    lines = page.split("\n")
    assert lines[0] == "# A title"
    # What was found comes first, how it was found after it.
    assert lines[2].startswith(("**The hypothesis of ", "The estimate of the "))
    assert sum(line.startswith(("**Optimum.**", "**On the boundary.**")) for line in lines) == 1
    for path in target.glob("figure-*.svg"):
        assert f"]({path.name})" in page
    assert page.count("](figure-") == len(list(target.glob("figure-*.svg"))) > 0
    assert f"likelihood {lk.__version__}" in page and "numpy" in page
    assert (target / MARKER).read_text() == "likelihood/report/1\n"


def test_tables_have_full_precision_and_lf_line_ends(tmp_path):
    target = write_report(MEAN, tmp_path / "report")
    for name, frame in (("tidy", MEAN.tidy()), ("glance", MEAN.glance())):
        data = (target / f"{name}.csv").read_bytes()
        assert b"\r" not in data and data.endswith(b"\n")
        rows = list(csv.DictReader(data.decode().splitlines()))
        for row, (_, expected) in zip(rows, frame.iterrows(), strict=True):
            for column, value in expected.items():
                if isinstance(value, float) and value == value:
                    assert float(row[column]) == value


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "report").mkdir()
    assert (write_report(COIN, tmp_path / "report") / "report.md").exists()


def test_missing_parents_are_made(tmp_path):
    assert write_report(COIN, str(tmp_path / "a" / "b")).is_dir()


def test_an_earlier_report_is_replaced_whole(tmp_path):
    target = write_report(MEAN, tmp_path / "report")
    assert (target / "figure-02.svg").exists()
    write_report(COIN, target)
    assert not (target / "figure-02.svg").exists()
    assert list(tmp_path.iterdir()) == [target]


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")
    with pytest.raises(lk.DataError, match=r"mine' holds 'thesis\.tex', which"):
        write_report(COIN, target)
    assert contents(target) == {"thesis.tex": b"years of work"}


def test_files_without_a_marker_are_not_taken_for_a_report(tmp_path):
    (tmp_path / "report.md").write_text("my own")
    with pytest.raises(lk.DataError, match="force=True"):
        write_report(COIN, tmp_path)


def test_a_strangers_file_in_a_report_is_not_lost(tmp_path):
    target = write_report(MEAN, tmp_path / "report")
    (target / "notes.txt").write_text("mine")
    with pytest.raises(lk.DataError, match=r"notes\.txt"):
        write_report(COIN, target)
    write_report(COIN, target, force=True)
    assert (target / "notes.txt").read_text() == "mine"
    assert not (target / "figure-02.svg").exists()
    assert (target / "report.md").read_text().startswith("# Bernoulli fit")


def test_a_folder_under_a_name_of_ours_is_not_lost(tmp_path):
    target = write_report(COIN, tmp_path / "report")
    (target / "figure-07.svg").mkdir()
    with pytest.raises(lk.DataError, match="figure-07"):
        write_report(COIN, target)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(lk.DataError, match="is a file"):
        write_report(COIN, tmp_path / "file", force=True)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(lk.DataError, match="must be a path"):
        write_report(COIN, path)


def test_a_symbolic_link_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(lk.DataError, match="symbolic link"):
        write_report(COIN, tmp_path / "link", force=True)
    assert contents(tmp_path / "real") == {}


@pytest.mark.parametrize("extra", [False, True], ids=["swapped", "forced"])
def test_a_planted_link_inside_is_replaced_and_not_followed(tmp_path, extra):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    target = write_report(COIN, tmp_path / "report")
    (target / "report.md").unlink()
    (target / "report.md").symlink_to(victim)
    if extra:
        (target / "notes.txt").write_text("mine")
    write_report(COIN, target, force=extra)
    assert victim.read_text() == "precious"
    assert not (target / "report.md").is_symlink()


def test_a_linked_marker_is_no_marker(tmp_path):
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / MARKER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(lk.DataError):
        write_report(COIN, tmp_path / "target")


def test_the_current_folder_is_filled_and_not_exchanged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = os.stat(tmp_path).st_ino
    write_report(MEAN, ".")
    write_report(COIN, ".")
    assert os.stat(tmp_path).st_ino == before
    assert not (tmp_path / "figure-02.svg").exists()


@pytest.mark.parametrize(
    ("mask", "file", "folder_mode"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700)]
)
def test_modes_follow_the_umask(tmp_path, mask, file, folder_mode):
    old = os.umask(mask)
    try:
        target = write_report(COIN, tmp_path / "report")
    finally:
        os.umask(old)
    assert target.stat().st_mode & 0o777 == folder_mode
    assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {file}


def test_the_mode_of_a_folder_outlives_its_replacement(tmp_path):
    target = write_report(COIN, tmp_path / "report")
    target.chmod(0o750)
    assert write_report(COIN, target).stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("at_once", [True, False])
def test_a_writer_that_fails_leaves_the_old_report_whole(tmp_path, monkeypatch, at_once):
    target = write_report(MEAN, tmp_path / "report")
    before = contents(target)
    written = []

    def full_disk(path, text):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        write_text(path, text)

    monkeypatch.setattr(folder, "write_text", full_disk)
    if not at_once:
        monkeypatch.setattr(atomic, "_exchanged_at_once", lambda one, other: False)
    with pytest.raises(OSError, match="No space"):
        write_report(COIN, target)
    assert contents(target) == before and list(tmp_path.iterdir()) == [target]


def test_a_report_that_cannot_be_made_touches_nothing(tmp_path):
    target = write_report(MEAN, tmp_path / "report")
    before = contents(target)
    with pytest.raises(ValueError, match="prob must"):
        write_report(COIN, target, null=7)
    assert contents(target) == before


KILLED = """
import os, signal, sys
from likelihood.report.atomic import replaced_folder, write_text
with replaced_folder(sys.argv[1]) as folder:
    write_text(folder / "half", "new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_a_killed_writer_leaves_the_old_folder_whole(tmp_path):
    target = tmp_path / "report"
    target.mkdir()
    (target / "whole").write_text("old")
    result = subprocess.run([sys.executable, "-c", KILLED, target])
    assert result.returncode == -9
    assert contents(target) == {"whole": b"old"}


def test_without_an_exchange_in_one_step_the_folder_is_replaced_in_two(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_exchanged_at_once", lambda one, other: False)
    target = write_report(MEAN, tmp_path / "report")
    write_report(COIN, target)
    assert not (target / "figure-02.svg").exists() and list(tmp_path.iterdir()) == [target]


def test_if_the_second_of_two_steps_fails_the_first_is_undone(tmp_path, monkeypatch):
    target = tmp_path / "report"
    target.mkdir()
    (target / "whole").write_text("old")
    monkeypatch.setattr(atomic, "_exchanged_at_once", lambda one, other: False)
    rename, calls = os.rename, []

    def second_fails(source, destination):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(OSError, match="Input"), replaced_folder(target) as fresh:
        write_text(fresh / "new", "new")
    assert contents(target) == {"whole": b"old"} and list(tmp_path.iterdir()) == [target]


def test_a_reader_never_sees_half_a_folder(tmp_path):
    target = tmp_path / "report"
    with replaced_folder(target) as fresh:
        write_text(fresh / "last", "0")
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    if not atomic._exchanged_at_once(one, other):
        pytest.skip("this file system cannot exchange folders in one step")
    looks, done = [], threading.Event()

    def look():
        while not done.is_set():
            looks.append((target / "last").exists())

    reader = threading.Thread(target=look)
    reader.start()
    for turn in range(30):
        with replaced_folder(target) as fresh:
            write_text(fresh / "first", str(turn))
            write_text(fresh / "last", str(turn))
    done.set()
    reader.join()
    assert len(looks) > 30 and all(looks)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_text(path, "old\r\nLF\n")
    assert path.read_bytes() == b"old\r\nLF\n"

    def fails(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        write_text(path, "new")
    assert path.read_bytes() == b"old\r\nLF\n" and list(tmp_path.iterdir()) == [path]


def test_a_planted_link_in_the_place_of_a_file_is_replaced(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "file.txt"
    victim.write_text("precious")
    path.symlink_to(victim)
    write_text(path, "new")
    assert victim.read_text() == "precious" and path.read_text() == "new"
