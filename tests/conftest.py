"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# A deadline would be a timing assertion: shared machines stall. CI repeats the same examples every time.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
