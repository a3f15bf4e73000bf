"""AES, GCM and CBC once more, from FIPS 197, SP 800-38D and SP 800-38A, in plain Python.

Slow and leaky on purpose of being plain: it exists to disagree with the library when one of the two is wrong.
"""

import itertools

BLOCK = 16


def _double(value: int) -> int:
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = _double(a), b >> 1
    return product


def _s_box() -> bytes:
    box = bytearray(256)
    for value in range(256):
        inverse = next((other for other in range(256) if _times(value, other) == 1), 0)
        rotated = [(inverse << turn | inverse >> (8 - turn)) & 0xFF for turn in range(5)]
        box[value] = rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63
    return bytes(box)


_BOX = _s_box()
_UNBOX = bytes(_BOX.index(value) for value in range(256))
_MIX = (2, 3, 1, 1)
_UNMIX = (14, 11, 13, 9)
_TIMES = {factor: bytes(_times(value, factor) for value in range(256)) for factor in (1, 2, 3, 9, 11, 13, 14)}
_SHIFT = [4 * ((column + row) % 4) + row for column in range(4) for row in range(4)]
_UNSHIFT = [_SHIFT.index(place) for place in range(16)]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(a, b, strict=False))


def _round_keys(key: bytes) -> list[bytes]:
    size = len(key) // 4
    words = [key[4 * i : 4 * i + 4] for i in range(size)]
    constant = 1
    for i in range(size, 4 * (size + 7)):
        word = words[-1]
        if i % size == 0:
            word = _xor((word[1:] + word[:1]).translate(_BOX), bytes([constant, 0, 0, 0]))
            constant = _double(constant)
        elif size > 6 and i % size == 4:
            word = word.translate(_BOX)
        words.append(_xor(words[i - size], word))
    return [b"".join(words[i : i + 4]) for i in range(0, len(words), 4)]


def _columns(state: bytes, factors: tuple[int, ...]) -> bytes:
    mixed = bytearray()
    for start in range(0, BLOCK, 4):
        for row in range(4):
            terms = [_TIMES[factors[(i - row) % 4]][state[start + i]] for i in range(4)]
            mixed.append(terms[0] ^ terms[1] ^ terms[2] ^ terms[3])
    return bytes(mixed)


def encrypt_block(keys: list[bytes], block: bytes) -> bytes:
    state = _xor(block, keys[0])
    for number, key in enumerate(keys[1:], 1):
        state = state.translate(_BOX)
        state = bytes(state[place] for place in _SHIFT)
        state = _xor(state if number == len(keys) - 1 else _columns(state, _MIX), key)
    return state


def decrypt_block(keys: list[bytes], block: bytes) -> bytes:
    state = block
    for number, key in enumerate(reversed(keys[1:])):
        state = _xor(state, key)
        state = state if number == 0 else _columns(state, _UNMIX)
        state = bytes(state[place] for place in _UNSHIFT).translate(_UNBOX)
    return _xor(state, keys[0])


def _blocks(octets: bytes) -> list[bytes]:
    return [octets[i : i + BLOCK] for i in range(0, len(octets), BLOCK)]


def _ghash(subkey: int, octets: bytes) -> int:
    total = 0
    for block in _blocks(octets):
        total ^= int.from_bytes(block, "big")
        product, factor = 0, subkey
        for bit in range(127, -1, -1):
            product ^= factor * (total >> bit & 1)
            factor = factor >> 1 ^ (0xE1 << 120) * (factor & 1)
        total = product
    return total


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % BLOCK)


def _bits(octets: bytes) -> bytes:
    return (8 * len(octets)).to_bytes(8, "big")


def _counter_mode(keys: list[bytes], iv: bytes, octets: bytes) -> bytes:
    pads = (encrypt_block(keys, iv + i.to_bytes(4, "big")) for i in range(2, 2 + len(_blocks(octets))))
    return _xor(octets, b"".join(pads))


def _tag(keys: list[bytes], iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    subkey = int.from_bytes(encrypt_block(keys, bytes(BLOCK)), "big")
    text = _padded(aad) + _padded(ciphertext) + _bits(aad) + _bits(ciphertext)
    return _xor(_ghash(subkey, text).to_bytes(BLOCK, "big"), encrypt_block(keys, iv + b"\0\0\0\1"))


def gcm_encrypt(key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
    keys = _round_keys(key)
    ciphertext = _counter_mode(keys, iv, plaintext)
    return ciphertext + _tag(keys, iv, ciphertext, aad)


def gcm_decrypt(key: bytes, iv: bytes, encrypted: bytes, aad: bytes) -> bytes:
    keys = _round_keys(key)
    ciphertext, tag = encrypted[:-BLOCK], encrypted[-BLOCK:]
    if len(tag) != BLOCK or _tag(keys, iv, ciphertext, aad) != tag:
        raise ValueError("tag")
    return _counter_mode(keys, iv, ciphertext)


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    keys = _round_keys(key)
    count = BLOCK - len(plaintext) % BLOCK
    done = [iv]
    for block in _blocks(plaintext + bytes([count]) * count):
        done.append(encrypt_block(keys, _xor(block, done[-1])))
    return b"".join(done[1:])


def cbc_decrypt(key: bytes, iv: bytes, encrypted: bytes) -> bytes:
    if not encrypted or len(encrypted) % BLOCK:
        raise ValueError("length")
    keys = _round_keys(key)
    pairs = itertools.pairwise([iv, *_blocks(encrypted)])
    padded = b"".join(_xor(decrypt_block(keys, block), last) for last, block in pairs)
    count = padded[-1]
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError("padding")
    return padded[:-count]
