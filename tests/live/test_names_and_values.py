"""Names from variables, and values that live as long as the session."""

import pytest


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("heart_rate = ma.number_input(value=1)", "heart_rate"),
        ("heart_rate: int = ma.number_input(value=1)", "heart_rate"),
        ("a, heart_rate = 1, ma.number_input(value=1)", "heart_rate"),
        ("if (heart_rate := ma.number_input(value=1)): pass", "heart_rate"),
        ("heart_rate = ma.number_input(value=1) if True else 2", "heart_rate"),
        ("heart_rate = (ma\n    .number_input(\n    value=1,\n))", "heart_rate"),
        ("with ma.section('S'):\n    heart_rate = ma.number_input(value=1)", "heart_rate"),
        ("try:\n    heart_rate = ma.number_input(value=1)\nfinally:\n    pass", "heart_rate"),
        ("heart_rate = ma.number_input('Pulse', value=1)", "heart_rate"),
        ("heart_rate = ma.number_input(value=1, key='pulse')", "pulse"),
        ("x = [ma.number_input('Heart rate!', value=1)]", "heart_rate"),
        ("x = [ma.number_input(f'Rate {i}', value=1) for i in range(1)]", "rate_0"),
        ("for i in range(1):\n    x = ma.number_input(f'Rate {i}', value=1)", "rate_0"),
        ("def f():\n    x = ma.number_input('Inner rate', value=1)\n    return x\ny = f()", "inner_rate"),
        ("x = (lambda: ma.number_input('Inner rate', value=1))()", "inner_rate"),
        ("x = str(ma.number_input('Outer', value=1))", "outer"),
        ("ma.number_input(value=1)", "number"),
        ("ma.number_input('Größe (cm)', value=1)", "größe_cm"),
    ],
)
def test_input_is_named_after_its_variable_else_its_label(page, line, name):
    user = page("import modelapp as ma\n" + line)
    user.settle()
    assert list(user.values) == [name], user.failure


@pytest.mark.parametrize(("name", "label"), [("n", "N"), ("heart_rate", "Heart rate"), ("ph2o", "Ph2o")])
def test_label_is_the_variables_words_with_a_capital(page, name, label):
    user = page(f"import modelapp as ma\n{name} = ma.number_input(value=1)")
    user.settle()
    assert user.elements[name].props.label == label


def test_two_inputs_of_one_name_name_both_lines(page):
    user = page("""
        import modelapp as ma
        age = ma.number_input(value=1)
        x = [ma.number_input("Age", value=1)]
    """)
    user.settle()
    assert user.failure.title == "DuplicateName: Two inputs are named 'age': lines 3 and 4 of demo.py."
    assert user.failure.lines[-1].line == 4
    assert 'key="age_2"' in user.failure.hint


def test_input_that_disappears_and_comes_back_keeps_its_value(page):
    user = page("""
        import modelapp as ma
        more = ma.checkbox_input(value=True)
        detail = ma.text_input(value="first") if more else "none"
        ma.text_output(detail)
    """)
    user.sees("first").settle()
    user.set(detail="changed")
    user.sees("changed")
    user.set(more=False)
    user.sees("none")
    assert "detail" not in user.order
    user.set(more=True)
    user.sees("changed")
    assert user.values["detail"] == "changed"


def test_untouched_input_follows_a_changed_default_and_a_touched_one_does_not(hosts):
    host = hosts("""
        import modelapp as ma
        a = ma.number_input(value=1)
        b = ma.number_input(value=1)
        ma.text_output(f"{a} {b}")
    """)
    user = host.user()
    user.sees("1 1").settle()
    user.set(b=7)
    user.sees("1 7").settle()
    host.save("""
        import modelapp as ma
        a = ma.number_input(value=2)
        b = ma.number_input(value=2)
        ma.text_output(f"{a} {b}")
    """)
    user.sees("2 7")
    assert user.values == {"a": 2, "b": 7}


def test_value_outside_changed_bounds_is_clamped_with_a_note(hosts):
    host = hosts("""
        import modelapp as ma
        dose = ma.slider_input(min=0, max=100)
        ma.text_output(f"{dose}")
    """)
    user = host.user()
    user.settle()
    user.set(dose=80)
    user.sees("80").settle()
    host.save("""
        import modelapp as ma
        dose = ma.slider_input(min=0, max=50)
        ma.text_output(f"{dose}")
    """)
    user.sees("50").settle()
    assert user.values["dose"] == 50
    assert "80" in user.elements["dose"].props.note


@pytest.mark.parametrize(
    ("values", "fragment"),
    [
        ({"dose": 101}, "dose"),
        ({"dose": "10"}, "dose"),
        ({"dose": True}, "dose"),
        ({"dose": [1, 2]}, "dose"),
        ({"view": "elsewhere"}, "view"),
        ({"name": "x" * 11}, "name"),
        ({"nothing": 1}, "nothing"),
        ({"dose": 5, "view": "elsewhere"}, "view"),
    ],
)
def test_value_that_an_input_does_not_accept_is_refused_and_nothing_changes(page, values, fragment):
    user = page("""
        import modelapp as ma
        dose = ma.slider_input(min=0, max=100)
        view = ma.choice_input(options=["front", "side"])
        name = ma.text_input(value="ada", max_chars=10)
        ma.text_output(f"{dose} {view} {name}")
    """)
    user.sees("0 front ada").settle()
    user.set(**values)
    user.wait(lambda: user.problems)
    assert fragment in user.problems[0].text.lower()
    assert user.session.values == {}
    user.set(dose=1)
    user.sees("1 front ada")


def test_two_pages_of_one_session_show_the_same(hosts):
    host = hosts("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.text_output(f"n {n}")
    """)
    first = host.user()
    first.settle()
    second = host.user(session=first.session.id)
    assert second.resumed
    second.sees("n 1")
    first.set(n=4)
    second.sees("n 4")
    assert second.values["n"] == 4


def test_headless_context_is_live_on_a_page(page):
    user = page("""
        import modelapp as ma
        ma.text_output(f"{ma.context.mode} {ma.context.visitor}")
    """)
    user.sees("live None")
