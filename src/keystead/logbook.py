"""This node's audit log, with what must lie apart from it: its signing key, and an anchor.

The anchor is a recent checkpoint beside the unit. A log that was taken away, cut off or set back to an older
copy does not reach it, and is refused.
"""

import asyncio
from pathlib import Path
from typing import Final

from keystead.audit.log import MerkleLog
from keystead.config import Settings, SettingsError
from keystead.crypto.signatures import Signer
from keystead.domain.ports.unit import CryptoUnit
from keystead.units.private_files import read_private, replace_private, write_private

_LIMIT: Final = 4096
_ANCHOR_SECONDS: Final = 5.0  # younger events could be cut off after a crash without being missed


async def open_log(settings: Settings, unit: CryptoUnit) -> MerkleLog:
    """Open the log of ``settings.node``, or begin it where there was none.

    Raises:
        SettingsError: its key is missing, or another process begins it too.
        Tampered: the log is not what was signed, or does not reach its anchor.
        Unavailable: another process has it, or it cannot be read or written.
    """
    folder, anchor = settings.data / "audit" / settings.node, _file(settings, "checkpoint")
    signer = _signer(settings, unit, begun=folder.exists() and any(folder.iterdir()))
    log = await MerkleLog.open(
        folder,
        signer,
        f"keystead.local/{settings.node}",
        host=settings.host,
        anchor=read_private(anchor, _LIMIT) if anchor.exists() else None,
    )
    write_anchor(log, settings)
    replace_private(_file(settings, "public"), signer.public.hex().encode() + b"\n")
    return log


def write_anchor(log: MerkleLog, settings: Settings) -> None:
    """Keep the log's newest checkpoint beside the unit."""
    replace_private(_file(settings, "checkpoint"), log.checkpoint)


async def keep_anchor(log: MerkleLog, settings: Settings) -> None:
    """Write the anchor anew whenever the log has signed more; until cancelled."""
    written = log.checkpoint
    while True:
        await asyncio.sleep(_ANCHOR_SECONDS)
        if log.checkpoint != written:
            written = log.checkpoint
            await asyncio.to_thread(write_anchor, log, settings)


def _signer(settings: Settings, unit: CryptoUnit, *, begun: bool) -> Signer:
    file, label = _file(settings, "key"), f"keystead/audit-signer/1/{settings.node}"
    if file.exists():
        return Signer.from_seed(unit.open(label, read_private(file, _LIMIT)))
    if begun:
        raise SettingsError(
            f"{file} is missing, and the audit log it signs is there: put it back from its copy"
        )
    signer = Signer.generate()
    try:
        write_private(file, unit.seal(label, signer.seed))
    except FileExistsError:
        raise SettingsError(f"another process is starting on {settings.data}: wait for it to end") from None
    return signer


def _file(settings: Settings, kind: str) -> Path:
    return settings.data / "unit" / f"audit-{settings.node}.{kind}"
