"""A button, a number that lasts, and a loop that can be stopped."""

from answers import shown


def count(user):
    assert user.phase == "done", user.failure
    return shown(user, "number_output")[0].text


def press(user, name):
    user.press(name)
    user.settle()


def test_button_adds_the_step_and_starts_again(example):
    user = example("counter.py")
    assert count(user) == "0"
    press(user, "add")
    user.set(step=5)
    user.settle()
    assert count(user) == "1", "only a press adds"
    press(user, "add")
    assert count(user) == "6"
    press(user, "start_again")
    assert count(user) == "0"


def test_count_outlives_the_host(example, hosts):
    user = example("counter.py")
    press(user, "add")
    session = user.session.id
    again = hosts("", name="counter.py").user(session=session).settle()
    assert again.resumed
    assert count(again) == "1"


def test_loop_can_be_stopped_and_the_page_goes_on(example):
    user = example("counter.py")
    user.press("count_down_slowly")
    user.wait(lambda: any(bar.done > 0 for bar in shown(user, "progress")))
    user.cancel()
    user.wait(lambda: user.phase == "cancelled").settle()
    assert "Done." not in user.texts
    press(user, "add")
    assert count(user) == "1"
