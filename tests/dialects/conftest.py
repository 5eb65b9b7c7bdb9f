"""What the tests of all dialects share: the marks that tie a test to a numbered behaviour."""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "behaviour(dialect, number): holds a behaviour that docs/dialects/ lists"
    )
