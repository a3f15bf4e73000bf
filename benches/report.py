"""The table and the JSON file of a run."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement; ``ratio`` is the median over the rounds of its rate divided by the bare handler's."""

    name: str
    rate: float
    p50_ms: float
    p99_ms: float
    ratio: float | None
    errors: int
    rounds: int


def show(rows: list[Row], facts: dict[str, float], file: Path) -> None:
    """Print the table and write it to *file*."""
    table = Table(title="Keystead over TLS, one server process on one core")
    for title in ("what", "ops/s", "p50 ms", "p99 ms", "of bare", "errors", "rounds"):
        table.add_column(title, justify="left" if title == "what" else "right")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.0%}"
        table.add_row(
            row.name,
            f"{row.rate:,.0f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            ratio,
            str(row.errors),
            str(row.rounds),
        )
    console = Console()
    console.print(table)
    for name, value in facts.items():
        console.print(f"{name}: {value:,.2f}")
    machine = {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        json.dumps(
            {
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "machine": machine,
                "rows": [asdict(row) for row in rows],
                "facts": facts,
            },
            indent=2,
        )
        + "\n"
    )
    console.print(f"written to {file}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
