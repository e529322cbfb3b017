"""Text as LaTeX that any engine sets without a package: what comes out is ASCII."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # Other characters in TeX's own fonts.
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    # Active in some languages of babel.
    '"': r"\char34{}",
    "`": r"\char96{}",
    # Behind the end of a row they would belong to it.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}

MATHEMATICS = {
    "−": "-",
    "±": r"\pm",
    "×": r"\times",
    "·": r"\cdot",
    "÷": r"\div",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "≪": r"\ll",
    "≫": r"\gg",
    "∼": r"\sim",
    "∝": r"\propto",
    "∞": r"\infty",
    "√": r"\surd",
    "∑": r"\sum",
    "∏": r"\prod",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∆": r"\Delta",
    "∈": r"\in",
    "∅": r"\emptyset",
    "∩": r"\cap",
    "∪": r"\cup",
    "⊕": r"\oplus",
    "⊗": r"\otimes",
    "⊙": r"\odot",
    "∘": r"\circ",
    "°": r"^{\circ}",
    "′": "'",
    "←": r"\leftarrow",
    "→": r"\to",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "↔": r"\leftrightarrow",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "†": r"\dagger",
    "‡": r"\ddagger",
    "§": r"\mathsection",
    "¶": r"\mathparagraph",
    "£": r"\mathsterling",
    "¬": r"\neg",
    "★": r"\star",
    "☆": r"\star",
    "✓": r"\surd",
    "✔": r"\surd",
    "✗": r"\times",
    "✘": r"\times",
    "•": r"\bullet",
    "●": r"\bullet",
    "○": r"\circ",
    "◆": r"\diamond",
    "◇": r"\diamond",
    "▲": r"\triangle",
    "△": r"\triangle",
    "µ": r"\mu",  # the sign of millionths, not the letter
    "ϕ": r"\phi",
    "ϵ": r"\epsilon",
    "ϑ": r"\vartheta",
}

GREEK = {
    **{letter: unicodedata.name(letter).split()[-1].lower() for letter in "αβγδζηθικμνξπρστυχψω"},
    **{letter: unicodedata.name(letter).split()[-1].capitalize() for letter in "ΓΔΘΞΠΣΥΦΨΩ"},
    "ε": "varepsilon",
    "λ": "lambda",
    "ς": "varsigma",
    "φ": "varphi",
    "Λ": "Lambda",
}
"""The letters that LaTeX has; the other capitals look like Latin ones."""

TEXT = {
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‐": "-",
    "‑": "-",
    "…": r"\ldots{}",
    "‘": r"\textquoteleft{}",
    "’": "'",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "„": ",,",
    "\u00a0": "~",
    "\u202f": r"\,",
    "\u2009": r"\,",
    "\u00ad": r"\-",
    "⁄": "/",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "¡": "!`",
    "¿": "?`",
}

ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
"""The command of every accent that a letter can have."""

RAISED = {"<super>": "^", "<sub>": "_"}

SIGNS = {
    **SPECIAL,
    **TEXT,
    **{character: f"${sign}$" for character, sign in MATHEMATICS.items()},
    **{character: f"$\\{name}$" for character, name in GREEK.items()},
}

LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=')(?=')")
"""Where TeX would make one dash or one quotation mark of two characters."""


def tex(text: str) -> str:
    """Text on one line, in ASCII; a character that LaTeX has no sign for is shown by its number, `[U+4E2D]`."""
    line = " ".join(part for part in re.split(r"[ \t\r\n\f\v]+", unicodedata.normalize("NFC", text)) if part)
    written = LIGATURE.sub("{}", "".join(map(_sign, line)))
    for command in RAISED.values():
        # Unicode raises digits one by one, LaTeX all together.
        written = written.replace("}$$" + command + "{", "")
    return written


@cache
def _sign(character: str) -> str:
    if character in SIGNS:
        return SIGNS[character]
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in ("Cc", "Cf"):
        return ""
    return _composed(character) or f"{{[}}U+{ord(character):04X}{{]}}"


def _composed(character: str) -> str:
    """A character by what Unicode makes it of: raised digits, a letter and its accent, other forms of the same."""
    kind, *codes = unicodedata.decomposition(character).split() or [""]
    if not kind.startswith("<"):
        base, accent = (chr(int(code, 16)) for code in (kind, *codes)) if len(codes) == 1 else ("", "")
        return f"\\{ACCENTS[accent]}{{{base}}}" if base.isascii() and accent in ACCENTS else ""
    inner = "".join(_sign(chr(int(code, 16))) for code in codes)
    return f"${RAISED[kind]}{{{inner.replace('$', '')}}}$" if kind in RAISED else inner
