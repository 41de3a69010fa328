"""A replica by itself: runs at a time share the calls of a model, once it was seen that they can."""

import pickle
import textwrap
import threading

from modelapp.model.engines.replica import Replica
from modelapp.model.engines.threads import Case

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
