"""Sphinx: Markdown pages through MyST, the Furo theme; scripts/docs turns every warning into an error."""

from importlib.metadata import version as version_of

project = "Keystead"
author = "The Keystead authors"
copyright = "2026, the Keystead authors"  # noqa: A001  # Sphinx reads this name
release = version = version_of("keystead")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"Keystead {release}"
