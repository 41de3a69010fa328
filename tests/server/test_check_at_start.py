"""`modelapp run` checks the script once, behind every visitor, and tells its author what it found."""

from waits import said_in

SCRIPT = """
    import modelapp as ma
    n = ma.slider_input(min=0, max=9, value=3)
    ma.number_output(9 / n)
"""


def test_what_the_check_finds_is_on_the_terminal_and_on_the_authors_page_alone(serve, connect):
    served = serve(SCRIPT, checked=True)
    assert "demo.py:4: error: ZeroDivisionError: division by zero\n    with n = 0\n" in said_in(served.log, "1 error")
    author, visitor = connect(served, presenter=True), connect(served)
    author.hello()
    assert author.receive("notice", level="error")["text"].startswith("Line 4: ZeroDivisionError: division by zero")
    visitor.hello()
    visitor.set(n=1)
    assert visitor.sees("9")
    assert [message for message in visitor.messages if message["type"] == "notice"] == []


def test_good_script_is_told_of_in_one_line_and_a_saved_one_loses_what_was_found(serve, connect):
    served = serve(SCRIPT, checked=True)
    said_in(served.log, "1 error")
    served.path.write_text("import modelapp as ma\nma.number_output(7)\n")
    said_in(served.log, "saved: reloaded")
    author = connect(served, presenter=True)
    author.hello()
    assert author.sees("7")
    author.set()
    author.receive("run", phase="done")
    # A file that is being written may be reloaded twice, which is told too; what the check had found is not.
    assert [message for message in author.messages if message.get("level") == "error"] == []
    served.stop()
    served.start()
    assert "demo.py: nothing to mend (3 runs in" in said_in(served.log, "nothing to mend")


def test_check_does_not_keep_a_visitor_waiting_or_count_as_her_run(serve, connect, gate):
    gate("held")
    served = serve(
        """
        from pathlib import Path
        import modelapp as ma
        if ma.context.mode == "check":
            Path(__file__).with_name("held").read_text()
        ma.state.runs = ma.state.get("runs", 0) + 1
        ma.number_output(ma.state.runs)
        """,
        "--concurrency",
        "2",
        checked=True,
    )
    visitor = connect(served)
    visitor.hello()
    assert visitor.sees("1")
