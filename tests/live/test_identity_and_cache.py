"""Classes keep their identity, and `cache` loads once."""

import gc
import threading
import weakref

import modelapp
import pytest

PATIENTS = """
    import enum
    from dataclasses import dataclass, field
    import modelapp as ma

    UNIT = "mmHg"
    LABELS = ["low", "high"]

    class Level(enum.Enum):
        LOW = 1
        HIGH = 2

    @dataclass(slots=True)
    class Patient:
        name: str
        notes: list = field(default_factory=list)

        def text(self):
            return f"{self.name} {UNIT} {LABELS[0]} {level().name}"

    def level():
        return Level.LOW

    @ma.cache
    def load():
        return Patient("ada"), Level.HIGH

    n = ma.number_input(value=0)
    patient, high = load()
    ma.text_output(f"{isinstance(patient, Patient)} {high is Level.HIGH} {patient.text()} {n}")
"""


def test_cached_objects_are_instances_of_the_scripts_classes_in_later_runs(hosts):
    host = hosts(PATIENTS)
    user = host.user()
    user.sees("True True ada mmHg low LOW 0").settle()
    user.set(n=1)
    user.sees("True True ada mmHg low LOW 1").settle()
    host.save(PATIENTS.replace("n = ma", "\n    # a comment\n    n = ma"))
    user.set(n=2)
    user.sees("True True ada mmHg low LOW 2")


def test_constant_that_a_class_uses_is_the_edited_one_after_a_save(hosts):
    host = hosts(PATIENTS)
    user = host.user()
    user.sees("True True ada mmHg low LOW 0").settle()
    host.save(PATIENTS.replace('"mmHg"', '"kPa"'))
    user.sees("True True ada kPa low LOW 0")


def test_function_that_uses_a_runs_own_value_sees_this_runs_value(page):
    user = page("""
        import modelapp as ma

        def doubled():
            return n * 2

        seen = []

        def note(x):
            seen.append(x)

        n = ma.number_input(value=1)
        note(n)
        ma.text_output(f"{doubled()} {seen}")
    """)
    user.sees("2 [1]").settle()
    user.set(n=5)
    user.sees("10 [5]")


def test_state_keeps_objects_of_the_scripts_classes(page):
    user = page("""
        import modelapp as ma

        class Visit:
            def __init__(self, n):
                self.n = n

        n = ma.number_input(value=0)
        visits = ma.state.setdefault("visits", [])
        visits.append(Visit(n))
        ma.text_output(" ".join(str(visit.n) for visit in visits if isinstance(visit, Visit)))
    """)
    user.sees("0").settle()
    user.set(n=1)
    user.sees("0 1").settle()
    user.set(n=2)
    user.sees("0 1 2")


def test_one_load_for_twenty_sessions_that_ask_at_once(hosts):
    modelapp.test_loads = []
    modelapp.test_asked = threading.Semaphore(0)
    modelapp.test_gate = threading.Event()
    host = hosts(
        """
        import modelapp as ma

        @ma.cache
        def load():
            ma.test_gate.wait(20)
            ma.test_loads.append(1)
            return "weights"

        ma.test_asked.release()
        ma.text_output(load())
    """,
        concurrency=20,
    )
    users = [host.user() for _ in range(20)]
    for _ in users:
        assert modelapp.test_asked.acquire(timeout=20)
    modelapp.test_gate.set()
    for user in users:
        user.sees("weights").settle()
    assert modelapp.test_loads == [1]


EDITED = """
    import modelapp as ma

    def scale():
        return {scale}

    @ma.cache
    def load():
        ma.test_loads.append(1)
        return 10 * scale()

    ma.text_output(f"{{load()}} {words}")
"""


def test_edit_elsewhere_keeps_what_was_loaded_and_an_edit_of_what_it_calls_does_not(hosts):
    modelapp.test_loads = []
    host = hosts(EDITED.format(scale=2, words="a"))
    user = host.user()
    user.sees("20 a").settle()
    host.save(EDITED.format(scale=2, words="b"))
    user.sees("20 b").settle()
    assert modelapp.test_loads == [1]
    host.save(EDITED.format(scale=3, words="b"))
    user.sees("30 b").settle()
    assert modelapp.test_loads == [1, 1]


def test_arguments_that_cannot_be_hashed_never_raise_and_count_by_identity_or_content(page):
    np = pytest.importorskip("numpy")
    calls = []
    from modelapp.script.cache import cache

    @cache
    def load(*arguments, **named):
        calls.append(1)
        return len(calls)

    array = np.zeros(3)
    assert load(array) == load(array) == 1
    assert load(np.zeros(3)) == 2
    assert load([1, {"a": {2}}], x=None) == load([1, {"a": {2}}], x=None) == 3
    assert load(1) == 4
    assert load(True) == 5
    assert load(1.0) == 6
    assert load(float("nan")) == 7


def test_failed_load_is_told_to_the_caller_and_tried_again():
    from modelapp.script.cache import cache

    calls = []

    @cache
    def load():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return "ok"

    with pytest.raises(OSError, match="disk"):
        load()
    assert load() == "ok"


def test_max_entries_drops_the_least_recently_used_and_tells_on_release():
    from modelapp.script.cache import cache

    released = []

    @cache(max_entries=2, on_release=released.append)
    def load(n):
        return n * 10

    load(1), load(2), load(1), load(3)
    assert released == [20]
    load.clear()
    assert sorted(released) == [10, 20, 30]


def test_ttl_loads_again_after_its_time(monkeypatch):
    from modelapp.script import cache as module

    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    calls = []

    @module.cache(ttl=10)
    def load():
        calls.append(1)
        return len(calls)

    assert load() == 1
    now[0] = 109.9
    assert load() == 1
    now[0] = 110.1
    assert load() == 2


def test_copy_gives_each_caller_its_own():
    from modelapp.script.cache import cache

    @cache(copy=True)
    def load():
        return [1]

    load().append(2)
    assert load() == [1]


@pytest.mark.parametrize("options", [{"ttl": 0}, {"ttl": -1}, {"max_entries": 0}, {"scope": "page"}])
def test_cache_option_out_of_range_is_refused_with_the_fix(options):
    with pytest.raises(modelapp.ScriptError, match=next(iter(options))):
        modelapp.cache(**options)


def test_exclusive_result_is_one_runs_alone_until_that_run_ends(hosts):
    modelapp.test_inside = []
    modelapp.test_most = []
    host = hosts(
        """
        import modelapp as ma

        @ma.cache(exclusive=True)
        def model():
            return object()

        n = ma.number_input(value=0)
        m = model()
        ma.test_inside.append(1)
        ma.test_most.append(len(ma.test_inside))
        for _ in range(2000):
            pass
        ma.test_inside.pop()
        ma.text_output(f"n {n}")
    """,
        concurrency=8,
    )
    users = [host.user() for _ in range(8)]
    for user in users:
        user.sees("n 0").settle()
    for user in users:
        user.set(n=1)
    for user in users:
        user.sees("n 1").settle()
    assert set(modelapp.test_most) == {1}


def test_session_scope_loads_once_for_each_session(hosts):
    modelapp.test_loads = []
    host = hosts("""
        import modelapp as ma

        @ma.cache(scope="session")
        def load():
            ma.test_loads.append(1)
            return len(ma.test_loads)

        n = ma.number_input(value=0)
        ma.text_output(f"{load()} {n}")
    """)
    first = host.user()
    first.sees("1 0").settle()
    first.set(n=1)
    first.sees("1 1").settle()
    second = host.user()
    second.sees("2 0")


def test_large_objects_of_past_runs_do_not_pile_up(page):
    class Big:
        pass

    modelapp.test_big = Big
    modelapp.test_refs = []
    modelapp.test_ref = weakref.ref
    user = page("""
        import modelapp as ma
        n = ma.number_input(value=0)
        big = ma.test_big()
        ma.test_refs.append(ma.test_ref(big))

        def uses():
            return big, n

        ma.text_output(f"n {n}")
    """)
    user.sees("n 0").settle()
    gc.disable()
    try:
        for n in range(1, 6):
            user.set(n=n)
            user.sees(f"n {n}").settle()
    finally:
        gc.enable()
    assert sum(ref() is not None for ref in modelapp.test_refs) <= 1
