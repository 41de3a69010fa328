"""What stands in a cell's output, in pages that stand in for front ends which cannot be run here.

Colab itself is not tested: its page is replaced by one that has the call which Colab documents.
"""

import re

import modelapp as ma
import pytest
from playwright.sync_api import expect

APP = "%%modelapp double --height 333\nn = ma.slider_input(min=0, max=10, value=1)\nma.text_output(f'gives {n * 3}')"
COLAB = (
    "<script>var google = {{ colab: {{ kernel: {{ accessAllowed: {allowed},"
    " proxyPort: async (port) => `http://127.0.0.1:${{port}}` }} }} }}</script>"
)


@pytest.mark.parametrize("allowed", [True, False])
def test_page_with_the_call_of_colab_shows_the_app_where_that_says(executed, context, site, allowed):
    notebook = executed("import modelapp as ma", APP)
    page = context.new_page()
    page.goto(site(COLAB.format(allowed=str(allowed).lower()) + notebook.html(1)))
    if allowed:
        frame = page.frame_locator("iframe")
        frame.get_by_role("slider", name="N").press("ArrowRight")
        expect(frame.get_by_text("gives 6", exact=True)).to_be_visible()
        expect(page.locator("iframe")).to_have_css("height", "333px")
    else:  # a notebook that is only looked at
        expect(page.get_by_text("is an app that ran in this notebook")).to_be_visible()
        expect(page.locator("iframe")).to_have_count(0)


def test_open_notebook_whose_kernel_was_restarted_says_what_to_do(executed, context, site):
    notebook = executed("import modelapp as ma", APP)
    shown = notebook.html(1)
    notebook.close()
    page = context.new_page()
    page.goto(site('<script id="jupyter-config-data" type="application/json">{"baseUrl": "/"}</script>' + shown))
    expect(
        page.get_by_text("cannot be reached from here. If its kernel was restarted, run the cell again.")
    ).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)


def test_below_a_hub_the_link_is_that_of_its_proxy(executed):
    notebook = executed("import modelapp as ma", APP, JUPYTERHUB_SERVICE_PREFIX="/user/rao/")
    link = re.findall(r'<a href="([^"]+)"', notebook.html(1))
    assert re.fullmatch(r"/user/rao/proxy/\d+/", link[0])
    assert ma.connect(
        notebook.add("import re; print(ma.run(lambda: ma.text_output('x'), inline=False).url)").split()[-1]
    )
