"""QR codes against published values and an independent reading of the drawn square."""

import re
from collections.abc import Callable

import pytest

from core import qr


def read(matrix: qr.Matrix) -> bytes:
    """Decodes a square by the standard alone: format, mask, zigzag, blocks, and checks every block's correction."""
    size = len(matrix)
    version = (size - 17) // 4
    bits = sum(matrix[row][8] << number for number, row in enumerate([0, 1, 2, 3, 4, 5, 7, 8]))
    bits |= sum(matrix[8][column] << number for number, column in enumerate([7, 5, 4, 3, 2, 1, 0], 8))
    again = sum(matrix[8][size - 1 - number] << number for number in range(8))
    again |= sum(matrix[size - 7 + number][8] << (8 + number) for number in range(7))
    assert bits == again, "the two copies of the format differ"
    data = (bits ^ 0b101010000010010) >> 10
    assert data >> 3 == 0, "not level M"
    mask = data & 7
    conditions: list[Callable[[int, int], int]] = [
        lambda i, j: (i + j) % 2, lambda i, _j: i % 2, lambda _i, j: j % 3, lambda i, j: (i + j) % 3,
        lambda i, j: (i // 2 + j // 3) % 2, lambda i, j: i * j % 2 + i * j % 3, lambda i, j: (i * j % 2 + i * j % 3) % 2,
        lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
    ]  # fmt: skip
    centres = {1: [], 2: [6, 18], 3: [6, 22], 4: [6, 26], 5: [6, 30], 6: [6, 34], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50]}[version]  # fmt: skip

    def fixed(i: int, j: int) -> bool:
        if (i < 9 and j < 9) or (i < 9 and j >= size - 8) or (i >= size - 8 and j < 9) or i == 6 or j == 6:
            return True
        if version >= 7 and ((i < 6 and j >= size - 11) or (j < 6 and i >= size - 11)):
            return True
        corners = {(6, 6), (6, size - 7), (size - 7, 6)}
        return any(
            abs(i - row) <= 2 and abs(j - column) <= 2
            for row in centres
            for column in centres
            if (row, column) not in corners
        )

    found = []
    column, upward = size - 1, True
    while column > 0:
        column -= column == 6
        for step in range(size):
            row = size - 1 - step if upward else step
            found += [
                matrix[row][j] ^ (conditions[mask](row, j) == 0)
                for j in (column, column - 1)
                if not fixed(row, j)
            ]
        column, upward = column - 2, not upward
    words = [int("".join(map(str, map(int, found[at : at + 8]))), 2) for at in range(0, len(found) - 7, 8)]
    layout = {1: [(1, 16, 10)], 2: [(1, 28, 16)], 3: [(1, 44, 26)], 4: [(2, 32, 18)], 5: [(2, 43, 24)], 6: [(4, 27, 16)], 7: [(4, 31, 18)], 8: [(2, 38, 22), (2, 39, 22)], 9: [(3, 36, 22), (2, 37, 22)], 10: [(4, 43, 26), (1, 44, 26)]}[version]  # fmt: skip
    sizes = [length for count, length, _ecc in layout for _ in range(count)]
    ecc = layout[0][2]
    blocks: list[list[int]] = [[] for _ in sizes]
    at = 0
    for place in range(max(sizes)):
        for number, length in enumerate(sizes):
            if place < length:
                blocks[number].append(words[at])
                at += 1
    for _ in range(ecc):
        for block in blocks:
            block.append(words[at])
            at += 1
    for block in blocks:
        assert syndromes(block, ecc) == [0] * ecc, "a block does not agree with its correction"
    text = "".join(
        f"{word:08b}" for block, length in zip(blocks, sizes, strict=True) for word in block[:length]
    )
    assert text[:4] == "0100", "not byte mode"
    counted = 8 if version < 10 else 16
    length = int(text[4 : 4 + counted], 2)
    start = 4 + counted
    return bytes(int(text[start + 8 * n : start + 8 * n + 8], 2) for n in range(length))


def syndromes(block: list[int], count: int) -> list[int]:
    """Values of the block as a polynomial at the roots of the generator: zero when nothing is broken."""

    def times(a: int, b: int) -> int:
        product = 0
        while b:
            product ^= a if b & 1 else 0
            a, b = (a << 1) ^ (0x11D if a & 0x80 else 0), b >> 1
        return product

    found, root = [], 1
    for _ in range(count):
        value = 0
        for word in block:
            value = times(value, root) ^ word
        found.append(value)
        root = times(root, 2)
    return found


@pytest.mark.parametrize("size", [1, 14, 15, 26, 27, 42, 62, 84, 106, 122, 152, 180, 213])
def test_every_version_is_read_again(size: int) -> None:
    text = ("https://survey.example.org/s/" * 10)[:size]
    matrix = qr.encode(text)
    assert (len(matrix) - 17) // 4 == qr.choose_version(size)
    assert read(matrix) == text.encode()


@pytest.mark.parametrize("mask", range(8))
def test_every_mask_is_read_again(mask: int) -> None:
    assert read(qr.encode("满意度调查 /s/wAbC", mask=mask)).decode() == "满意度调查 /s/wAbC"


def test_correction_words_are_those_of_the_published_example() -> None:
    """HELLO WORLD at 1-M, as tutorials on the standard work it out."""
    data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17]
    assert qr.correction_words(data, 10) == [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]


@pytest.mark.parametrize(
    ("mask", "bits"), [(0, "101010000010010"), (5, "100000011001110"), (7, "100101010100000")]
)
def test_the_format_is_the_published_one(mask: int, bits: str) -> None:
    matrix = qr.encode("x", mask=mask)
    drawn = [matrix[8][column] for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        matrix[row][8] for row in (7, 5, 4, 3, 2, 1, 0)
    ]
    assert "".join("1" if dark else "0" for dark in drawn) == bits


def test_version_seven_carries_its_number() -> None:
    matrix = qr.encode("x" * 110)
    size = len(matrix)
    bits = "".join(
        "1" if matrix[number // 3][size - 11 + number % 3] else "0" for number in range(17, -1, -1)
    )
    assert bits == "000111110010010100"


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="213"):
        qr.encode("x" * 214)


def test_the_drawing_covers_the_dark_modules_and_leaves_a_quiet_zone() -> None:
    matrix = qr.encode("https://example.org/s/w")
    svg = qr.to_svg("https://example.org/s/w", "Code <b>")
    drawn = {
        (int(row), int(column) + step)
        for column, row, wide in re.findall(r"M(\d+) (\d+)h(\d+)", svg)
        for step in range(int(wide))
    }
    assert drawn == {(r + 4, c + 4) for r, line in enumerate(matrix) for c, dark in enumerate(line) if dark}
    assert f'viewBox="0 0 {len(matrix) + 8} {len(matrix) + 8}"' in svg
    assert "<b>" not in svg
