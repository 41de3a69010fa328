"""Runs of a live page: outputs, waiting, groups, buttons, streams, errors."""

import threading

import modelapp


def test_page_shows_the_output_for_the_default_value(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=3)
        ma.text_output(f"{n * 2}")
    """)
    user.sees("6")
    assert user.order == ["n", "output.text"]
    assert user.values == {"n": 3}


def test_changed_input_gives_a_new_output_and_only_that_travels(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=3)
        m = ma.number_input(value=4)
        ma.text_output(f"{n * m}")
    """)
    user.sees("12").settle()
    before = len(user.messages)
    user.set(n=5)
    user.sees("20").settle()
    frames = [message for message in user.messages[before:] if hasattr(message, "elements")]
    assert [element.id for frame in frames for element in frame.elements] == ["output.text"]
    assert all(frame.order is None and not frame.values for frame in frames)


def test_empty_required_input_ends_the_run_quietly_and_names_itself(page):
    user = page("""
        import modelapp as ma
        name = ma.text_input()
        ma.text_output(name.upper())
    """)
    user.settle()
    assert user.phase == "waiting"
    assert user.phases[-1].waiting_for == ("name",)
    assert user.order == ["name"]
    user.set(name="ada")
    user.sees("ADA")


def test_group_waits_at_its_end_so_that_all_its_inputs_show(page):
    user = page("""
        import modelapp as ma
        with ma.inputs():
            first = ma.text_input()
            length = len(first)          # meets the placeholder of an empty input
            second = ma.text_input()
        ma.text_output(first + second)
    """)
    user.settle()
    assert user.phase == "waiting"
    user.set(first="a")
    user.wait(lambda: "second" in user.order).settle()
    assert user.phases[-1].waiting_for == ("second",)
    user.set(second="b")
    user.sees("ab")


def test_submit_group_runs_only_on_its_button_and_keeps_what_is_typed(page):
    user = page("""
        import modelapp as ma
        with ma.inputs(submit="Run"):
            a = ma.number_input(value=1)
            b = ma.number_input(value=2)
        ma.text_output(f"sum {a + b}")
    """)
    user.settle()
    group = user.elements["a"].parent
    assert user.phases[-1].waiting_for == (group,)
    user.press(group)
    user.sees("sum 3").settle()
    runs = len(user.phases)
    user.set(a=10)
    user.set(b=20)
    assert len(user.phases) == runs
    assert user.session.values == {"a": 10, "b": 20}
    user.press(group)
    user.sees("sum 30")


def test_failing_run_keeps_the_last_page_and_shows_the_users_line_and_inputs(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=1)

        def divide(x):
            return 10 / x

        ma.text_output(f"{divide(n)}")
    """)
    user.sees("10.0").settle()
    user.set(n=0)
    user.wait(lambda: user.phase == "failed")
    failure = user.failure
    assert failure.title == "ZeroDivisionError: division by zero"
    assert [(line.file, line.line, line.function) for line in failure.lines] == [
        ("demo.py", 8, ""),
        ("demo.py", 6, "divide"),
    ]
    assert failure.lines[-1].code == "return 10 / x"
    assert failure.inputs == {"n": "0"}
    assert user.texts == ["10.0"]
    user.set(n=5)
    user.sees("2.0").settle()
    assert user.phase == "done"


def test_visitor_sees_one_calm_sentence_and_nothing_of_the_code(hosts):
    host = hosts("""
        import modelapp as ma
        secret = ma.text_input(value="my-password")
        raise ValueError(secret)
    """)
    visitor = host.user(role="visitor")
    visitor.wait(lambda: visitor.phase == "failed")
    failure = visitor.failure
    assert failure.title is None and failure.lines == () and failure.inputs == {} and failure.hint is None
    assert "Something went wrong" in failure.sentence


def test_button_is_true_in_the_one_run_it_caused(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=0)
        pressed = ma.button("Go")
        ma.text_output(f"{pressed} {n}")
    """)
    user.sees("False 0").settle()
    user.press("pressed")
    user.sees("True 0").settle()
    user.set(n=1)
    user.sees("False 1")


def test_fast_clicks_are_each_counted(page):
    user = page("""
        import modelapp as ma
        if ma.button("Add one"):
            ma.state.count = ma.state.get("count", 0) + 1
        ma.text_output(f"count {ma.state.get('count', 0)}")
    """)
    user.sees("count 0").settle()
    for _ in range(25):
        user.press("add_one")
    user.sees("count 25")


def test_text_from_an_iterator_shows_as_it_comes(page):
    modelapp.test_gate = threading.Event()
    user = page("""
        import modelapp as ma

        def words():
            yield "one "
            yield "two "
            ma.test_gate.wait(20)
            yield "three"

        ma.text_output(words())
    """)
    user.sees("one two ")
    modelapp.test_gate.set()
    user.sees("one two three").settle()


def test_stop_ends_the_run_and_rerun_starts_it_again(page):
    user = page("""
        import modelapp as ma
        turn = ma.state.get("turn", 0)
        ma.text_output(f"turn {turn}")
        if turn < 3:
            ma.state.turn = turn + 1
            ma.rerun()
        ma.stop()
        ma.text_output("never")
    """)
    user.sees("turn 3").settle()
    assert user.texts == ["turn 3"]


def test_endless_rerun_is_ended_with_an_error(page):
    user = page("""
        import modelapp as ma
        ma.rerun()
    """)
    user.wait(lambda: user.phase == "failed")
    assert "50 times" in user.failure.title


def test_once_runs_once_in_a_session(page):
    modelapp.test_seen = []
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=0)
        value = ma.once(lambda: ma.test_seen.append(1) or 7)
        ma.text_output(f"{value} {n}")
    """)
    user.sees("7 0").settle()
    user.set(n=1)
    user.sees("7 1")
    assert modelapp.test_seen == [1]


def test_duplicate_names_are_an_error_that_names_both_lines(page):
    user = page("""
        import modelapp as ma
        for _ in range(2):
            ma.number_input("Age", value=1)
        age = 3
    """)
    user.wait(lambda: user.phase == "failed")
    assert user.failure.title == "DuplicateName: Two inputs are named 'age': lines 4 and 4 of demo.py."
    assert "key=" in user.failure.hint


def test_script_that_exits_forks_or_fails_in_a_thread_leaves_the_host_alive(page):
    user = page("""
        import os, sys, threading
        import modelapp as ma
        how = ma.choice_input(options=["none", "exit", "exit with message", "fork", "interrupt"])
        if how == "exit":
            sys.exit()
        if how == "exit with message":
            sys.exit("no licence")
        if how == "fork":
            child = os.fork()
            if child:
                os.waitpid(child, 0)
        if how == "interrupt":
            raise KeyboardInterrupt
        ma.text_output(how)
    """)
    user.sees("none").settle()
    user.set(how="exit")
    user.wait(lambda: user.texts == []).settle()
    assert user.phase == "done"
    user.set(how="exit with message")
    user.wait(lambda: user.phase == "failed")
    assert user.failure.title == "SystemExit: no licence"
    user.set(how="interrupt")
    user.wait(lambda: user.failure is not None and user.failure.title.startswith("KeyboardInterrupt"))
    user.set(how="fork")
    user.sees("fork")
    user.set(how="none")
    user.sees("none")
