"""An open page while its host is told to stop, and after it was started again."""

import signal

from playwright.sync_api import expect
from served import PATIENCE_SECONDS


def test_page_goes_on_over_a_restart_with_its_values_and_the_result_of_the_run(open_page, gate, bell, tmp_path):
    door, rings = gate("gate"), bell("bell")
    page = open_page(f"""
        from pathlib import Path
        import modelapp as ma
        n = ma.number_input(value=0)
        if n == 21:
            with open({str(tmp_path / "bell")!r}, "w") as bell:
                bell.write("x")
            Path({str(door.path)!r}).read_text()
        ma.text_output(f"twice is {{n * 2:g}}")
    """)
    expect(page.get_by_text("twice is 0")).to_be_visible()
    page.get_by_label("N", exact=True).fill("21")
    rings.rings()
    served = page.served
    served.process.send_signal(signal.SIGTERM)
    expect(page.get_by_text("The host restarts. Your work is kept.")).to_be_visible()
    door.open()
    expect(page.get_by_text("twice is 42")).to_be_visible()
    assert served.process.wait(PATIENCE_SECONDS) == 0
    served.process.stdout.close()
    expect(page.get_by_text("The host restarts. Your work is kept.")).to_be_visible()
    served.start(served.port)
    expect(page.get_by_text("The host restarts.")).to_have_count(0)
    expect(page.get_by_label("N", exact=True)).to_have_value("21")
    expect(page.get_by_text("twice is 42")).to_be_visible()
    page.get_by_label("N", exact=True).fill("5")
    expect(page.get_by_text("twice is 10")).to_be_visible()


def test_cases_that_a_host_had_begun_are_said_to_have_ended_with_it(open_page, gate, bell, tmp_path):
    door, rings = gate("gate"), bell("bell")
    page = open_page(f"""
        import modelapp as ma
        n = ma.number_input(value=0)
        if n == 2 and ma.context.mode == "bulk":
            open({str(tmp_path / "bell")!r}, "w").write("x")
            open({str(door.path)!r}).read()
        ma.text_output(f"twice is {{n * 2:g}}")
    """)
    page.get_by_role("button", name="Many cases").click()
    dialog = page.get_by_role("dialog", name="Many cases")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "cases.csv", "mimeType": "text/csv", "buffer": b"n\n1\n2\n3\n"})
    dialog.get_by_role("button", name="Run all cases").click()
    rings.rings()
    page.served.kill()
    page.served.start(page.served.port)
    expect(dialog.get_by_role("alert")).to_contain_text("The host of these cases has ended, after")
    dialog.get_by_role("button", name="Other cases").click()
    expect(dialog.get_by_role("button", name="Choose a file")).to_be_visible()
