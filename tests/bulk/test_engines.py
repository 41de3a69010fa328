"""Engines: every case gets one answer, whatever happens to the threads or processes that carry it out."""

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import textwrap
import threading

import modelapp as ma
import pytest
from modelapp.core.declared import FromCells
from modelapp.model.engines.actors import Terms
from modelapp.model.engines.processes import ProcessEngine
from modelapp.model.engines.ray import RayEngine
from modelapp.model.engines.threads import Case, ThreadEngine
from modelapp.session.queue import ThreadQueue

pytestmark = pytest.mark.usefixtures("ray_here")
PATIENCE_SECONDS = 60
SQUARE = """
    import modelapp as ma
    n = ma.number_input(value=1, max=1000)
    print("not for the answer")
    ma.number_output(n * n, label="Square")
"""
TRAPS = """
    import os, re, signal, threading
    from pathlib import Path
    import modelapp as ma
    n = ma.number_input(value=1)
    what = ma.text_input(required=False)
    once = Path(__file__).parent / f"once{n}"
    if what == "once" and not once.exists():
        once.touch()
        os._exit(3)
    if what == "exit":
        os._exit(3)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leak":
        hoard = bytearray(b"x") * 310_000_000
        threading.Event().wait()
    if what == "hang":
        threading.Event().wait()
    if what == "hold on":
        re.match(r"(a+)+$", "a" * 60 + "b")  # for years, and no other thread of Python runs meanwhile
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "leave":
        raise SystemExit(4)
    ma.number_output(n)
"""


ONCE = TRAPS.replace("Path(__file__).parent", "Path.cwd()")  # a replica's script is a copy in a folder of its own


def limited_processes(path, **limits):
    return ProcessEngine(path, 2, **limits)


def limited_replicas(path, **limits):
    return RayEngine(path, terms=Terms(most=2, **limits))


def cases(count, **more):
    return [Case(n, {"n": n, **more}) for n in range(count)]


def engines(path):
    yield ThreadEngine(path)
    yield ThreadEngine(path, 3)
    yield ThreadEngine(path, 2, ThreadQueue(2))
    yield ProcessEngine(path, 2)
    yield RayEngine(path, terms=Terms(most=2))


def trapped(engine, traps, count=20):
    """Run cases of which some do what `traps` says; return their answers by position."""
    with contextlib.closing(engine):
        engine.meet([Case(0, {"n": 0, "what": ""})])
        answers = list(engine.run(Case(n, {"n": n, "what": traps.get(n, "")}) for n in range(count)))
    by_position = {answer.position: answer for answer in answers}
    assert sorted(answer.position for answer in answers) == list(range(count))
    for n in set(range(count)) - set(traps):
        assert by_position[n].outputs == {"number": n}, by_position[n]
    return by_position


def test_closed_threads_are_given_back(tmp_path):
    script = tmp_path / "square.py"
    script.write_text(textwrap.dedent(SQUARE))
    before = set(threading.enumerate())
    with contextlib.closing(ThreadEngine(script, 3)) as engine:
        assert sorted(answer.outputs["square"] for answer in engine.run(cases(9))) == [n * n for n in range(9)]
        made = set(threading.enumerate()) - before
        assert made
    for thread in made:
        thread.join(PATIENCE_SECONDS)
    assert set(threading.enumerate()) <= before


def test_every_engine_answers_every_case_once(script):
    path = script(SQUARE)
    for engine in engines(path):
        with contextlib.closing(engine):
            answers = list(engine.run(iter(cases(50))))
            assert {answer.position: answer.outputs for answer in answers} == {n: {"square": n * n} for n in range(50)}
            assert all(answer.fault is None and answer.seconds > 0 for answer in answers)
            assert len(list(engine.run(cases(3)))) == 3  # and again


def test_few_cases_are_taken_ahead_of_the_answers(script):
    taken = []

    def source():
        for case in cases(100):
            taken.append(case)
            yield case

    for engine in engines(script(SQUARE)):
        with contextlib.closing(engine):
            taken.clear()
            answers = engine.run(source())
            for done in range(1, 20):
                next(answers)
                assert len(taken) <= done + 4
            answers.close()
            assert len(list(engine.run(cases(5)))) == 5  # nothing of the closed one is left


def test_faults_say_what_input_and_what_line(script):
    path = script("""
        import modelapp as ma
        n = ma.number_input(max=5)
        text = ma.text_input()
        ma.number_output(1 / n)
    """)
    for engine in engines(path):
        with contextlib.closing(engine):
            given = [{"n": 9, "text": "a"}, {"n": 0, "text": "a"}, {"n": 1}, {"m": 1}, {"n": 1, "text": "a"}]
            answers = {answer.position: answer.fault for answer in engine.run(map(Case, range(5), given))}
            assert (answers[0].type, answers[0].input) == ("WrongInput", "n")
            assert answers[0].message.startswith("n=9: “N” cannot be 9")
            assert str(answers[1]) == "ZeroDivisionError: division by zero (demo.py:5)"
            assert (answers[2].type, answers[2].input) == ("MissingInput", "text")
            assert answers[3].type == "MissingInput" or answers[3].type == "UnknownInput"
            assert answers[4] is None


def test_media_come_back_as_files(script):
    path = script("""
        import modelapp as ma
        ma.file_output(b"abc", "notes.txt")
    """)
    for engine in engines(path):
        with contextlib.closing(engine):
            (answer,) = engine.run([Case(0, {})])
            assert answer.outputs == {"file": {"file": "file.txt", "size_bytes": 3}}
            assert answer.files == {"file.txt": b"abc"}


def test_meeting_says_which_inputs_there_are_and_which_are_missing(script):
    path = script("""
        import modelapp as ma
        with ma.inputs():
            picture = ma.image_input()
            note = ma.text_input(required=False)
            row = ma.row_input({"age": (0, 120), "sex": ["f", "m"]})
    """)
    for engine in engines(path):
        with contextlib.closing(engine):
            met = engine.meet([Case(0, {"note": FromCells("x"), "no_input": FromCells("y")})])
            assert met.missing == ("picture",)
            assert [(one.name, one.optional, one.takes_path, one.cells) for one in met.inputs] == [
                ("picture", False, True, ()),
                ("note", True, False, ()),
                ("row", True, False, ("age", "sex")),
            ]


def test_meeting_goes_on_where_the_first_case_is_bad(script):
    for engine in engines(script(TRAPS)):
        with contextlib.closing(engine):
            met = engine.meet([Case(0, {"n": "x"}), Case(1, {"n": 2})])
            assert met.position == 1
            met = engine.meet([Case(0, {"n": "x"})])
            assert met.fault.input == "n"


def test_worker_that_dies_costs_its_case_after_one_more_try_and_no_other(script):
    answers = trapped(ProcessEngine(script(TRAPS), 2), {0: "exit", 5: "kill", 11: "once", 12: "exit", 19: "kill"})
    for position, how in {0: "it ended with status 3", 5: "killed by signal 9", 19: "killed by signal 9"}.items():
        assert str(answers[position].fault) == f"WorkerDied: The worker died: {how}."
    assert answers[11].outputs == {"number": 11}


def test_replica_that_dies_costs_its_case_after_one_more_try_and_no_other(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answers = trapped(RayEngine(script(ONCE), terms=Terms(most=2)), {0: "kill", 3: "once"}, count=6)
    assert str(answers[0].fault) == "WorkerDied: The worker died: its process ended."
    assert answers[3].outputs == {"number": 3}


@pytest.mark.parametrize("kind", [ProcessEngine, RayEngine])
def test_meeting_outlives_a_worker(script, kind):
    with contextlib.closing(kind(script(TRAPS))) as engine:
        met = engine.meet([Case(0, {"what": "kill"}), Case(1, {"n": 2})])
        assert met.position == 1
        assert engine.meet([Case(0, {"what": "kill"})]).fault.type == "WorkerDied"


@pytest.mark.parametrize("make", [limited_processes, limited_replicas])
def test_worker_over_its_memory_is_recorded(script, make):
    answers = trapped(make(script(TRAPS), memory_bytes=300_000_000), {3: "leak"}, count=6)
    assert str(answers[3].fault) == "MemoryLimit: The worker held more than its limit of 300 MB of memory."


@pytest.mark.parametrize("make", [limited_processes, limited_replicas])
def test_worker_that_hangs_is_recorded_without_another_try(script, make):
    answers = trapped(make(script(TRAPS), timeout_seconds=2), {3: "hang", 4: "hold on"}, count=6)
    assert str(answers[3].fault) == "TimeLimit: It took longer than the limit of 2 s."
    assert answers[4].fault.type == "TimeLimit"


@pytest.mark.parametrize("kind", [ProcessEngine, RayEngine])
def test_interrupts_and_exits_of_the_script_are_its_own_faults(script, kind):
    answers = trapped(kind(script(TRAPS)), {1: "interrupt", 2: "leave"}, count=5)
    assert answers[1].fault.type == "KeyboardInterrupt"
    assert answers[2].fault.type == "SystemExit"


@pytest.mark.parametrize(("kind", "where"), [(ProcessEngine, "worker process"), (RayEngine, "replica")])
def test_what_cannot_be_pickled_is_recorded(script, kind, where):
    with contextlib.closing(kind(script(SQUARE))) as engine:
        first, second = engine.run([Case(0, {"n": lambda: 1}), Case(1, {"n": 2})])
        assert f"cannot be sent to a {where}" in first.fault.message
        assert second.outputs == {"square": 4}


def test_script_that_cannot_be_compiled_is_told_by_each_engine(script):
    path = script("import modelapp as ma\nma.text_output(")
    with pytest.raises(ma.ScriptError, match="SyntaxError"):
        ThreadEngine(path)
    for kind in (ProcessEngine, RayEngine):
        with contextlib.closing(kind(path)) as engine, pytest.raises(ma.ScriptError, match="SyntaxError"):
            list(engine.run(cases(1)))


def test_cases_and_answers_can_be_pickled(script):
    (answer,) = ThreadEngine(script(SQUARE)).run([pickle.loads(pickle.dumps(Case(0, {"n": FromCells("3")})))])
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert answer.outputs == {"square": 9}


PARENT = """
import os, sys, threading
from pathlib import Path
from modelapp.model.engines.threads import Case
from modelapp.model.engines.actors import Terms
from modelapp.model.engines.processes import ProcessEngine
from modelapp.model.engines.ray import RayEngine
engine = ProcessEngine(Path(sys.argv[1]), 2)
for answer in engine.run(Case(n, {"n": n, "what": sys.argv[2] if n > 1 else ""}) for n in range(4)):
    print(*engine.processes, flush=True)
"""


@pytest.mark.parametrize("busy", ["hang", "hold on"])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_parent(script, tmp_path, by, busy):
    path = script(TRAPS)
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py"), str(path), busy],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent.stdout:
        lines = [parent.stdout.readline(), parent.stdout.readline()]
        watched = [os.pidfd_open(int(worker)) for worker in lines[-1].split()]
        assert watched
        parent.send_signal(by)
        parent.wait(PATIENCE_SECONDS)
        for ended in watched:
            assert select.select([ended], [], [], PATIENCE_SECONDS)[0]
            os.close(ended)
