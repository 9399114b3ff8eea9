"""Characters that nobody sees but that change what is seen."""

from __future__ import annotations

# Embeddings, overrides and isolates make digits and words stand in another order than they are written in.
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "".join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n")
GONE = str.maketrans("", "", BIDI_CONTROLS + CONTROLS)


def without_hidden(text: str) -> str:
    """The text without controls of direction and of devices; line ends are all alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(GONE)
