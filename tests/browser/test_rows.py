"""One record in a real browser."""

import pytest
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    import pandas as pd
    people = pd.DataFrame({
        "age": [30, 41, 70],
        "weight": [60.0, None, 80.0],
        "sex": pd.Categorical(["f", "m", "f"]),
        "smoker": [True, False, True],
    })
    person = ma.row_input(people, examples={"Ada": people.iloc[0], "Alan": people.iloc[1]})
    ma.text_output(f"{person.to_dict('records')[0]}")
"""


@pytest.fixture
def with_row(open_page):
    page = open_page(SCRIPT)
    expect(page.get_by_text("{'age': 30, 'weight': 60.0, 'sex': 'f', 'smoker': True}")).to_be_visible()
    return page


def test_number_is_typed(with_row):
    with_row.get_by_label("age", exact=True).fill("55")
    expect(with_row.get_by_text("'age': 55,")).to_be_visible()
    expect(with_row.get_by_role("slider", name="age, slider")).to_have_value("55")


def test_slider_moves_by_keyboard_over_the_range_of_the_data(with_row):
    slider = with_row.get_by_role("slider", name="age, slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(with_row.get_by_text("'age': 31,")).to_be_visible()
    expect(with_row.get_by_label("age", exact=True)).to_have_value("31")
    slider.press("End")
    expect(with_row.get_by_text("'age': 70,")).to_be_visible()


def test_number_beyond_the_data_is_taken_and_marked(with_row):
    with_row.get_by_label("age", exact=True).fill("90")
    expect(with_row.get_by_text("'age': 90,")).to_be_visible()
    expect(with_row.get_by_text("Outside of the data, 30 to 70")).to_be_visible()


def test_emptied_number_is_missing_where_that_is_allowed(with_row):
    with_row.get_by_label("weight", exact=True).fill("")
    expect(with_row.get_by_text("'weight': nan,")).to_be_visible()
    with_row.get_by_label("age", exact=True).fill("")
    expect(with_row.get_by_text("A number is needed.")).to_be_visible()
    expect(with_row.get_by_text("'age': 30,")).to_be_visible()


def test_choice_and_truth_are_chosen(with_row):
    with_row.get_by_label("sex", exact=True).select_option("m")
    with_row.get_by_label("smoker", exact=True).select_option("no")
    expect(with_row.get_by_text("'sex': 'm', 'smoker': False}")).to_be_visible()


def test_example_fills_the_row(with_row):
    with_row.get_by_role("button", name="Alan").click()
    expect(with_row.get_by_text("{'age': 41, 'weight': nan, 'sex': 'm', 'smoker': False}")).to_be_visible()
    expect(with_row.get_by_role("button", name="Alan")).to_have_attribute("aria-pressed", "true")
    expect(with_row.get_by_label("age", exact=True)).to_have_value("41")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_page(with_row, width, scheme):
    from axe_playwright_python.base import AXE_FILE_PATH

    with_row.emulate_media(color_scheme=scheme)
    with_row.set_viewport_size({"width": width, "height": 800})
    with_row.get_by_label("age", exact=True).fill("90")
    with_row.get_by_label("weight", exact=True).fill("")
    expect(with_row.get_by_text("'weight': nan,")).to_be_visible()
    with_row.evaluate(AXE_FILE_PATH.read_text())
    found = with_row.locator("body").evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert with_row.evaluate("document.documentElement.scrollWidth") <= width
