"""QR codes, model 2, byte mode, versions 1 to 10, error correction level M: enough for 213 bytes of address.

Source: ISO/IEC 18004:2015; tables of capacities and alignment positions from its annexes.
"""

from functools import lru_cache
from typing import Final

Matrix = tuple[tuple[bool, ...], ...]

#: version → (error correction words a block, blocks of the first size, data words in them, blocks of the second size)
_BLOCKS: Final = {
    1: (10, 1, 16, 0), 2: (16, 1, 28, 0), 3: (26, 1, 44, 0), 4: (18, 2, 32, 0), 5: (24, 2, 43, 0),
    6: (16, 4, 27, 0), 7: (18, 4, 31, 0), 8: (22, 2, 38, 2), 9: (22, 3, 36, 2), 10: (26, 4, 43, 1),
}  # fmt: skip
_ALIGNMENT: Final = {
    1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42),
    9: (6, 26, 46), 10: (6, 28, 50),
}  # fmt: skip
_LEVEL_M: Final = 0b00
_FORMAT_MASK: Final = 0b101010000010010
_QUIET: Final = 4

_EXP: Final[list[int]] = [1] * 512
_LOG: Final[list[int]] = [0] * 256


def _fill_field() -> None:
    """Powers and logarithms of the field of 256 elements with the polynomial x^8 + x^4 + x^3 + x^2 + 1."""
    value = 1
    for power in range(255):
        _EXP[power] = value
        _LOG[value] = power
        value <<= 1
        if value & 0x100:
            value ^= 0x11D
    for power in range(255, 512):
        _EXP[power] = _EXP[power - 255]


_fill_field()


@lru_cache(maxsize=16)
def _generator(degree: int) -> tuple[int, ...]:
    """Coefficients of the generator polynomial of the Reed-Solomon code, highest power first."""
    found = [1]
    for power in range(degree):
        longer = [*found, 0]
        for place, coefficient in enumerate(found):
            if coefficient:
                longer[place + 1] ^= _EXP[_LOG[coefficient] + power]
        found = longer
    return tuple(found)


def correction_words(data: list[int], count: int) -> list[int]:
    """Remainder of the data, as a polynomial, by the generator: the words of error correction."""
    generator = _generator(count)
    rest = [*data, *([0] * count)]
    for place in range(len(data)):
        factor = rest[place]
        if factor:
            for offset, coefficient in enumerate(generator):
                if coefficient:
                    rest[place + offset] ^= _EXP[_LOG[coefficient] + _LOG[factor]]
    return rest[len(data) :]


def _data_words(version: int) -> int:
    _ecc, first, words, second = _BLOCKS[version]
    return first * words + second * (words + 1)


def choose_version(size: int) -> int:
    """The smallest version that holds so many bytes. Raises ValueError beyond 213."""
    for version in _BLOCKS:
        count_bits = 8 if version < 10 else 16
        if 4 + count_bits + 8 * size <= 8 * _data_words(version):
            return version
    raise ValueError(f"a QR code of version 10 holds at most 213 bytes, got {size}")


def _message(data: bytes, version: int) -> list[int]:
    """Data and correction words, interleaved as they are drawn."""
    capacity = _data_words(version)
    bits = f"0100{len(data):0{8 if version < 10 else 16}b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, capacity * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[number % 2] for number in range(capacity - len(words))]
    count, first, size, second = _BLOCKS[version]
    blocks, at = [], 0
    for length in [size] * first + [size + 1] * second:
        blocks.append(words[at : at + length])
        at += length
    corrections = [correction_words(block, count) for block in blocks]
    drawn = [
        block[place] for place in range(size + (1 if second else 0)) for block in blocks if place < len(block)
    ]
    return drawn + [block[place] for place in range(count) for block in corrections]


class _Drawing:
    """The square while it is drawn: `dark` modules, and which of them are `fixed` patterns that no mask touches."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.size = 17 + 4 * version
        self.dark = [[False] * self.size for _ in range(self.size)]
        self.fixed = [[False] * self.size for _ in range(self.size)]
        self._patterns()

    def put(self, row: int, column: int, *, dark: bool) -> None:
        self.dark[row][column] = dark
        self.fixed[row][column] = True

    def _patterns(self) -> None:
        last = self.size - 7
        for row, column in ((0, 0), (0, last), (last, 0)):
            for down in range(-1, 8):
                for right in range(-1, 8):
                    if 0 <= row + down < self.size and 0 <= column + right < self.size:
                        ring = max(abs(down - 3), abs(right - 3))
                        self.put(row + down, column + right, dark=ring in {0, 1, 3})
        for place in range(8, self.size - 8):
            self.put(6, place, dark=place % 2 == 0)
            self.put(place, 6, dark=place % 2 == 0)
        places = _ALIGNMENT[self.version]
        for row in places:
            for column in places:
                if (row, column) in {(6, 6), (6, self.size - 7), (self.size - 7, 6)}:
                    continue
                for down in range(-2, 3):
                    for right in range(-2, 3):
                        self.put(row + down, column + right, dark=max(abs(down), abs(right)) != 1)
        self.write_format(0)  # keeps the places
        if self.version >= 7:
            self._write_version()

    def write_format(self, mask: int) -> None:
        """Level and mask, twice, with their own correction."""
        data = _LEVEL_M << 3 | mask
        rest = data
        for _ in range(10):
            rest = (rest << 1) ^ ((rest >> 9) * 0b10100110111)
        bits = (data << 10 | rest) ^ _FORMAT_MASK
        on = [bool(bits >> number & 1) for number in range(15)]
        for number in range(6):
            self.put(number, 8, dark=on[number])
            self.put(8, number, dark=on[14 - number])
        self.put(7, 8, dark=on[6])
        self.put(8, 8, dark=on[7])
        self.put(8, 7, dark=on[8])
        for number in range(8):
            self.put(8, self.size - 1 - number, dark=on[number])
        for number in range(7):
            self.put(self.size - 1 - number, 8, dark=on[14 - number])
        self.put(self.size - 8, 8, dark=True)

    def _write_version(self) -> None:
        rest = self.version
        for _ in range(12):
            rest = (rest << 1) ^ ((rest >> 11) * 0b1111100100101)
        bits = self.version << 12 | rest
        for number in range(18):
            dark = bool(bits >> number & 1)
            across, along = self.size - 11 + number % 3, number // 3
            self.put(along, across, dark=dark)
            self.put(across, along, dark=dark)

    def fill(self, words: list[int]) -> None:
        """Data in pairs of columns from the right, up and down in turn, around the fixed patterns."""
        bits = [bool(word >> shift & 1) for word in words for shift in range(7, -1, -1)]
        at = 0
        upward = True
        for right in [*range(self.size - 1, 6, -2), *range(5, 0, -2)]:
            rows = range(self.size - 1, -1, -1) if upward else range(self.size)
            for row in rows:
                for column in (right, right - 1):
                    if not self.fixed[row][column]:
                        self.dark[row][column] = at < len(bits) and bits[at]
                        at += 1
            upward = not upward

    def masked(self, mask: int) -> Matrix:
        self.write_format(mask)
        return tuple(
            tuple(
                dark ^ (not fixed and _mask(mask, row, column))
                for column, (dark, fixed) in enumerate(zip(darks, fixeds, strict=True))
            )
            for row, (darks, fixeds) in enumerate(zip(self.dark, self.fixed, strict=True))
        )


def _mask(mask: int, row: int, column: int) -> bool:
    product = row * column
    return (
        (row + column) % 2,
        row % 2,
        column % 3,
        (row + column) % 3,
        (row // 2 + column // 3) % 2,
        product % 2 + product % 3,
        (product % 2 + product % 3) % 2,
        ((row + column) % 2 + product % 3) % 2,
    )[mask] == 0


def penalty(matrix: Matrix) -> int:
    """How badly a scanner would fare: runs, blocks, false finder patterns, uneven darkness (7.8.3)."""
    size = len(matrix)
    total = 0
    for lines in (matrix, tuple(zip(*matrix, strict=True))):
        for line in lines:
            text = "".join("1" if dark else "0" for dark in line)
            for run in text.replace("01", "0 1").replace("10", "1 0").split():
                if len(run) >= 5:
                    total += len(run) - 2
            for pattern in ("10111010000", "00001011101"):
                at = text.find(pattern)
                while at >= 0:
                    total += 40
                    at = text.find(pattern, at + 1)
    for row in range(size - 1):
        for column in range(size - 1):
            if (
                matrix[row][column]
                == matrix[row][column + 1]
                == matrix[row + 1][column]
                == matrix[row + 1][column + 1]
            ):
                total += 3
    dark = sum(map(sum, matrix))
    return total + 10 * (abs(dark * 20 - size * size * 10) // (size * size))


def encode(text: str, *, mask: int | None = None) -> Matrix:
    """The square of a text (as UTF-8), True for dark, without its quiet zone. `mask` 0..7 is chosen when not given.

    Raises ValueError when the text has more than 213 bytes.
    """
    data = text.encode()
    version = choose_version(len(data))
    drawing = _Drawing(version)
    drawing.fill(_message(data, version))
    if mask is not None:
        return drawing.masked(mask)
    return min((drawing.masked(number) for number in range(8)), key=penalty)


@lru_cache(maxsize=64)
def to_svg(text: str, label: str = "") -> str:
    """One SVG element, dark on white whatever the theme, with the quiet zone a scanner needs.

    `label` is the text alternative and is written as it is: letters, digits and spaces only, anything else is left out.
    """
    matrix = encode(text)
    side = len(matrix) + 2 * _QUIET
    path = []
    for row, line in enumerate(matrix):
        column = 0
        while column < len(line):
            if not line[column]:
                column += 1
                continue
            start = column
            while column < len(line) and line[column]:
                column += 1
            path.append(f"M{start + _QUIET} {row + _QUIET}h{column - start}v1h-{column - start}z")
    name = "".join(character for character in label if character.isalnum() or character == " ")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img" '
        f'aria-label="{name or "QR"}"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{"".join(path)}" fill="#000"/></svg>'
    )
