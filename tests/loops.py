"""An event loop that runs one short story after another."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Loop:
    """What `asyncio.Runner` is, for thousands of stories.

    That one takes SIGINT for each story, and Python then describes the handler with what the story came to.
    Where that leads to the whole service, describing it takes a second, and the story a hundredth of it.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs, and the loop."""
        self._runner.close()

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """Return what *story* comes to."""
        return self._runner.get_loop().run_until_complete(story)
