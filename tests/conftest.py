"""What holds for every test."""

import os
import re
import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite(
    "suites", "model"
)  # so that their assertions explain themselves, whoever runs them

# A deadline would be a timing assertion: shared machines stall. CI repeats the same examples every time.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_LONGEST: Final = ("chaos", "model")
_HERE: Final = Path(__file__).parent
_SECONDS: Final = re.compile(r"\b\d{10}\b")  # since 1970
_YEAR: Final = 366 * 86_400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders that take minutes first, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: item.path.relative_to(_HERE).parts[0] not in _LONGEST)
    # Two processes that collect in different seconds must find the same tests, or none of them runs.
    told = [item.nodeid for item in items if any(_is_now(digits) for digits in _SECONDS.findall(item.nodeid))]
    if told:
        raise pytest.UsageError(
            f"the name of a test must not hold the time at which it was collected: {told}"
        )


def _is_now(digits: str) -> bool:
    return abs(int(digits) - time.time()) < _YEAR
