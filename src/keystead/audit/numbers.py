"""What an audit log counts of its own work."""

from dataclasses import dataclass, field

from keystead.domain.histogram import Histogram


@dataclass(slots=True)
class Numbers:
    """Counted since the log was opened."""

    events: int = 0  # made durable
    commits: Histogram = field(default_factory=Histogram)  # groups of events that were made durable at once
    failures: int = 0  # times that it had to stop recording
    checkpoints: int = 0  # signed and written
