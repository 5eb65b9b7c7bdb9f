"""What the tests of all dialects share: the marks that tie a test to a numbered behaviour."""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "behaviour(dialect, number): holds a behaviour that docs/dialects/ lists"
    )
    config.addinivalue_line("markers", "heavy: takes minutes; run with -m heavy")


def pytest_collection_modifyitems(config, items):
    """Leave heavy tests out unless an expression of marks says what is wanted."""
    if config.option.markexpr:
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in heavy]
