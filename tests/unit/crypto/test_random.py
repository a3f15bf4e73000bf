from keystead.crypto.random import octets


def test_as_many_octets_as_asked_for_and_no_two_alike() -> None:
    assert [len(octets(count)) for count in (0, 1, 32)] == [0, 1, 32]
    assert len({octets(16) for _ in range(100)}) == 100
