"""Calls of several runs that become one call of the model: the answers are those of single calls, whatever happens."""

import threading

import numpy as np
import pytest
import torch
from modelapp import ScriptError, predict
from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.declared import Given
from modelapp.core.errors import Superseded
from modelapp.model.together import Together
from sklearn.linear_model import LogisticRegression

COUNT = 6


class Counting(torch.nn.Module):
    """A network that counts what it is called with."""

    def __init__(self, inside):
        super().__init__()
        self.inside = inside
        self.sizes = []

    def forward(self, x):
        self.sizes.append(len(x))
        return self.inside(x)


@pytest.fixture
def together():
    made = Together(patience_seconds=60)  # on a busy machine a run may come late
    yield made
    made.close()


def a_run(together):
    run = RunContext(Given(), None, {}, lambda frame: None)
    run.together = together
    return run


def all_at_once(together, work, count=COUNT):
    """Do work for each of the first numbers, each in a run of its own."""

    def one(number):
        with running(a_run(together)):
            return work(number)

    return together.all([lambda number=number: one(number) for number in range(count)])


def network(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))


def test_one_call_for_all_gives_each_run_its_own_answer(together):
    net = Counting(network())
    rows = np.random.default_rng(0).normal(size=(COUNT, 4)).astype(np.float32)
    found = all_at_once(together, lambda number: predict(net, rows[number], framework="pytorch", labels=list("abc")))
    assert max(net.sizes) == COUNT
    for number, answer in enumerate(found):
        expected = torch.softmax(net.inside(torch.tensor(rows[number : number + 1]))[0], 0).detach().numpy()
        assert list(answer.values()) == pytest.approx(expected, abs=1e-6)


def test_scikit_learn_gets_one_table_and_each_run_its_classes(together):
    rule = np.random.default_rng(1)
    rows, truth = rule.normal(size=(60, 3)), rule.integers(0, 2, 60)
    model = LogisticRegression().fit(rows, np.array(["no", "yes"])[truth])
    found = all_at_once(together, lambda number: predict(model, rows[number]))
    expected = model.predict_proba(rows[:COUNT])
    assert [list(one) for one in found] == [["no", "yes"]] * COUNT
    assert np.allclose([list(one.values()) for one in found], expected)


def test_model_that_mixes_the_examples_of_a_batch_is_called_for_each(together):
    class Mixes(torch.nn.Module):
        def forward(self, x):
            return x - x.mean(dim=0, keepdim=True) + len(x)

    net = Counting(Mixes())
    for _ in range(2):
        found = all_at_once(together, lambda number: predict(net, np.full(4, number, np.float32), framework="pytorch"))
        assert np.array_equal(found, np.ones((COUNT, 4)))
    assert net.sizes.count(COUNT) == 1  # it was tried once


def test_model_that_fails_on_a_batch_or_on_one_example(together):
    class Picky(torch.nn.Module):
        def forward(self, x):
            if len(x) > 1 or float(x[0, 0]) == 2:
                raise RuntimeError("not this one")
            return x * 10

    net = Picky()

    def work(number):
        try:
            return float(predict(net, np.full(1, number, np.float32), framework="pytorch"))
        except ScriptError as error:
            return error.message

    found = all_at_once(together, work)
    assert [one for number, one in enumerate(found) if number != 2] == [0, 10, 30, 40, 50]
    assert "not this one" in found[2]


def test_runs_of_different_shapes_and_models_get_their_own(together):
    nets = [Counting(torch.nn.Flatten()), Counting(torch.nn.Flatten())]

    def work(number):
        given = np.full((number % 3 + 1,), number, np.float32)
        return predict(nets[number % 2], given, framework="pytorch")

    for number, answer in enumerate(all_at_once(together, work)):
        assert np.array_equal(np.atleast_1d(answer), np.full(number % 3 + 1, number))


def test_run_that_calls_no_model_or_more_than_others_holds_nobody(together):
    net = Counting(network())
    rows = np.eye(4, dtype=np.float32)

    def work(number):
        return [predict(net, rows[number % 4], framework="pytorch") for _ in range(number)]

    found = all_at_once(together, work)
    assert [len(one) for one in found] == list(range(COUNT))
    for number, answers in enumerate(found):
        for answer in answers:
            expected = net.inside(torch.tensor(rows[number % 4 : number % 4 + 1]))[0].detach().numpy()
            assert np.allclose(answer, expected, atol=1e-5)


def test_runs_that_wait_for_each_others_lock_go_on():
    together = Together()
    net, lock = Counting(network()), threading.Lock()

    def work(number):
        with lock:  # the script's own: no two of its calls can come together
            return predict(net, np.ones(4, np.float32), framework="pytorch")

    assert len(all_at_once(together, work)) == COUNT
    together.close()
    assert net.sizes == [1] * COUNT


def test_run_that_is_ended_while_it_waits_leaves(together):
    net, waiting, ended = Counting(network()), threading.Event(), []

    def first():
        run = a_run(together)
        run.checkpoint = lambda: (_ for _ in ()).throw(Superseded())
        with running(run):
            try:
                predict(net, np.ones(4, np.float32), framework="pytorch")
            except Superseded:
                ended.append(True)
        waiting.set()

    def second():
        waiting.wait(30)
        with running(a_run(together)):
            return predict(net, np.ones(4, np.float32), framework="pytorch")

    assert together.all([first, second])[1].shape == (3,)
    assert ended == [True] and net.sizes == [1]
