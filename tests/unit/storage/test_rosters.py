"""A question of several statements is of one instant, whatever others of the process see in the meantime."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, create_engine, text

from keystead.domain.errors import Tampered
from keystead.storage import directory
from keystead.storage.directory import Directory
from keystead.storage.rosters import Rosters
from keystead.storage.tallies import Tallies
from keystead.storage.writing import Writing
from suites.store_placed import policies_of, putting
from suites.store_places import sqlite_place
from suites.store_rosters import Scene
from suites.store_samples import TestBinder, a_grant, in_loop, opened

Ask = Callable[[Directory, Connection, Scene], object]
QUESTIONS: dict[str, Ask] = {
    "holder": lambda it, connection, scene: it.holder(connection, scene.ada.iam_id, scene.key.id),
    "grants": lambda it, connection, scene: it.grants(connection, scene.ada.iam_id),
    "perimeter": lambda it, connection, scene: it.perimeter(connection, scene.instance),
}


@pytest.mark.parametrize("question", QUESTIONS)
@in_loop
async def test_what_another_thread_sees_between_two_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    ask, place, binder = QUESTIONS[question], sqlite_place(tmp_path), TestBinder()
    async with opened(place) as store:
        scene = await Scene.of(store)
    rosters = Rosters(binder)
    asked = Directory(binder, rosters)
    engine = create_engine(place.url, isolation_level="AUTOCOMMIT")
    rows, others = directory._rows, [engine]

    def reading(connection: Connection, statement: Select[Any], **at: object) -> Any:
        found = rows(connection, statement, **at)
        while others:  # once, when the snapshot is open
            with others.pop().connect() as other:
                everything_changes(other, rosters, scene)
        return found

    with engine.connect() as reader:
        before = ask(asked, reader, scene)
        reader.execute(text("BEGIN"))
        monkeypatch.setattr(directory, "_rows", reading)
        assert ask(asked, reader, scene) == before
        monkeypatch.undo()
        with pytest.raises(Tampered, match="rosters"):  # whoever begins now must see the new ones
            ask(asked, reader, scene)
        reader.execute(text("ROLLBACK"))
        assert ask(asked, reader, scene) != before
    engine.dispose()


def everything_changes(connection: Connection, rosters: Rosters, scene: Scene) -> None:
    """Change what every question is about, and have this process see all of that."""
    writing = Writing(TestBinder(), Tallies(TestBinder()), rosters, "local")
    grant = replace(a_grant(scene.ada.iam_id), account=scene.ada.account)
    for new, was in (
        (replace(scene.ada, revision=2), scene.ada),
        (replace(scene.key, revision=2), scene.key),
        (grant, None),
        (policies_of(scene.instance.id), None),
    ):
        writing.apply(connection, putting(new, was), None)
    for ask in QUESTIONS.values():
        ask(Directory(TestBinder(), rosters), connection, scene)
