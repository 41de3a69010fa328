"""Tables in a real browser: edited by keyboard and pointer, pasted, uploaded, undone, and there after a crash."""

import re

import pytest
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    import pandas as pd
    frame = pd.DataFrame({
        "age": [30, 41, 70],
        "weight": [60.5, None, 80],
        "sex": pd.Categorical(["f", "m", "f"]),
        "smoker": [True, False, True],
        "note": ["first", None, "late"],
        "seen": pd.to_datetime(["2026-01-02", "2026-02-03", "2026-01-03"]),
    })
    cases = ma.table_input("Cases", frame)
    ma.text_output(" ".join(f"{name}={list(cases[name])}" for name in ("age", "weight", "sex", "smoker", "note")))
    ma.text_output(f"{list(cases['seen'].dt.strftime('%d.%m.'))} {cases['age'].dtype}")
"""
FREE = """
    import modelapp as ma
    cases = ma.table_input("Cases")
    ma.text_output(f"{cases.to_dict('list')}")
"""


@pytest.fixture
def with_table(open_page):
    page = open_page(SCRIPT)
    expect(cell(page, 1, "age")).to_have_text("30")
    return page


def cell(page, row, column):
    names = ["age", "weight", "sex", "smoker", "note", "seen"]
    return page.locator(f".tabulator-row[aria-rowindex='{row + 1}'] .tabulator-cell").nth(names.index(column) + 1)


def head(page, row):
    return page.get_by_role("rowheader", name=str(row), exact=True)


def paste(page, text):
    """Paste as a person would, with Ctrl+V, what another program has put on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def give(page, text, name="cases.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_cell_is_edited_by_a_click_and_the_script_gets_it(with_table):
    cell(with_table, 1, "age").click()
    with_table.get_by_role("textbox", name="age").fill("35")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("age=[35, 41, 70]")).to_be_visible()
    expect(cell(with_table, 1, "age")).to_have_class(re.compile("changed"))
    expect(cell(with_table, 2, "age")).to_be_focused()
    expect(with_table.get_by_text("3 rows, 1 changed")).to_be_visible()
    expect(with_table.get_by_text("int64")).to_be_visible()


def test_cells_are_reached_and_filled_by_keyboard_alone(with_table):
    page = with_table
    cell(page, 1, "age").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 2, "weight")).to_be_focused()
    page.keyboard.type("72,5")
    page.keyboard.press("Tab")
    expect(page.get_by_text("weight=[60.5, 72.5, 80.0]")).to_be_visible()
    expect(cell(page, 2, "sex")).to_be_focused()
    page.keyboard.press("F2")
    page.get_by_role("combobox", name="sex").select_option("f")
    expect(page.get_by_text("sex=['f', 'f', 'f']")).to_be_visible()
    expect(cell(page, 2, "sex")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("smoker=[True, True, True]")).to_be_visible()
    page.keyboard.press("Control+End")
    expect(cell(page, 3, "seen")).to_be_focused()
    page.keyboard.press("Home")
    expect(cell(page, 3, "age")).to_be_focused()


def test_day_is_chosen_with_the_browsers_control(with_table):
    cell(with_table, 1, "seen").click()
    with_table.locator("input[type=date]").fill("2026-03-04")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("['04.03.', '03.02.', '03.01.']")).to_be_visible()


def test_text_that_a_column_cannot_have_is_told_and_nothing_is_lost(with_table):
    cell(with_table, 1, "age").click()
    field = with_table.get_by_role("textbox", name="age")
    field.fill("old")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("“age” takes a whole number, not “old”.")).to_be_visible()
    expect(field).to_have_value("old")
    expect(field).to_have_attribute("aria-invalid", "true")
    with_table.keyboard.press("Escape")
    expect(cell(with_table, 1, "age")).to_have_text("30")
    expect(cell(with_table, 1, "age")).to_be_focused()
    expect(with_table.get_by_text("“age” takes")).to_have_count(0)


def test_emptied_cell_is_missing(with_table):
    cell(with_table, 3, "note").focus()
    with_table.keyboard.press("Delete")
    expect(cell(with_table, 3, "note")).to_have_text("missing")
    expect(with_table.get_by_text("note=['first', nan, nan]")).to_be_visible()


def test_row_is_added_by_the_button_and_by_enter_in_the_last(with_table):
    with_table.get_by_role("button", name="Add row").click()
    expect(cell(with_table, 4, "age")).to_be_focused()
    with_table.keyboard.type("52")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("age=[30.0, 41.0, 70.0, 52.0, nan]")).to_be_visible()
    expect(cell(with_table, 5, "age")).to_be_focused()
    with_table.keyboard.type("53")
    with_table.keyboard.press("Tab")
    expect(with_table.get_by_text("age=[30, 41, 70, 52, 53]")).to_be_visible()


def test_rows_are_selected_and_removed_by_pointer_and_by_keyboard(with_table):
    head(with_table, 2).click()
    expect(with_table.get_by_text("3 rows, 1 selected")).to_be_visible()
    with_table.get_by_role("button", name="Remove row").click()
    expect(with_table.get_by_text("age=[30, 70]")).to_be_visible()
    cell(with_table, 1, "age").focus()
    with_table.keyboard.press("ArrowLeft")
    expect(head(with_table, 1)).to_be_focused()
    with_table.keyboard.press("Delete")
    expect(with_table.get_by_text("age=[70]")).to_be_visible()


def test_undo_redo_and_reset(with_table):
    cell(with_table, 1, "age").focus()
    with_table.keyboard.type("35")
    with_table.keyboard.press("Enter")
    with_table.keyboard.type("45")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("age=[35, 45, 70]")).to_be_visible()
    with_table.keyboard.press("Control+z")
    expect(with_table.get_by_text("age=[35, 41, 70]")).to_be_visible()
    expect(cell(with_table, 2, "age")).to_have_text("41")
    with_table.keyboard.press("Control+Shift+z")
    expect(with_table.get_by_text("age=[35, 45, 70]")).to_be_visible()
    with_table.get_by_role("button", name="Reset").click()
    expect(with_table.get_by_text("age=[30, 41, 70]")).to_be_visible()
    expect(cell(with_table, 1, "age")).to_have_text("30")
    with_table.get_by_role("button", name="Undo").click()
    expect(with_table.get_by_text("age=[35, 45, 70]")).to_be_visible()


def test_block_is_pasted_and_the_table_grows(with_table):
    cell(with_table, 3, "age").focus()
    paste(with_table, "71\t81,5\n72\t82,5\n")
    expect(with_table.get_by_text("age=[30, 41, 71, 72]")).to_be_visible()
    expect(with_table.get_by_text("weight=[60.5, nan, 81.5, 82.5]")).to_be_visible()
    with_table.keyboard.press("Control+z")
    expect(with_table.get_by_text("age=[30, 41, 70]")).to_be_visible()


def test_block_with_a_header_goes_to_the_columns_that_it_names(with_table):
    cell(with_table, 1, "seen").focus()
    paste(with_table, "note\tage\nnew\t31\nold\t42\n")
    expect(with_table.get_by_text("age=[31, 42, 70]")).to_be_visible()
    expect(with_table.get_by_text("note=['new', 'old', 'late']")).to_be_visible()


def test_block_with_a_bad_cell_is_named_and_nothing_is_changed(with_table):
    cell(with_table, 1, "age").focus()
    paste(with_table, "31\nx\ny\n")
    told = "Nothing was pasted. Row 2: “age” takes a whole number, not “x”. And 1 more."
    expect(with_table.get_by_text(told)).to_be_visible()
    expect(cell(with_table, 1, "age")).to_have_text("30")


def test_rows_are_copied_as_a_spreadsheet_takes_them(with_table):
    with_table.context.grant_permissions(["clipboard-read", "clipboard-write"])
    head(with_table, 1).click()
    with_table.keyboard.press("Control+c")
    copied = with_table.evaluate("navigator.clipboard.readText()")
    assert copied == "30\t60.5\tf\ttrue\tfirst\t2026-01-02"
    cell(with_table, 3, "age").focus()
    with_table.keyboard.press("Escape")
    with_table.keyboard.press("Control+c")
    assert with_table.evaluate("navigator.clipboard.readText()") == "70"


def test_upload_with_semicolons_and_decimal_commas_is_read_and_told(open_page):
    page = open_page(FREE)
    expect(page.get_by_text("Waiting for Cases")).to_be_visible()
    give(page, "age;weight;day\n30;60,5;01.02.2026\n41;;03.02.2026\n")
    expect(page.get_by_text("'weight': [60.5, nan]")).to_be_visible()
    expect(page.get_by_text("Read as: semicolons, decimal commas, days first.")).to_be_visible()
    expect(page.get_by_role("gridcell", name="missing")).to_be_visible()
    give(page, b"\x89PNG\r\n\x1a\n\x00", "picture.csv")
    expect(page.get_by_text("“picture.csv” is no table that can be read")).to_be_visible()
    expect(page.get_by_text("'weight': [60.5, nan]")).to_be_visible()


def test_cells_pasted_where_there_is_no_table_become_one(open_page):
    page = open_page(FREE)
    page.get_by_role("button", name="Choose a file").focus()
    paste(page, "age\tname\n30\tAda\n")
    expect(page.get_by_text("{'age': [30], 'name': ['Ada']}")).to_be_visible()


def test_download_is_what_the_table_shows(with_table):
    cell(with_table, 1, "age").focus()
    with_table.keyboard.type("35")
    with_table.keyboard.press("Enter")
    with with_table.expect_download() as download:
        with_table.get_by_role("button", name="Download as CSV").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert lines[:2] == ["age,weight,sex,smoker,note,seen", "35,60.5,f,true,first,2026-01-02"]


def test_edits_are_there_after_a_reload_and_after_the_host_was_killed(with_table):
    cell(with_table, 1, "age").focus()
    with_table.keyboard.type("35")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("age=[35, 41, 70]")).to_be_visible()
    with_table.reload()
    expect(cell(with_table, 1, "age")).to_have_text("35")
    served = with_table.served
    served.kill()
    served.start(served.port)
    cell(with_table, 2, "age").focus()
    with_table.keyboard.type("45")
    with_table.keyboard.press("Enter")
    expect(with_table.get_by_text("age=[35, 45, 70]")).to_be_visible()
    expect(cell(with_table, 1, "age")).to_have_class(re.compile("changed"))


def test_fixed_rows_are_not_offered_to_be_added(open_page):
    page = open_page("""
        import modelapp as ma
        cases = ma.table_input(value={"a": [1, 2]}, rows="fixed")
        ma.text_output(f"{list(cases['a'])}")
    """)
    first = page.get_by_role("gridcell", name="1", exact=True)
    first.click()
    page.get_by_role("textbox", name="a").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("[5, 2]")).to_be_visible()
    expect(page.get_by_role("button", name="Add row")).to_have_count(0)
    page.get_by_role("rowheader", name="1").click()
    page.keyboard.press("Delete")
    expect(page.get_by_text("[5, 2]")).to_be_visible()
    expect(page.get_by_role("button", name="Remove row")).to_have_count(0)


def test_long_table_shows_the_rows_in_view(open_page):
    page = open_page("""
        import modelapp as ma
        import pandas as pd
        cases = ma.table_input(value=pd.DataFrame({"n": range(100_000), "square": [n * n for n in range(100_000)]}))
        ma.text_output(f"{len(cases)} rows, last {cases['n'].iloc[-1]}")
    """)
    page.get_by_role("gridcell", name="0", exact=True).first.focus()
    page.keyboard.press("Control+End")
    expect(page.get_by_role("gridcell", name=str(99_999**2))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("-1")
    page.keyboard.press("Tab")
    expect(page.get_by_text("100000 rows, last -1")).to_be_visible()
    assert page.locator(".tabulator-row").count() < 100


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_page(with_table, width, scheme):
    from axe_playwright_python.base import AXE_FILE_PATH

    page = with_table
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    cell(page, 1, "age").focus()
    page.keyboard.type("35")
    page.keyboard.press("Enter")
    head(page, 3).click()
    cell(page, 2, "age").click()
    page.get_by_role("textbox", name="age").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“age” takes a whole number, not “x”.")).to_be_visible()
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.locator("body").evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
