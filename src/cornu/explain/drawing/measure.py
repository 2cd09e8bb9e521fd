"""How wide a text is, without a font: a table of widths of letters."""

from __future__ import annotations

# Widths in hundredths of the font size, of DejaVu Sans. It is the widest of the fonts that the pictures
# ask for, so that a text fits whichever of them is there.
_WIDTHS = {
    28: "'ijl",
    31: "IJ ,.·",
    34: "/:;\\|",
    37: "-fᵀ",
    40: "!()[]t²³¹",
    44: 'r"',
    50: "*_`‖",
    52: "sz∂⁻",
    55: "?cL",
    58: "Fk",
    60: "PvxyŷλTYaeoθ",
    65: "$0123456789ESbdghnpqu{}σΣ√βημKα∇",
    69: "ABVXZCR",
    75: "NUH",
    78: "&DGOQ",
    83: "w#+<=>^~×−÷→≤≥≈±M",
    99: "Wm%@…",
}
_BY_LETTER = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 65  # accented letters, Greek; those from U+2E80 on are square
_BOLD = 1.14
LINE = 1.35  # height of a line, in font sizes


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of one line of text in a font of this size.

    >>> round(text_width("Dense", 10), 1)
    31.5
    """
    hundredths = sum(_BY_LETTER.get(c, 100 if ord(c) >= 0x2E80 else _OTHER) for c in text)
    return hundredths / 100 * size * (_BOLD if bold else 1.0)
