import os
from pathlib import Path

import pytest

from keystead.units.private_files import UnsafeFile, read_private, replace_private, write_private


def test_what_was_written_is_read_and_only_the_owner_may(tmp_path: Path) -> None:
    path = tmp_path / "key"
    before = os.umask(0)
    try:
        write_private(path, b"octets")
    finally:
        os.umask(before)
    assert read_private(path, 6) == b"octets"
    assert path.stat().st_mode & 0o7777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private(path, b"first")
    with pytest.raises(FileExistsError):
        write_private(path, b"second")
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_replacement_is_private_and_whole_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for octets in (b"first", b"second"):
        replace_private(path, octets)
        assert read_private(path, 6) == octets
        path.chmod(0o644)  # the next one does not take over a mode
    with pytest.raises(UnsafeFile, match="mounted"):
        replace_private(tmp_path / "nowhere" / "key", b"octets")
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_dangling_link_counts_as_there(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.symlink_to(tmp_path / "volume that is not mounted")
    with pytest.raises(UnsafeFile, match="plain file"):
        read_private(path, 6)
    with pytest.raises(FileExistsError):
        write_private(path, b"second")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o610, 0o644, 0o777])
def test_a_file_that_others_may_use_is_refused_with_advice(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    write_private(path, b"octets")
    path.chmod(mode)
    with pytest.raises(UnsafeFile, match="chmod 600"):
        read_private(path, 6)


def test_a_read_only_file_of_ours_will_do(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private(path, b"octets")
    path.chmod(0o400)
    assert read_private(path, 6) == b"octets"


def test_a_file_of_somebody_else_is_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    write_private(path, b"octets")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(UnsafeFile, match=f"belongs to user {me}: run `chown {me + 1} "):
        read_private(path, 6)


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    target, link, pipe = tmp_path / "key", tmp_path / "link", tmp_path / "pipe"
    write_private(target, b"octets")
    link.symlink_to(target)
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe, tmp_path):
        with pytest.raises(UnsafeFile):
            read_private(path, 6)


def test_a_long_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_private(path, b"octets!")
    with pytest.raises(UnsafeFile, match="longer than 6 octets"):
        read_private(path, 6)


def test_a_missing_file_is_missing_and_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_private(tmp_path / "key", 6)
    with pytest.raises(UnsafeFile, match="mounted"):
        write_private(tmp_path / "nowhere" / "key", b"octets")


def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnsafeFile, match="No space left"):
        write_private(tmp_path / "key", b"octets")
    assert not list(tmp_path.iterdir())
