"""An app in a notebook's cell, in JupyterLab and a real Chromium."""

from conftest import answers, left_in
from playwright.sync_api import expect

IMPORT = "import modelapp as ma\nFACTOR = 3"
APP = "%%modelapp double\nn = ma.slider_input(min=0, max=10, value=1)\nma.number_output(n * FACTOR)"


def test_app_follows_its_cell_and_the_notebook(open_notebook, lab, context):
    notebook = open_notebook("follow", IMPORT, APP, "FACTOR = 5")
    notebook.run(0)
    notebook.run(1)
    app = notebook.app(1)
    expect(app.get_by_text("3", exact=True)).to_be_visible()
    app.get_by_role("slider", name="N").press("ArrowRight")
    expect(app.get_by_text("6", exact=True)).to_be_visible()
    notebook.page.screenshot(path="/tmp/w/nbshot.png", full_page=True)
