import pytest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a", 1]', '["b", 1]'),
        ('{"size": [1, 2]}', '{"size": [1, 3]}'),
        ("((1, 2), (3, 4))", "((1, 2), (3, 5))"),
        ('{"x", "y"}', '{"x", "z"}'),
    ],
)
def test_cached_result_is_dropped_when_a_constant_that_it_uses_is_edited(hosts, before, after):
    script = """
        import modelapp as ma

        OPTIONS = CONSTANT


        @ma.cache
        def text():
            return str(sorted(OPTIONS, key=str)) + str(OPTIONS["size"] if isinstance(OPTIONS, dict) else "")


        ma.text_output(text())
    """
    host = hosts(script.replace("CONSTANT", before))
    user = host.user().settle()
    old = user.texts
    host.save(script.replace("CONSTANT", after))
    user.wait(lambda: user.texts and user.texts != old)
