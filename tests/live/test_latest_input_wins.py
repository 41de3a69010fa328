"""Runs that are overtaken, stopped or queued: latest input wins, and nobody waits for another without being told."""

import threading

import modelapp


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
