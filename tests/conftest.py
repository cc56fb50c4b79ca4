"""What every test has."""

import gc


def pytest_sessionfinish() -> None:
    """pytest looks ten times through all objects for exceptions that nobody has heard of. Once is enough, and a process
    that has held a cloud ends 5 s earlier: what is there after the first look is out of the others' sight.
    """
    gc.collect()
    gc.freeze()
