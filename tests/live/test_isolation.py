# ruff: noqa: E501 (scripts of one line each)
"""What one run or session does is not seen by another, and what a script writes plainly works."""

import modelapp
import pytest


def two_users(hosts, script, first, second):
    """Drive two sessions in turn and return what each shows at the end."""
    host = hosts(script)
    one, other = host.user(), host.user()
    for user in (one, other):
        user.settle()
    one.set(n=first)
    one.wait(lambda: f"n {first}" in user_text(one)).settle()
    other.set(n=second)
    other.wait(lambda: f"n {second}" in user_text(other)).settle()
    return user_text(one), user_text(other)


def user_text(user):
    return " | ".join(user.texts)


@pytest.mark.parametrize(
    "definition",
    [
        "def add(x, kept=[]):\n    kept.append(x)\n    return kept",
        "class Log:\n    rows = []\n\ndef add(x):\n    Log.rows.append(x)\n    return Log.rows",
        "class Log:\n    total = 0\n\ndef add(x):\n    Log.total += x\n    return Log.total",
        "class Log:\n    total = 0\n\n    @classmethod\n    def add(cls, x):\n        cls.total += x\n        return cls.total\n"
        "\nadd = Log.add",
        "def add(x):\n    add.total = getattr(add, 'total', 0) + x\n    return add.total",
        "KEPT = {'k': []}\n\ndef add(x):\n    KEPT['k'].append(x)\n    return KEPT['k']",
    ],
)
def test_values_do_not_pile_up_in_what_a_script_defines(hosts, definition):
    script = (
        f"import modelapp as ma\n{definition}\nn = ma.number_input(value=1)\nma.text_output(f'n {{n}} kept {{add(n)}}')"
    )
    one, other = two_users(hosts, script, 5, 7)
    assert one.strip("[]") in ("n 5 kept 5", "n 5 kept [5")
    assert other.strip("[]") in ("n 7 kept 7", "n 7 kept [7")


def test_attribute_set_by_a_run_is_that_runs_own(hosts):
    script = """
        import modelapp as ma

        class Config:
            threshold = 0

        def threshold():
            return Config.threshold

        n = ma.number_input(value=1)
        Config.threshold = n
        ma.text_output(f"n {threshold()}")
    """
    assert two_users(hosts, script, 100, 7) == ("n 100", "n 7")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("from math import *\ndef f(x):\n    return sqrt(x)\nma.text_output(f'{f(4)}')", "2.0"),
        ("globals()['K'] = 5\ndef f():\n    return K\nma.text_output(f'{f()}')", "5"),
        ("def f():\n    return __name__\nma.text_output(f())", "__main__"),
        ("D = {'k': []}\ndef g():\n    return D['k']\nD['k'].append(1)\nma.text_output(f'{g()}')", "[1]"),
    ],
)
def test_plain_python_works_in_every_run(page, body, shown):
    user = page(f"import modelapp as ma\nn = ma.number_input(value=0)\n{body}\nma.text_output(f'run {{n}}')")
    for n in (0, 1, 2):
        if n:
            user.set(n=n)
        user.sees(f"run {n}").settle()
        assert user.texts[0] == shown, user.failure


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "class C:\n    size = 3\ndef use():\n    return C.size",
            "class C:\n    size = 4\ndef use():\n    return C.size",
        ),
        (
            "class A:\n    def size(self):\n        return 3\nclass C(A):\n    pass\ndef use():\n    return C().size()",
            "class A:\n    def size(self):\n        return 4\nclass C(A):\n    pass\ndef use():\n    return C().size()",
        ),
        (
            "from pathlib import Path\nP = Path('3')\ndef use():\n    return int(P.name)",
            "from pathlib import Path\nP = Path('4')\ndef use():\n    return int(P.name)",
        ),
        (
            "import functools\ndef plus(f):\n    @functools.wraps(f)\n    def g():\n        return f() + 1\n    return g\n"
            "@plus\ndef use():\n    return 2",
            "import functools\ndef plus(f):\n    @functools.wraps(f)\n    def g():\n        return f() + 2\n    return g\n"
            "@plus\ndef use():\n    return 2",
        ),
    ],
)
def test_cached_result_is_dropped_when_what_it_uses_is_edited(hosts, before, after):
    script = "import modelapp as ma\n{}\n@ma.cache\ndef load():\n    return use()\nma.text_output(f'got {{load()}}')"
    host = hosts(script.format(before))
    user = host.user()
    user.sees("got 3").settle()
    host.save(script.format(after))
    user.sees("got 4")


def test_cached_result_is_dropped_when_a_module_that_it_uses_is_edited(hosts, tmp_path):
    (tmp_path / "used_part.py").write_text("def build():\n    return 3\n")
    host = hosts("""
        import modelapp as ma
        import used_part

        @ma.cache
        def load():
            return used_part.build()

        ma.text_output(f"got {load()}")
    """)
    host.call(host.app.watch)
    user = host.user()
    user.sees("got 3").settle()
    (tmp_path / "used_part.py").write_text("def build():\n    return 4\n")
    user.sees("got 4")


def test_inputs_set_in_quick_turns_are_never_lost(page):
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=0)
        ma.text_output(f"n {n}")
    """)
    user.sees("n 0").settle()
    for n in range(1, 400):
        user.set(n=-n)
        user.set(n=n)
        user.sees(f"n {n}")


@pytest.mark.parametrize("key", ["2**70", r"'\ud800'"])
def test_state_with_a_name_that_cannot_be_kept_is_an_error_and_the_page_goes_on(page, key):
    user = page(f"""
        import modelapp as ma
        bad = ma.checkbox_input()
        if bad:
            ma.state[{key}] = 1
        ma.text_output(f"bad {{bad}}")
    """)
    user.sees("bad False").settle()
    user.set(bad=True)
    user.wait(lambda: user.phase == "failed")
    assert "state.count" in user.failure.hint
    user.set(bad=False)
    user.sees("bad False").settle()
    assert user.phase == "done"


def test_groups_are_told_apart_when_one_of_them_is_hidden(page):
    modelapp.test_seen = []
    user = page("""
        import modelapp as ma
        first = ma.checkbox_input(value=True)
        if first:
            with ma.inputs(submit="Save"):
                a = ma.number_input(value=1)
        with ma.inputs(submit="Delete"):
            b = ma.number_input(value=2)
        ma.test_seen.append("deleted")
    """)
    user.settle()
    user.press("layout.inputs.save")
    user.wait(lambda: "b" in user.order).settle()
    user.set(first=False)
    user.wait(lambda: "a" not in user.order).settle()
    assert user.phases[-1].waiting_for == ("layout.inputs.delete",)
    assert modelapp.test_seen == []


@pytest.mark.parametrize(
    ("body", "fragment"),
    [
        (
            "with ma.inputs():\n    with ma.inputs(submit='Go'):\n        n = ma.number_input(value=1)",
            "inside another inputs()",
        ),
        ("@ma.cache\ndef f():\n    return ma.number_input(value=1)\nf()", "inside a cached function"),
        ("@ma.cache\ndef f():\n    yield 1\nf()", "generator"),
        ("@ma.cache\ndef f():\n    return f()\nf()", "calls itself"),
    ],
)
def test_use_that_cannot_work_is_an_error_that_says_so(page, body, fragment):
    user = page(f"import modelapp as ma\n{body}")
    user.wait(lambda: user.phase == "failed")
    assert fragment in user.failure.title


def test_two_cached_functions_made_by_one_function_live_side_by_side(page):
    modelapp.test_loads = []
    user = page("""
        import modelapp as ma

        def make(size):
            @ma.cache
            def load():
                ma.test_loads.append(size)
                return size
            return load

        n = ma.number_input(value=0)
        ma.text_output(f"{make(1)()} {make(2)()} {n}")
    """)
    user.sees("1 2 0").settle()
    user.set(n=1)
    user.sees("1 2 1")
    assert modelapp.test_loads == [1, 2]


def test_table_of_the_run_that_is_going_on_answers_for_itself(page):
    import threading

    modelapp.test_gate = threading.Event()
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.table_output({"a": [n] * 3})
        while n > 1 and not ma.test_gate.wait(0.01):
            pass
    """)
    user.settle()
    user.set(n=2)
    user.wait(lambda: user.elements["output.table"].props.first[0] == (2,))
    answer = user.ask("output.table", {"start": 0, "count": 3, "sort": None, "descending": False, "search": ""})
    assert answer.reply["rows"][0][0] == 2
    modelapp.test_gate.set()


def test_disk_that_takes_no_more_is_told_and_the_page_goes_on(hosts):
    host = hosts("""
        import modelapp as ma
        with ma.inputs(submit="Run"):
            n = ma.number_input(value=1)
        ma.text_output(f"n {n}")
    """)
    user = host.user()
    user.settle()
    # SQLite itself then refuses each change, as on a full or read-only disk.
    host.app.store._tables.read(lambda database: database.execute("PRAGMA query_only = ON"), None)
    user.set(n=2)
    user.press("layout.inputs.run")
    user.wait(lambda: len(user.problems) == 2)
    assert "could not be kept on disk" in user.problems[0].text
    user.sees("n 2").settle()
    host.app.store._tables.read(lambda database: database.execute("PRAGMA query_only = OFF"), None)
    user.set(n=3)
    user.press("layout.inputs.run")
    user.sees("n 3")
