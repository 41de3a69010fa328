"""Breast cancer cells: a logistic regression on measurements of cell nuclei."""

import modelapp as ma
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ma.app(
    "Tumour",
    "Wisconsin diagnostic data: 569 fine needle aspirates. Six of the 30 measurements can be moved, the others stay at "
    "their median. A teaching example, not a medical device.",
)

NAMES = ["worst radius", "worst texture", "worst concave points", "mean radius", "mean concavity", "area error"]


@ma.cache
def load():
    data = load_breast_cancer(as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(data.data, data.target)
    return model, data.data


model, cases = load()
row = cases.median()
with ma.inputs(title="Measurements"):
    for name in NAMES:
        low, high = float(cases[name].min()), float(cases[name].max())
        row[name] = ma.slider_input(name.capitalize(), low, high, float(row[name]))

ma.label_output(ma.predict(model, row, labels=["malignant", "benign"]))
