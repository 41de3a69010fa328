"""A replica by itself: runs that share the calls of a model, and cases of many runs that let others go first."""

import pickle
import textwrap
import threading
from dataclasses import dataclass

from modelapp.model.engines.replica import Replica
from modelapp.model.engines.threads import Answer, Case
from waits import PATIENCE_SECONDS

SETTING = {"node": "here", "memory_bytes": None, "batch_seconds": 60}
COUNT = 6
SCRIPT = """
    import threading
    import modelapp as ma
    import numpy as np
    import torch
    from modelapp.core.current import active_run

    class Doubling(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.sizes = []

        def forward(self, x):
            self.sizes.append(len(x))
            return x * 2

    @ma.cache
    def load():
        return Doubling(), threading.Barrier(6)

    net, together = load()
    n = ma.number_input(value=0)
    active_run().stackable = True  # as if the network lay on an accelerator
    if n:
        together.wait()
    ma.number_output(float(ma.predict(net, np.array([n], dtype="float32"), batch=True)), label="Twice")
    ma.json_output(net.sizes, label="Sizes")
"""


def test_runs_of_a_replica_share_the_calls_of_a_model(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text(textwrap.dedent(SCRIPT))
    replica = Replica(path, SETTING)
    assert pickle.loads(replica.begun())[0] == "ready"
    answers = {}

    def work(number, n):
        answers[n] = pickle.loads(replica.work(number, pickle.dumps(Case(n, {"n": n})), False, False))

    work(1, 0)
    answer, slots = answers[0]
    assert (answer.outputs["twice"], slots) == (0, 8)
    threads = [threading.Thread(target=work, args=(n + 1, n)) for n in range(1, COUNT + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(1, COUNT + 1):
        answer, _ = answers[n]
        assert answer.fault is None, answer.fault
        assert answer.outputs["twice"] == 2 * n
        assert COUNT in answer.outputs["sizes"]


BEGAN, ANSWERED = threading.Event(), threading.Event()


@dataclass(frozen=True, slots=True)
class Many(Case):
    """A case that goes on until another one was answered."""

    def done(self, model, going):
        while not ANSWERED.is_set():
            model(n=1)
            BEGAN.set()
            going.give_way()
        return Answer(self.position)


def test_case_of_many_runs_lets_another_be_done_between_two_of_them(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text('import modelapp as ma\nma.number_output(ma.number_input("N", value=0) * 2, label="Twice")\n')
    replica = Replica(path, SETTING)
    replies = {}

    def work(number, case):
        replies[number] = pickle.loads(replica.work(number, pickle.dumps(case), False, False))[0]

    many = threading.Thread(target=work, args=(1, Many(0, {})), daemon=True)
    many.start()
    assert BEGAN.wait(PATIENCE_SECONDS)
    one = threading.Thread(target=work, args=(2, Case(1, {"n": 21})), daemon=True)
    one.start()
    one.join(PATIENCE_SECONDS)
    assert replies[2].outputs == {"twice": 42} and 1 not in replies
    ANSWERED.set()
    many.join(PATIENCE_SECONDS)
    assert replies[1].fault is None
