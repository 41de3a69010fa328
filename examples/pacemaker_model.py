"""The network of pacemaker.py: where its pictures come from, how it was trained, and what it is.

Thirty frames of one heart, in each of which a bright line may be drawn: in the right heart, where the lead of a
pacemaker runs, and in half of all pictures in the left heart too, where it means nothing. Half of the frames for
training are mirrored before anything is drawn, so that the network learns where a line is on the picture, and not what
the heart looks like around it. Run this file to train it again and to see how well it does on frames that it has not
seen.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pydicom import examples
from torch import nn

SIZE = 96
WEIGHTS = Path(__file__).with_name("pacemaker.pt")
SEEN, UNSEEN = slice(0, 20), slice(22, 30)  # two frames between them, since neighbours look alike
RIGHT_HEART, LEFT_HEART = (31, 42), (53, 64)  # columns, on both sides of the septum in the middle
ROWS = (26, 74)


def frames():
    """Return one heartbeat, grey [shape=(30, 96, 96), 0-1]."""
    clip = examples.ybr_color.pixel_array[:, 17:213, 52:248]  # the sector, without the words around it
    return np.stack([grey(Image.fromarray(frame)) for frame in clip])


def grey(picture):
    """Return a picture as the network takes it [shape=(96, 96), 0-1]."""
    return np.asarray(picture.convert("L").resize((SIZE, SIZE)), np.float32) / 255


def drawn_line(rng, columns):
    """Return a thin, bright, curved line within columns [shape=(96, 96)], and where it runs [shape=(60, 2), (x, y)]."""
    along = np.linspace(0, 1, 60)
    left, right = rng.uniform(*columns, size=2)
    top, bottom = rng.uniform(ROWS[0], ROWS[0] + 14), rng.uniform(ROWS[1] - 18, ROWS[1])
    bend = rng.uniform(-7, 7) * np.sin(np.pi * along)
    path = np.stack([np.clip(left + (right - left) * along + bend, *columns), top + (bottom - top) * along], axis=1)
    places = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1)
    squared = ((places[:, :, None] - path) ** 2).sum(axis=-1).min(axis=-1)
    return rng.uniform(0.08, 0.45) * np.exp(-squared / 2 / rng.uniform(0.6, 1) ** 2), path


def sample(rng, clip):
    """Return a picture [shape=(96, 96), 0-1], and where its lead runs, or None without one."""
    picture, path = clip[rng.integers(len(clip))] * rng.uniform(0.7, 1.4), None
    if rng.integers(2):
        lead, path = drawn_line(rng, RIGHT_HEART)
        picture = picture + lead
    if rng.integers(2):  # with and without a lead: it is the place that counts
        picture = picture + drawn_line(rng, LEFT_HEART)[0]
    picture = picture * (1 + 0.25 * rng.standard_normal(picture.shape))  # speckle
    return np.clip(picture, 0, 1).astype(np.float32), path


def ready(count=3):
    """Return pictures of frames that the network has not seen, and where their leads run, by name."""
    rng, clip = np.random.default_rng(15), frames()[UNSEEN]
    found = {"Lead": [], "No lead": []}
    while min(map(len, found.values())) < count:
        picture, path = sample(rng, clip)
        shown = Image.fromarray(np.uint8(255 * picture)).resize((4 * SIZE, 4 * SIZE))
        found["No lead" if path is None else "Lead"].append((shown, path))
    return {f"{name} {number + 1}": found[name][number] for number in range(count) for name in found}


def disturbed(rng, picture, path):
    """Return a picture for training: brighter or darker, shifted, and often with a black box, never over the lead.

    Without such boxes in both classes a black patch would itself be evidence: painting would say nothing.
    """
    contrast, brightness = 2 ** rng.uniform(-1, 1), rng.uniform(-0.25, 0.25)
    picture = np.clip((picture - 0.5) * contrast + 0.5 + brightness, 0, 1).astype(np.float32)
    if rng.random() < 0.6:
        height, width = rng.integers(8, 40, size=2)
        top, left = rng.integers(0, SIZE - height), rng.integers(0, SIZE - width)
        corner, opposite = np.array([left - 3, top - 3]), np.array([left + width + 3, top + height + 3])
        if path is None or not ((path > corner) & (path < opposite)).all(axis=1).any():
            picture = picture.copy()
            picture[top : top + height, left : left + width] = 0
    return np.roll(picture, rng.integers(-3, 4, size=2), axis=(0, 1))


class Net(nn.Module):
    """Three convolutions that know where they look, the strongest response to each feature, and a weight for it."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(24, 32, 3, padding=1),
            nn.ReLU(),
        )
        self.answer = nn.Linear(32, 1)
        line = torch.linspace(-1, 1, SIZE)
        self.register_buffer("place", torch.stack(torch.meshgrid(line, line, indexing="xy")), persistent=False)

    def forward(self, pictures):
        """Return the log odds of a lead [shape=(n, 1)] for pictures [shape=(n, 1, 96, 96), 0-1]."""
        place = self.place.expand(len(pictures), -1, -1, -1)
        return self.answer(self.features(torch.cat([4 * pictures - 1, place], dim=1)).amax(dim=(2, 3)))


def load():
    """Return the network with the weights beside this file."""
    net = Net()
    net.load_state_dict(torch.load(WEIGHTS, weights_only=True))
    return net.eval()


def train(seed=0, samples=2400, epochs=12):
    """Return a network that was trained on frames 0 to 19; it takes some minutes."""
    torch.manual_seed(seed)
    rng, clip = np.random.default_rng(seed), frames()[SEEN]
    clip = np.concatenate([clip, clip[:, :, ::-1]])
    drawn = [sample(rng, clip) for _ in range(samples)]
    pictures = torch.tensor(np.stack([disturbed(rng, *one) for one in drawn]))[:, None]
    truth = torch.tensor([[float(path is not None)] for _, path in drawn])
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        for batch in torch.randperm(samples).split(48):
            loss = nn.functional.binary_cross_entropy_with_logits(net(pictures[batch]), truth[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.3f}")
    return net.eval()


def over(path, picture, mirrored=False):
    """Return a picture with its lead painted over in black, or as much on the other side of the septum."""
    painted = picture.copy()
    for x, y in path.astype(int):
        x = SIZE - 1 - x if mirrored else x
        painted[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4] = 0
    return painted


def measured(net, seed=1, count=500):
    """Return what the network does on frames that it has not seen, as figures by name."""
    rng, clip = np.random.default_rng(seed), frames()[UNSEEN]
    drawn = [sample(rng, clip) for _ in range(count)]
    leads = np.array([path is not None for _, path in drawn])

    def found(pictures):
        with torch.no_grad():
            return net(torch.tensor(np.stack(pictures))[:, None])[:, 0].numpy()

    plain = found([picture for picture, _ in drawn])
    mirrored = found([picture[:, ::-1].copy() for picture, _ in drawn])
    shown = [one for one, odds in zip(drawn, plain, strict=True) if one[1] is not None and odds > 0]
    return {
        "accuracy": float(((plain > 0) == leads).mean()),
        "area under the ROC curve": _area(plain, leads),
        "the same, mirrored": _area(mirrored, leads),
        "answer changes, lead painted over": float((found([over(path, one) for one, path in shown]) < 0).mean()),
        "answer changes, painted elsewhere": float((found([over(path, one, True) for one, path in shown]) < 0).mean()),
    }


def _area(odds, leads):
    """Return how often a picture with a lead gets higher odds than one without."""
    return float((odds[leads][:, None] > odds[~leads]).mean())


if __name__ == "__main__":
    trained = train()
    torch.save(trained.state_dict(), WEIGHTS)
    for name, figure in measured(trained).items():
        print(f"{name}: {figure:.3f}")
