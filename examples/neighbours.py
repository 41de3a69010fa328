"""How a nearest-neighbour classifier decides, step by step: a tutorial with its script beside it."""

import modelapp as ma
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

ma.app("Who are its neighbours?", "A flower is what most of the flowers like it are. Change it, and see.", code=True)

iris = load_iris(as_frame=True)
flowers: pd.DataFrame = iris.data[["petal length (cm)", "petal width (cm)"]]
species = iris.target_names[iris.target]

ma.markdown(
    """
    ## 1. A flower

    150 irises of three species were measured in 1936. Two measures of the petal are enough to tell most of them apart.
    """
)
length = ma.slider_input("Petal length", min=1.0, max=7.0, value=4.9, step=0.1, help="In centimetres.")
width = ma.slider_input("Petal width", min=0.1, max=2.5, value=1.6, step=0.1, help="In centimetres.")

ma.markdown(
    """
    ## 2. Its neighbours

    The nearest flowers are asked. With one neighbour a single odd flower decides; with many, the far ones do.
    """
)
neighbours = ma.slider_input(min=1, max=50, value=5)
model = KNeighborsClassifier(neighbours).fit(flowers.to_numpy(), species)
distances, nearest = model.kneighbors([[length, width]])
table = (
    flowers.iloc[nearest[0]]
    .reset_index(drop=True)
    .assign(species=species[nearest[0]], distance=np.round(distances[0], 2))
)
ma.table_output(table, label="Nearest flowers")

ma.markdown(
    """
    ## 3. The vote

    What is shown as confidence is the share of the neighbours. It says how mixed the neighbourhood is, not how sure one
    can be.
    """
)
shares = model.predict_proba([[length, width]])[0]
ma.label_output(dict(zip(model.classes_, shares, strict=True)))
