"""Bulk runs on a cluster: every row once, also where replicas are killed, and clear words where there is no cluster."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from queue import SimpleQueue

import modelapp as ma
import pytest
from modelapp.core.errors import EnvironmentFault
from modelapp.model.engines.actors import Terms
from modelapp.model.engines.choice import chosen
from modelapp.model.engines.ray import RayEngine
from modelapp.model.engines.replicas import Replicas
from modelapp.model.engines.threads import Case

KILLS = 20
SQUARES = """
    import modelapp as ma
    from table import square
    n = ma.number_input()
    ma.number_output(square(n), label="Square")
"""


@pytest.fixture
def squares(script, tmp_path):
    script("def square(n):\n    return n * n\n", "table.py")
    cases = tmp_path / "cases.csv"
    cases.write_text("n,truth\n" + "".join(f"{n},{n * n}\n" for n in range(40)))
    return script(SQUARES), cases


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "modelapp", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )


def test_bulk_command_runs_on_a_cluster_of_its_own_and_leaves_none_behind(squares, tmp_path):
    path, cases = squares
    done = command("bulk", path, cases, "--truth", "truth", "--engine", "ray", "--replicas", "2", "--json", "--out",
                   tmp_path / "out.csv")  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["cases"], report["failed"]) == (40, 0)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 41


@pytest.mark.usefixtures("ray_here")
def test_no_row_is_lost_or_doubled_while_replicas_are_killed(script):
    """Each kill hits some replica at a random moment; a case whose replicas were killed twice says so."""
    path = script("""
        import modelapp as ma
        n = ma.number_input(max=100000)
        total = 0
        for step in range(20000):
            total += step % 7
        ma.number_output(n * n, label="Square")
    """)
    drawn = random.Random(9)
    with contextlib.closing(RayEngine(path, terms=Terms(most=2))) as engine:
        ended = threading.Event()

        def source():
            position = 0
            while not ended.is_set():  # as many as it takes for all the kills
                yield Case(position, {"n": position})
                position += 1

        answers, killed, wait = [], 0, 1
        for answer in engine.run(source()):
            answers.append(answer)
            wait -= 1
            if wait <= 0 and killed < KILLS and (alive := engine.processes):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(drawn.choice(alive), signal.SIGKILL)
                    killed += 1
                wait = drawn.randrange(1, 12)
            if killed == KILLS and wait <= 1:
                ended.set()
    assert killed == KILLS
    assert Counter(answer.position for answer in answers) == Counter(range(len(answers)))
    faults = [answer.fault.type for answer in answers if answer.fault]
    assert set(faults) <= {"WorkerDied"}
    assert len(faults) <= KILLS // 2
    for answer in answers:
        assert answer.fault or answer.outputs == {"square": answer.position**2}


@pytest.mark.usefixtures("ray_here")
def test_files_of_a_table_and_of_a_folder_reach_replicas(script, pictures, tmp_path):
    path = script("""
        import modelapp as ma
        picture = ma.image_input()
        ma.label_output("bright" if picture.convert("L").resize((1, 1)).getpixel((0, 0)) > 100 else "dark")
    """)
    (tmp_path / "cases.csv").write_text("picture,truth\npictures/bright/a.png,bright\npictures/dark/c.png,dark\n")
    for cases, truth, accuracy in [("pictures", "folder", 0.75), ("cases.csv", "truth", 1)]:
        with ma.bulk(path, tmp_path / cases, truth=truth, engine="ray", replicas="1") as run:
            assert all(row.fault is None for row in run)
            assert run.report().classification.accuracy == accuracy


@pytest.mark.usefixtures("ray_here")
def test_script_its_files_and_modelapp_travel_to_a_running_cluster(script, pictures, tmp_path):
    """Nodes of a cluster that was running before are taken for other machines."""
    script("def is_bright(picture, limit):\n    return picture.convert('L').getpixel((0, 0)) > limit\n", "level.py")
    (tmp_path / "limit.txt").write_text("100")
    path = script("""
        from pathlib import Path
        import modelapp as ma
        from level import is_bright
        picture = ma.image_input()
        note = ma.text_input(required=False)
        limit = int((Path(__file__).parent / "limit.txt").read_text())
        ma.label_output("bright" if is_bright(picture, limit) else "dark")
        ma.text_output(f"{note} {ma.__file__} {__file__}", label="Where")
    """)
    rows = [("pictures/bright/a.png", "limit.txt", "bright"), ("pictures/dark/c.png", "x", "dark")]
    (tmp_path / "cases.csv").write_text("picture,note,truth\n" + "".join(",".join(row) + "\n" for row in rows))
    with ma.bulk(path, tmp_path / "cases.csv", truth="truth", engine="ray:auto", replicas="1") as run:
        found = sorted(run, key=lambda row: row.case)
        assert run.report().classification.accuracy == 1, found
    for row, (_, note, _) in zip(found, rows, strict=True):
        said, package, file = row.outputs["where"].split(" ")
        assert said == note  # a text that is also the name of a file stays a text
        assert "modelapp-nodes-" in package and "modelapp-nodes-" in file


@pytest.mark.usefixtures("ray_here")
def test_replica_that_no_node_can_hold_is_told_at_once(squares):
    path, _ = squares
    with pytest.raises(EnvironmentFault, match=r"needs 1 CPU and 64 GPU on one node.*its nodes have"):
        RayEngine(path, terms=Terms(gpus=64))


@pytest.mark.usefixtures("ray_here")
def test_full_cluster_is_told_after_a_while(squares):
    path, _ = squares
    every = Terms(most=1, cpus=float(os.cpu_count()))
    with contextlib.closing(RayEngine(path, terms=every)) as first:
        first.meet([Case(0, {"n": 1})])
        second = RayEngine(path, terms=replace(every, room_seconds=1))
        with contextlib.closing(second), pytest.raises(EnvironmentFault, match="no room for a replica for"):
            list(second.run([Case(0, {"n": 1})]))


@pytest.mark.usefixtures("ray_here")
def test_stopped_case_ends_on_the_cluster(script, gate, bell):
    """Closing the iterator ends what goes on, and the replica keeps its caches."""
    path = script("""
        import os
        from pathlib import Path
        import modelapp as ma
        n = ma.number_input(value=0)
        if n:
            Path("BELL").write_text("x")
            while True:
                pass
        ma.number_output(os.getpid(), label="Process")
    """.replace("BELL", str(script("", "x").parent / "bell")))  # fmt: skip
    rings = bell("bell")
    with contextlib.closing(RayEngine(path)) as engine:
        (before,) = engine.run([Case(0, {"n": 0})])
        answers = engine.run([Case(0, {"n": 0}), Case(1, {"n": 1})])
        next(answers)
        rings.rings()
        answers.close()
        (after,) = engine.run([Case(0, {"n": 0})])
        assert after.outputs == before.outputs


@pytest.mark.usefixtures("ray_here")
def test_live_calls_come_before_what_waits_of_bulk_runs_and_idle_replicas_end(script, gate, tmp_path):
    """One replica works on a case of a bulk run, and has one more; a call that comes last is before all the rest."""
    held = gate("gate")
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    path = script("""
        import os
        import modelapp as ma
        n = ma.number_input()
        ma.cache(os.open)("ALIVE", os.O_WRONLY)  # until the process ends
        if n == 0:
            open("GATE").read()
        ma.number_output(n)
    """.replace("GATE", str(held.path)).replace("ALIVE", str(tmp_path / "alive")))  # fmt: skip
    answers = SimpleQueue()
    with contextlib.closing(Replicas(path, terms=Terms(least=0, most=1, idle_seconds=0, room_seconds=250))) as replicas:
        for n, background in [(0, True), (1, True), (2, True), (3, True), (4, False)]:
            work = replicas.work(Case(n, {"n": n}), answers.put, background=background)
            replicas.submit(work)
        held.open()
        order = [answers.get().position for _ in range(5)]
        assert sorted(order) == [0, 1, 2, 3, 4] and order.index(4) <= 2
        os.set_blocking(alive, True)
        assert os.read(alive, 1) == b""
        os.close(alive)


def test_missing_ray_names_its_extra(squares, tmp_path):
    (tmp_path / "hidden" / "ray").mkdir(parents=True)
    (tmp_path / "hidden" / "ray" / "__init__.py").write_text("raise ImportError('hidden')")
    paths = os.pathsep.join([str(tmp_path / "hidden"), *sys.path])
    done = command("bulk", *squares, "--engine", "ray", PYTHONPATH=paths)
    assert done.returncode == 1
    assert 'needs Ray, which is not installed.\npip install "modelapp[ray]"' in done.stderr


@pytest.mark.parametrize("engine", ["ray://127.0.0.1:1", "ray:127.0.0.1:1"])
def test_address_without_a_cluster_is_told(squares, engine):
    done = command("bulk", *squares, "--engine", engine)
    assert done.returncode == 1
    assert f"There is no Ray cluster at {engine.removeprefix('ray:') if '//' not in engine else engine}" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "rai"], "There is no engine 'rai'"),
        (["--engine", "ray:"], "There is no engine 'ray:'"),
        (["--engine", "ray", "--replicas", "4:2"], "'4:2' is no number of replicas"),
        (["--replicas", "2"], "The engine threads has no replicas"),
        (["--engine", "processes", "--replica-gpus", "1"], "gives no replica processors of its own"),
        (["--engine", "ray", "--workers", "2"], "--workers is for processes"),
    ],
)
def test_wrong_options_say_what_is_right(squares, options, message):
    done = command("bulk", *squares, *options)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_choice_is_read_from_words():
    assert chosen("ray").address is None
    assert chosen("ray://head:10001", "0:4").address == "ray://head:10001"
    assert chosen("ray:auto").address == "auto"
    choice = chosen("ray", "1:8", cpus=0.5, gpus=0.25)
    assert (choice.least, choice.most, choice.cpus, choice.gpus) == (1, 8, 0.5, 0.25)
    assert chosen("ray", "3").least == 1
