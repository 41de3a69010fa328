"""`predict`: every framework is called in its own way, and what was decided is said."""

import numpy as np
import pytest
from modelapp import ScriptError, predict
from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.declared import Given
from PIL import Image


@pytest.fixture
def notices():
    run = RunContext(Given(), None, {}, lambda frame: None)
    with running(run):
        yield run.notices


class TestPyTorch:
    @pytest.fixture
    def torch(self):
        import torch

        torch.manual_seed(0)
        return torch

    def test_dropout_is_off_and_no_gradients_are_kept(self, torch, notices):
        net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.9))
        inside = []
        net.register_forward_hook(lambda *arguments: inside.append(torch.is_inference_mode_enabled()))
        assert net.training
        one, two = predict(net, np.ones(4)), predict(net, np.ones(4))
        expected = (net[0].weight.sum(dim=1) + net[0].bias).detach().numpy()
        assert np.allclose(one, expected, atol=1e-6) and np.array_equal(one, two)
        assert inside == [True, True] and not net.training
        assert notices[0] == ("predict: PyTorch, on cpu, switched to evaluation mode, input (1, 4).")

    def test_picture_becomes_channels_first_in_unit_range_with_a_batch_axis(self, torch):
        seen = []

        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Conv2d(3, 2, 1)

            def forward(self, x):
                seen.append(x)
                return self.layer(x).mean(dim=(2, 3))

        answer = predict(Net(), Image.new("RGB", (5, 4), (255, 0, 51)))
        assert seen[0].shape == (1, 3, 4, 5) and seen[0].dtype == torch.float32
        assert torch.allclose(seen[0][0, :, 0, 0], torch.tensor([1.0, 0.0, 0.2]))
        assert answer.shape == (2,)

    def test_input_that_has_a_batch_axis_gets_no_second(self, torch):
        net = torch.nn.Conv2d(3, 2, 1)
        assert predict(net, torch.zeros(1, 3, 4, 4)).shape == (1, 2, 4, 4)
        assert predict(net, torch.zeros(3, 4, 4)).shape == (2, 4, 4)

    def test_scores_go_through_softmax_when_there_are_labels(self, torch, notices):
        scores = torch.tensor([[1.0, 2.0, 3.0]])
        answer = predict(torch.nn.Identity(), scores, labels=["a", "b", "c"], batch=False)
        expected = torch.softmax(scores, 1)[0].tolist()
        assert answer == pytest.approx(dict(zip("abc", expected, strict=True)))
        assert "softmax over 3 labels" in notices[0]

    def test_scores_that_lie_in_the_unit_interval_are_still_scores(self, torch):
        answer = predict(torch.nn.Identity(), torch.tensor([[0.1, 0.2]]), labels=["a", "b"], batch=False)
        assert sum(answer.values()) == pytest.approx(1)

    def test_sigmoid_at_the_end_gives_independent_probabilities(self, torch):
        net = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Sigmoid())
        answer = predict(net, torch.tensor([[0.0, 0.0]]), labels=["a", "b"], batch=False)
        assert answer == {"a": 0.5, "b": 0.5}
        assert predict(net, torch.tensor([[9.0, 9.0]]), labels=["a", "b"], batch=False)["a"] > 0.99

    def test_single_score_with_two_labels_goes_through_the_logistic_function(self, torch):
        answer = predict(torch.nn.Identity(), torch.tensor([[2.0]]), labels=["no", "yes"], batch=False)
        assert answer["yes"] == pytest.approx(1 / (1 + np.exp(-2)))

    def test_failure_of_the_model_names_the_shape_and_the_fix(self, torch):
        with pytest.raises(ScriptError, match=r"input of shape \(1, 5\).*RuntimeError") as failed:
            predict(torch.nn.Linear(4, 3), np.ones(5))
        assert "preprocess=" in str(failed.value)
        assert isinstance(failed.value.__cause__, RuntimeError)


class TestKeras:
    @pytest.fixture
    def net(self):
        import keras

        keras.utils.set_random_seed(0)
        return keras.Sequential(
            [keras.Input((4, 4, 1)), keras.layers.Dropout(0.9), keras.layers.Flatten(), keras.layers.Dense(3)]
        )

    def test_called_without_training_and_with_the_axes_that_it_expects(self, net):
        image = np.arange(16.0).reshape(4, 4) / 16
        expected = image.reshape(1, 16).astype("float32") @ net.layers[-1].kernel.numpy() + net.layers[-1].bias.numpy()
        for given in (image, image[..., None], image[None, ..., None]):
            assert np.allclose(np.ravel(predict(net, given)), expected[0], atol=1e-6)

    def test_grey_picture_fits_one_channel(self, net):
        answer = predict(net, Image.new("L", (4, 4), 51), labels=["a", "b", "c"])
        assert sum(answer.values()) == pytest.approx(1)


class TestSklearn:
    def test_probabilities_are_the_estimators_own_with_its_class_names(self):
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression

        data = load_iris(as_frame=True)
        names = data.target_names[data.target]
        model = LogisticRegression(max_iter=1000).fit(data.data, names)
        row = data.data.iloc[70]
        expected = dict(zip(model.classes_, model.predict_proba(data.data.iloc[[70]])[0], strict=True))
        for given in ((row,), tuple(row), (row.to_numpy(),), (row.to_dict(),), (data.data.iloc[[70]],)):
            assert predict(model, *given) == pytest.approx(expected)
        renamed = predict(model, row, labels={"setosa": "Iris setosa"})
        assert list(renamed) == ["Iris setosa", "versicolor", "virginica"]

    def test_regressor_gives_a_number(self):
        from sklearn.linear_model import LinearRegression

        model = LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
        assert predict(model, 10) == pytest.approx(21)


def test_function_gets_its_inputs_as_they_are():
    assert predict(lambda a, b: (a, b), 1, "x") == (1, "x")
    assert predict(lambda x: x * 2, 3, preprocess=lambda x: x + 1, postprocess=lambda y: y - 1) == 7


def test_function_with_labels_gives_names():
    answer = predict(lambda x: [0.9, 0.9], 1, labels=["a", "b"])
    assert answer == {"a": 0.9, "b": 0.9}


@pytest.mark.parametrize(
    ("call", "fragment"),
    [
        (lambda: predict(3, 1), "cannot be called"),
        (lambda: predict(len, [1], framework="pytorhc"), "Did you mean 'pytorch'"),
        (lambda: predict(len), "no input"),
        (lambda: predict(lambda x: [1, 2, 3], 1, labels=["a"]), "3 outputs, but there are 1 labels"),
    ],
)
def test_wrong_use_is_named_with_the_fix(call, fragment):
    with pytest.raises(ScriptError, match=fragment):
        call()
