import os

from keystead.crypto.random import SALT_OCTETS, octets, salt


def test_as_many_octets_as_asked_for_and_no_two_alike() -> None:
    assert [len(octets(count)) for count in (0, 1, 32)] == [0, 1, 32]
    assert len({octets(16) for _ in range(100)}) == 100


def test_no_two_salts_are_alike() -> None:
    salts = [salt() for _ in range(500)]
    assert {len(one) for one in salts} == {SALT_OCTETS}
    assert len(set(salts)) == 500


def test_a_child_process_draws_salts_of_its_own() -> None:
    salt()  # there are drawn ones left
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, salt())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 1000)
    os.close(reader)
    os.close(writer)
    assert len(theirs) == SALT_OCTETS
    assert theirs not in [salt() for _ in range(100)]
