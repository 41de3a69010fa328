"""`modelapp bulk` in a process of its own, as people start, stop, kill and starve it."""

import contextlib
import json
import os
import random
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from modelapp.cli.bulk import progress_text

PATIENCE_SECONDS = 60
COUNT = 400
SCRIPT = """
    from pathlib import Path
    import modelapp as ma
    n = ma.number_input(value=0)
    print("ran", n, flush=True)
    held = Path(__file__).with_name("held")
    if n == 300 and held.exists():
        held.read_text()
    ma.number_output(n * n, label="Square")
    ma.file_output(f"{n} squared", "note.txt", label="Note")
    ma.label_output({"even": 0.9, "odd": 0.1} if n % 2 == 0 else {"even": 0.2, "odd": 0.8})
"""


@pytest.fixture
def start(script, tmp_path):
    """Start the command on a table of numbers; what is left of it is ended at the end."""
    script(SCRIPT)
    lines = [f"{n},{'even' if n % 2 == 0 else 'odd'}" for n in range(COUNT)]
    (tmp_path / "cases.csv").write_text("\n".join(["n,parity", *lines]) + "\n")
    started = []

    def begin(*options, **more):
        command = [sys.executable, "-m", "modelapp", "bulk", "demo.py", "cases.csv", "--out", "results.csv", *options]
        started.append(
            subprocess.Popen(
                command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1, **more
            )
        )
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def finished(process):
    out, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    return out


def results(folder):
    return pd.read_csv(folder / "results.csv").drop(columns="seconds")


def after(process, runs):
    """Wait until the script has been run so often."""
    for line in process.stderr:
        runs -= line.startswith("ran")
        if runs <= 0:
            return


def test_kills_at_twenty_moments_lose_and_double_no_case(start, tmp_path):
    finished(start())
    undisturbed = results(tmp_path)
    (tmp_path / "results.csv").unlink()
    dice = random.Random(7)
    for kill in range(20):
        process = start(*(["--workers", "2"] if kill % 3 == 0 else []))
        after(process, dice.randint(0, 2 * COUNT // 20))
        process.kill()
        process.wait()
        if (tmp_path / "results.csv").exists():  # it was quicker
            pd.testing.assert_frame_equal(results(tmp_path), undisturbed)
            (tmp_path / "results.csv").unlink()
    finished(start())
    pd.testing.assert_frame_equal(results(tmp_path), undisturbed)
    assert list(undisturbed["square"]) == [n * n for n in range(COUNT)]
    assert (tmp_path / undisturbed["note"][399]).read_text() == "399 squared"
    assert len(list((tmp_path / "results_files").iterdir())) == COUNT
    assert not (tmp_path / "results.csv.journal").exists()


@pytest.mark.parametrize("options", [[], ["--workers", "2"]])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_stopping_says_how_far_it_is_and_the_same_command_goes_on(start, tmp_path, gate, by, options):
    held = gate("held")
    process = start(*options)
    after(process, 20)
    process.send_signal(by)
    said = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert process.returncode == 130, said
    assert f" of {COUNT} cases are done. The same command goes on from there." in said
    assert "Traceback" not in said
    held.open()
    process = start(*options)
    said = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert f" of {COUNT} cases were done before: going on from there." in said
    assert list(results(tmp_path)["case"]) == list(range(1, COUNT + 1))


def test_full_disk_is_one_line_and_the_journal_goes_on(start, tmp_path):
    full = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)))
    said = full.communicate(timeout=PATIENCE_SECONDS)[1]
    assert full.returncode == 1
    told = [line for line in said.splitlines() if not line.startswith("ran")]
    assert len(told) == 1, told
    assert "results.csv.journal' cannot be written: File too large." in told[0]
    assert f" of {COUNT} cases are done. The same command goes on from there." in told[0]
    finished(start())
    assert list(results(tmp_path)["square"]) == [n * n for n in range(COUNT)]


def test_disk_that_is_full_at_the_very_end_loses_nothing_either(start, tmp_path):
    rows = [f"{n},{'x' * 1000}" for n in range(50)]
    (tmp_path / "cases.csv").write_text("\n".join(["n,remark", *rows]) + "\n")
    full = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)))
    said = full.communicate(timeout=PATIENCE_SECONDS)[1]
    assert full.returncode == 1
    assert "'results.csv' cannot be written: File too large. 50 of 50 cases are done." in said
    assert not (tmp_path / "results.csv").exists()
    assert not list(tmp_path.glob(".*.part"))
    process = start()
    assert "ran" not in process.communicate(timeout=PATIENCE_SECONDS)[1].replace("ran 0\n", "")  # to learn the inputs
    assert len(results(tmp_path)) == 50


def test_json_is_the_report_whatever_the_script_prints(start):
    for options in ([], ["--workers", "1"]):
        report = json.loads(finished(start("--json", "--truth", "parity", *options)))
        assert (report["cases"], report["failed"]) == (COUNT, 0)
        assert report["classification"]["accuracy"] == report["classification"]["auc"] == 1


def test_person_gets_a_table_and_where_the_results_are(start):
    process = start("--truth", "parity")
    out, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert f"{COUNT} cases are in results.csv." in said
    assert [line.split() for line in out.splitlines() if line.startswith("  even")][:1] == [
        ["even", "200", "1.000", "1.000", "1.000", "1.000"]
    ]


@pytest.mark.parametrize(
    ("cases", "options", "status", "said"),
    [
        ("n,parity\n1,a\nx,b\n", [], 1, "Case 2: WrongInput: n='x': “N” cannot be 'x'"),
        ("n,parity\n1,a\n", [], 0, "1 cases are in results.csv."),
        ("n,parity\n1,a\n", ["--no-such-option"], 2, "No such option"),
        ("n,parity\n1,a\n", ["--truth", "party"], 1, "Error: There is no column 'party' for the truth."),
    ],
)
def test_status_is_that_of_the_cases_or_of_the_usage(start, tmp_path, cases, options, status, said):
    (tmp_path / "cases.csv").write_text(cases)
    process = start(*options)
    told = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert process.returncode == status
    assert said in told
    assert "Traceback" not in told


def test_dying_leaking_and_hanging_workers_do_not_end_the_run(start, script, tmp_path):
    script("""
        import os, threading
        import modelapp as ma
        n = ma.number_input(value=0)
        if n == 11:
            os.abort()
        if n == 12:
            threading.Event().wait()
        if n == 13:
            hoard = bytearray(b"x") * 310_000_000
            threading.Event().wait()
        ma.number_output(n)
    """)
    died = {11: "WorkerDied: The worker died: killed by signal 6."}
    hung = {12: "TimeLimit: It took longer than the limit of 2 s."}
    leaked = {13: "MemoryLimit: The worker held more than its limit of 300 MB of memory."}
    # One limit at a time: where there are both, which of them is met first is a matter of time.
    for spared, limit, expected in ((13, ("--timeout", "2"), died | hung), (12, ("--memory", "300"), died | leaked)):
        numbers = [str(n) for n in range(COUNT) if n != spared]
        (tmp_path / "cases.csv").write_text("\n".join(["n", *numbers]) + "\n")
        process = start("--workers", "2", *limit, "--json")
        out, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 1, said
        assert sum(json.loads(out)["errors"].values()) == 2
        assert results(tmp_path).set_index("n")["error"].dropna().to_dict() == expected
        (tmp_path / "results.csv").unlink()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_is_left_when_the_command_is_gone(start, gate, by):
    gate("held")
    process = start("--workers", "2")
    after(process, 5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    watched = []
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            watched.append(os.pidfd_open(int(child)))
    assert watched
    process.send_signal(by)
    process.communicate(timeout=PATIENCE_SECONDS)
    for ended in watched:
        assert select.select([ended], [], [], PATIENCE_SECONDS)[0]
        os.close(ended)


def test_progress_says_how_far_and_how_long():
    assert progress_text(50, 200, 0, 0, 10.0) == "50/200  5.0 per s  0:30 left"
    assert progress_text(1050, 8250, 3, 1000, 25.0) == "1,050/8,250  3 failed  2.0 per s  1:00:00 left"
    assert progress_text(0, 10, 0, 0, 0.0) == "0/10"
