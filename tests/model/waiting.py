"""Time passes."""

from model.machine import Base
from model.walk import step

SPANS = (0, 0, 0, 31, 31, 3601, 3601, 4 * 3600 + 1, 8 * 86_400, 31 * 86_400)


class Waiting(Base):
    """The step that every other may need."""

    @step(3, span=SPANS)
    def wait(self, span: int) -> None:
        self.bench.home.clock.advance(seconds=span)
