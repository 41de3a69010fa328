"""Does this echocardiogram show the lead of a pacemaker? Paint over it, or elsewhere, and mirror it."""

import modelapp as ma
import pacemaker_model

ma.app(
    "Pacemaker?",
    "A small network looks for the lead of a pacemaker: a thin bright line in the right heart, which is on the left of "
    "the picture. Paint over the line, paint somewhere else, mirror the picture: what does the answer rest on?\n\n"
    "Not a medical device: the lines are drawn, not real leads, and all frames come from one clip of one patient: "
    "how well the network does here says nothing about real pacemakers. In training a line in the left heart meant "
    "nothing, so a mirrored picture must fail: the network learned a place as much as a line.",
)


@ma.cache
def network():
    return pacemaker_model.load()


@ma.cache
def cases():
    return {name: picture for name, (picture, _) in pacemaker_model.ready().items()}


def as_input(picture):
    return pacemaker_model.grey(picture)[None]


scan = ma.image_input("Echocardiogram", mode="L", examples=cases())
ma.label_output(ma.predict(network(), scan, preprocess=as_input, labels=["no pacemaker", "pacemaker"]))
