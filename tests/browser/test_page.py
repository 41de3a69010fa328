"""What a person does with a page: type, drag, draw, drop, stop, lose the connection."""

import os
import re
import textwrap

import pytest
from chromium import barriers
from playwright.sync_api import expect


def test_number_typed_gives_new_text_at_once(open_page):
    page = open_page("""
        import modelapp as ma
        n = ma.number_input(value=3)
        ma.text_output(f"twice is {n * 2}")
    """)
    expect(page.get_by_text("twice is 6")).to_be_visible()
    page.get_by_label("N", exact=True).fill("21")
    expect(page.get_by_text("twice is 42")).to_be_visible()


def test_slider_moves_by_keyboard_and_answers(open_page):
    page = open_page("""
        import modelapp as ma
        dose = ma.slider_input(min=0, max=10, value=5)
        ma.number_output(dose * 1.5, label="Level")
    """)
    slider = page.get_by_role("slider", name="Dose")
    level = page.get_by_role("region", name="Level")
    slider.focus()
    slider.press("ArrowRight")
    expect(level.get_by_text("9", exact=True)).to_be_visible()
    slider.press("Home")
    expect(level.get_by_text("0", exact=True)).to_be_visible()


def test_page_says_what_it_waits_for(open_page):
    page = open_page("""
        import modelapp as ma
        picture = ma.image_input(sources=("upload",))
        ma.text_output(f"{picture.size}")
    """)
    expect(page.get_by_text("Waiting for Picture")).to_be_visible()


def test_choices_checkbox_date_and_text_reach_the_script(open_page):
    page = open_page("""
        import modelapp as ma
        view = ma.choice_input(options=["front", "side"])
        organs = ma.choice_input(options=["heart", "lung", "liver"], multiple=True, required=False)
        urgent = ma.checkbox_input()
        day = ma.date_input(value="2026-01-31")
        note = ma.text_input(value="none", lines=3)
        ma.text_output(f"{view}|{organs}|{urgent}|{day.isoformat()}|{note}")
    """)
    expect(page.get_by_text("front|[]|False|2026-01-31|none")).to_be_visible()
    page.get_by_role("radio", name="side").check(force=True)
    page.get_by_role("checkbox", name="lung").check(force=True)
    page.get_by_role("checkbox", name="Urgent").check(force=True)
    page.get_by_label("Day", exact=True).fill("2026-02-28")
    page.get_by_label("Note", exact=True).fill("two\nlines")
    expect(page.get_by_text("side|['lung']|True|2026-02-28|two lines")).to_be_visible()


def test_submit_group_runs_on_its_button(open_page):
    page = open_page("""
        import modelapp as ma
        with ma.inputs(submit="Run"):
            a = ma.number_input(value=1)
        ma.text_output(f"a is {a}")
    """)
    run = page.get_by_role("group").get_by_role("button", name="Run")
    run.click()
    expect(page.get_by_text("a is 1")).to_be_visible()
    page.get_by_label("A", exact=True).fill("7")
    page.get_by_label("A", exact=True).press("Tab")
    expect(page.get_by_text("a is 1")).to_be_visible()
    run.click()
    expect(page.get_by_text("a is 7")).to_be_visible()


def test_running_model_is_visible_and_can_be_stopped(open_page):
    page = open_page("""
        import modelapp as ma
        go = ma.checkbox_input()
        while go:
            pass
        ma.text_output("answer")
    """)
    expect(page.get_by_text("answer")).to_be_visible()
    page.get_by_role("checkbox", name="Go").check(force=True)
    expect(page.get_by_text("Running")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped")).to_be_visible()
    expect(page.get_by_text("answer")).to_be_visible()


def test_run_that_cannot_be_stopped_at_once_says_that_it_is_stopping(open_page, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    page = open_page("""
        from pathlib import Path
        import modelapp as ma
        if ma.checkbox_input("Go"):
            Path(__file__).with_name("pipe").read_text()   # waits in a system call until somebody writes
        ma.text_output("answer")
    """)
    expect(page.get_by_text("answer")).to_be_visible()
    page.get_by_role("checkbox", name="Go").check(force=True)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopping")).to_be_visible()
    (tmp_path / "pipe").write_text("go on")
    expect(page.get_by_text("Stopped")).to_be_visible()


def test_author_sees_her_failing_line_and_a_visitor_one_sentence(open_page):
    script = """
        import modelapp as ma
        n = ma.number_input(value=0)
        ma.number_output(10 / n)
    """
    page = open_page(script)
    expect(page.get_by_text("ZeroDivisionError: division by zero")).to_be_visible()
    expect(page.get_by_text("ma.number_output(10 / n)")).to_be_visible()
    visitor = page.context.browser.new_context()
    other = visitor.new_page()
    other.goto(page.served.url)
    expect(other.get_by_text("Something went wrong")).to_be_visible()
    expect(other.get_by_text("ZeroDivisionError")).to_have_count(0)
    visitor.close()
    page.get_by_label("N", exact=True).fill("5")
    expect(page.get_by_text("ZeroDivisionError")).to_have_count(0)


def test_saved_script_shows_without_losing_the_picture(open_page, tmp_path):
    from PIL import Image

    picture = tmp_path / "red.png"
    Image.new("RGB", (6, 4), (255, 0, 0)).save(picture)
    script = """
        import modelapp as ma
        picture = ma.image_input()
        ma.text_output(f"WORD {picture.size}")
    """
    page = open_page(script.replace("WORD", "old"))
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("old (6, 4)")).to_be_visible()
    page.served.path.write_text(textwrap.dedent(script.replace("WORD", "new")))
    expect(page.get_by_text("new (6, 4)")).to_be_visible()


def test_page_goes_on_after_the_host_was_killed(open_page, tmp_path):
    from PIL import Image

    picture = tmp_path / "red.png"
    Image.new("RGB", (6, 4), (255, 0, 0)).save(picture)
    page = open_page("""
        import modelapp as ma
        picture = ma.image_input()
        word = ma.text_input(value="first")
        if ma.button("Add"):
            ma.state.count = ma.state.get("count", 0) + 1
        ma.text_output(f"{picture.size} {word} {ma.state.get('count', 0)}")
    """)
    page.locator("input[type=file]").first.set_input_files(picture)
    page.get_by_label("Word", exact=True).fill("second")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("(6, 4) second 1")).to_be_visible()
    page.served.kill()
    expect(page.get_by_text(re.compile("Connection lost|Not connected|Reconnecting")).first).to_be_visible()
    page.get_by_label("Word", exact=True).fill("third")
    page.served.start(page.served.port)
    expect(page.get_by_text("(6, 4) third 1")).to_be_visible()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("(6, 4) third 2")).to_be_visible()


def test_table_pages_sorts_and_searches_on_the_host(open_page):
    page = open_page("""
        import modelapp as ma
        import pandas as pd
        ma.table_output(pd.DataFrame({"n": range(12345), "word": [f"w{i % 7}" for i in range(12345)]}))
    """)
    expect(page.get_by_text(re.compile("12,345"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^n")).click()
    page.get_by_role("button", name=re.compile("^n")).click()
    expect(
        page.get_by_role("cell", name="12344", exact=True).or_(page.get_by_role("cell", name="12,344", exact=True))
    ).to_be_visible()


def test_plots_are_drawn(open_page):
    page = open_page("""
        import altair as alt
        import matplotlib.figure
        import modelapp as ma
        import pandas as pd
        import plotly.graph_objects as go

        figure = matplotlib.figure.Figure()
        figure.subplots().plot([1, 2, 3])
        ma.plot_output(figure, alt="a rising line")
        ma.plot_output(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])), alt="two bars")
        points = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
        ma.plot_output(alt.Chart(points).mark_point().encode(x="x", y="y"), alt="two points")
    """)
    expect(page.get_by_role("img", name="a rising line")).to_be_visible()
    expect(page.locator(".plotly .bars, .js-plotly-plot .barlayer").first).to_be_attached()
    expect(page.locator("canvas.marks, svg.marks").first).to_be_attached()


def test_markdown_is_shown_without_scripts_or_foreign_pictures(open_page):
    page = open_page('''
        import modelapp as ma
        ma.markdown("""
        # A **bold** title
        <img src="https://example.com/spy.png" onerror="document.title='owned'">
        <script>document.title = "owned"</script>

        [a link](https://example.com)
        """)
    ''')
    expect(page.get_by_role("heading", name="A bold title")).to_be_visible()
    expect(page.get_by_role("link", name="a link")).to_have_attribute("rel", re.compile("noopener"))
    assert page.title() != "owned"


@pytest.mark.parametrize("width", [360, 1280])
def test_page_never_scrolls_sideways(open_page, width):
    page = open_page("""
        import modelapp as ma
        ma.app("A title that is rather long for a telephone held upright", "And a description.")
        picture = ma.image_input(sources=("sketch", "upload"), required=False)
        dose = ma.slider_input(min=0, max=1000, value=(100, 900))
        organ = ma.choice_input(options=["a very long option number one", "another very long option", "short"])
        many = ma.choice_input(options=[f"option {i}" for i in range(50)])
        ma.label_output({"an unusually long class name that goes on": 0.7, "b": 0.3})
        ma.table_output({f"column {i}": [i] * 3 for i in range(30)})
        ma.json_output({"key": "x" * 500})
    """)
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.get_by_text(re.compile("70 ?%"))).to_have_count(2) if width == 360 else expect(
        page.get_by_text(re.compile("70 ?%")).first
    ).to_be_visible()
    box = page.locator("html").bounding_box()
    assert page.locator("body").evaluate("body => document.documentElement.scrollWidth") <= width
    assert box["width"] <= width


def test_every_control_is_reached_by_keyboard_and_axe_finds_nothing_serious(open_page):
    page = open_page("""
        import modelapp as ma
        ma.app("Everything", "All widgets at once.")
        picture = ma.image_input(required=False)
        name = ma.text_input(value="a")
        age = ma.number_input(value=3)
        dose = ma.slider_input(value=5)
        span = ma.slider_input(value=(20, 60))
        view = ma.choice_input(options=["front", "side"])
        many = ma.choice_input(options=[f"option {i}" for i in range(20)])
        some = ma.choice_input(options=["x", "y"], multiple=True, required=False)
        day = ma.date_input(value="2026-01-31")
        data = ma.file_input(required=False)
        yes = ma.checkbox_input()
        ma.button("Go")
        with ma.section("Results"):
            ma.label_output({"cat": 0.7, "dog": 0.3})
            ma.number_output(3.5, label="Level", unit="mg", delta=-0.5)
            ma.table_output({"a": [1, 2], "b": ["x", "y"]}, label="Rows")
            ma.json_output({"a": 1})
            ma.file_output(b"abc", "abc.txt")
            ma.markdown("Some *words*.")
            for tab in ma.tabs("One", "Two").__enter__():
                with tab:
                    ma.text_output("in a tab")
    """)
    expect(page.get_by_text("in a tab").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.reload()
        expect(page.get_by_text("in a tab").first).to_be_visible()
        assert barriers(page) == []
