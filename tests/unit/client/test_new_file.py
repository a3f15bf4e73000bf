from pathlib import Path

import pytest

from keystead.client.errors import BadInput
from keystead.client.new_file import new_file


def test_it_is_whole_and_private(tmp_path: Path) -> None:
    with new_file(tmp_path / "new") as file:
        file.write(b"content")
        assert (tmp_path / "new").read_bytes() == b""
    assert (tmp_path / "new").read_bytes() == b"content"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    with pytest.raises(TypeError), new_file(tmp_path / "new") as file:
        file.writelines([b"half", "wrong"])  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "directory", "link to nothing"])
def test_what_is_there_stays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "old"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="exists"), new_file(path):
        pytest.fail("the block must not run")
    assert [entry.name for entry in tmp_path.iterdir()] == ["old"]


def test_a_directory_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot make"), new_file(tmp_path / "missing" / "new"):
        pytest.fail("the block must not run")
