"""Bulk runs that were left: they go on where they were, and never with another script or other cases."""

import random
import shutil

import modelapp as ma
import pandas as pd
import pytest
from bulk_cases import PICTURE, picture, zipped
from modelapp.model.bulk.runs import bulk
from PIL import Image

SQUARES = "import modelapp as ma\nn = ma.number_input(value=0)\nma.number_output(n * n, label='Square')\n"


@pytest.fixture
def squares(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("n\n" + "\n".join(map(str, range(30))) + "\n")
    return script(SQUARES), table, tmp_path / "results.csv"


def without_seconds(path):
    return pd.read_csv(path).drop(columns="seconds")


def test_run_that_was_left_goes_on_where_it_was(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        rows = iter(run)
        for _ in range(12):
            next(rows)
    assert not out.exists()
    with bulk(path, table, out=out) as run:
        assert run.kept == 12
        assert [row.case for row in run] == list(range(1, 31))
    assert list(without_seconds(out)["square"]) == [n * n for n in range(30)]
    assert list(out.parent.glob("*.journal")) == []


def test_cancelled_run_ends_after_its_row(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        for _ in run:
            if run.done == 5:
                run.cancel()
    assert run.done == 5
    assert not out.exists()


@pytest.mark.parametrize("seed", range(3))
def test_journal_that_is_cut_anywhere_loses_and_doubles_nothing(squares, seed):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        list(run)
    whole = without_seconds(out)
    dice = random.Random(seed)
    for _ in range(10):
        with bulk(path, table, out=out, restart=True) as run:
            rows = iter(run)
            for _ in range(dice.randint(1, 30)):
                next(rows)
        journal = out.with_name(out.name + ".journal")
        content = journal.read_bytes()
        journal.write_bytes(content[: dice.randint(0, len(content))])
        with bulk(path, table, out=out) as run:
            list(run)
        pd.testing.assert_frame_equal(without_seconds(out), whole)


def test_changed_script_or_cases_are_told_and_can_be_begun_anew(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        next(iter(run))
    path.write_text(SQUARES + "# changed\n")
    with pytest.raises(ma.InvalidValue, match=r"The script has changed since .*\n?.*--restart"):
        bulk(path, table, out=out)
    path.write_text(SQUARES)
    table.write_text("n\n1\n2\n")
    with pytest.raises(ma.InvalidValue, match=r"The cases have changed since .* it was of 30, and there are 2"):
        bulk(path, table, out=out)
    with bulk(path, table, out=out, restart=True) as run:
        assert run.kept == 0
        assert len(list(run)) == 2


def test_changed_module_of_the_script_is_a_changed_script(squares, tmp_path):
    path, table, out = squares
    (tmp_path / "helper_of_bulk.py").write_text("factor = 1\n")
    path.write_text("from helper_of_bulk import factor\n" + SQUARES)
    with bulk(path, table, out=out) as run:
        next(iter(run))
    (tmp_path / "helper_of_bulk.py").write_text("factor = 2\n")
    with pytest.raises(ma.InvalidValue, match="The script has changed"):
        bulk(path, table, out=out)


def test_two_runs_do_not_write_one_journal(squares):
    path, table, out = squares
    with bulk(path, table, out=out), pytest.raises(ma.ModelAppError, match="Another run writes"):
        bulk(path, table, out=out)


def test_lost_file_of_an_answer_is_made_again(script, pictures, tmp_path):
    out = tmp_path / "results.csv"
    with bulk(script(PICTURE), pictures, out=out) as run:
        rows = iter(run)
        first = [next(rows).flat() for _ in range(3)]
    (tmp_path / first[1]["image"]).unlink()
    with bulk(script(PICTURE), pictures, out=out) as run:
        assert run.kept == 2
        assert len(list(run)) == 4
    assert (tmp_path / first[1]["image"]).exists()


def test_changed_picture_is_a_changed_case(script, pictures, tmp_path):
    out = tmp_path / "results.csv"
    with bulk(script(PICTURE), pictures, out=out) as run:
        next(iter(run))
    picture(pictures / "bright" / "a.png", 0)
    Image.new("L", (90, 90)).save(pictures / "bright" / "a.png")
    with pytest.raises(ma.InvalidValue, match="The cases have changed"):
        bulk(script(PICTURE), pictures, out=out)


def test_zip_goes_on_too(script, pictures, tmp_path):
    packed, out = zipped(tmp_path / "cases.zip", pictures), tmp_path / "results.csv"
    shutil.rmtree(pictures)
    with bulk(script(PICTURE), packed, out=out) as run:
        next(iter(run))
    with bulk(script(PICTURE), packed, out=out) as run:
        assert run.kept == 1
        assert len(list(run)) == 4
