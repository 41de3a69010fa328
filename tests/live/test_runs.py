"""Runs of a live page: latest input wins, cancelling, waiting, errors, the queue."""

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


def test_dragging_over_a_slow_script_runs_the_last_value_not_a_queue_of_old_ones(page):
    gate = threading.Event()
    modelapp.test_seen = []
    modelapp.test_gate = gate
    user = page("""
        import modelapp as ma
        n = ma.slider_input("N", 0, 100)
        ma.test_seen.append(n)
        if n:
            while not ma.test_gate.wait(0.01):
                ma.status("working")
        ma.text_output(f"n is {n}")
    """)
    user.sees("n is 0").settle()
    for value in range(1, 51):
        user.set(n=value)
    gate.set()
    user.sees("n is 50").settle()
    assert modelapp.test_seen[-1] == 50
    assert "n is 50" in user.texts
    shown = [text for message in user.messages for text in _texts(message)]
    assert [text for text in shown if text.startswith("n is")] == ["n is 0", "n is 50"]


def _texts(message):
    elements = getattr(message, "elements", ())
    return [element.props.text for element in elements if hasattr(element.props, "text")]


def test_endless_python_loop_can_be_stopped_from_the_page(page):
    user = page("""
        import modelapp as ma
        go = ma.checkbox_input()
        ma.text_output("before")
        while go:
            pass
        ma.text_output("after")
    """)
    user.sees("after").settle()
    user.set(go=True)
    user.wait(lambda: user.phase == "running")
    user.cancel()
    user.settle()
    assert user.phase == "cancelled"
    assert "after" in user.texts, "the last good page stays"
    user.set(go=False)
    user.sees("after").settle()
    assert user.phase == "done"


def test_new_input_ends_an_endless_loop(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=0)
        while n == 1:
            pass
        ma.text_output(f"n is {n}")
    """)
    user.sees("n is 0").settle()
    user.set(n=1)
    user.set(n=2)
    user.sees("n is 2")


def test_script_that_swallows_exceptions_is_still_stopped(page):
    user = page("""
        import modelapp as ma
        go = ma.checkbox_input()
        while go:
            try:
                for step in range(1000):
                    pass
            except Exception:
                pass
        ma.text_output("end")
    """)
    user.sees("end").settle()
    user.set(go=True)
    user.wait(lambda: user.phase == "running")
    user.cancel()
    user.settle()
    assert user.phase == "cancelled"


def test_loading_model_is_not_cut_short_by_new_input(page):
    modelapp.test_loads = []
    modelapp.test_loading = threading.Event()
    modelapp.test_may_load = threading.Event()
    user = page("""
        import modelapp as ma

        @ma.cache
        def load():
            ma.test_loading.set()
            for step in range(10 ** 9):
                if ma.test_may_load.is_set():
                    break
            ma.test_loads.append("loaded")
            return 100

        n = ma.number_input(value=1)
        ma.text_output(f"{load() + n}")
    """)
    assert modelapp.test_loading.wait(10)
    user.wait(lambda: user.phase == "running")
    for value in (2, 3, 4):
        user.set(n=value)
    modelapp.test_may_load.set()
    user.sees("104").settle()
    assert modelapp.test_loads == ["loaded"]


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


def test_progress_shows_and_can_be_cancelled(page):
    modelapp.test_gate = threading.Event()
    user = page("""
        import modelapp as ma
        if ma.button("Work"):
            for step in ma.progress(range(1000), text="Working"):
                ma.test_gate.wait(0.02)
            ma.text_output("finished")
        ma.text_output("idle")
    """)
    user.sees("idle").settle()
    user.press("work")
    user.wait(lambda: any(name.startswith("layout.progress") for name in user.order))
    user.wait(lambda: any(getattr(e.props, "done", 0) > 2 for e in user.elements.values()))
    user.cancel()
    user.settle()
    assert user.phase == "cancelled"
    assert "finished" not in user.texts
    modelapp.test_gate.set()


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


def test_waiting_visitor_sees_her_place_and_others_are_answered(hosts):
    modelapp.test_gate = threading.Event()
    host = hosts(
        """
        import modelapp as ma
        slow = ma.checkbox_input()
        while slow and not ma.test_gate.wait(0.01):
            pass
        ma.text_output("slow" if slow else "quick")
    """,
        concurrency=1,
    )
    first, second, third = host.user(), host.user(), host.user()
    for user in (first, second, third):
        user.sees("quick").settle()
    first.set(slow=True)
    first.wait(lambda: first.phase == "running")
    second.set(slow=True)
    second.wait(lambda: second.phases[-1].phase == "queued" and second.phases[-1].place == 1)
    third.set(slow=True)
    third.wait(lambda: third.phases[-1].phase == "queued" and third.phases[-1].place == 2)
    modelapp.test_gate.set()
    for user in (first, second, third):
        user.sees("slow")


def test_one_slow_visitor_does_not_stop_the_others(hosts):
    modelapp.test_gate = threading.Event()
    host = hosts(
        """
        import modelapp as ma
        slow = ma.checkbox_input()
        n = ma.number_input(value=0)
        while slow and not ma.test_gate.wait(0.01):
            pass
        ma.text_output(f"n {n}")
    """,
        concurrency=2,
    )
    slow, quick = host.user(), host.user()
    slow.settle()
    slow.set(slow=True)
    slow.wait(lambda: slow.phase == "running")
    quick.set(n=4)
    quick.sees("n 4")
    modelapp.test_gate.set()
    slow.settle()


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
