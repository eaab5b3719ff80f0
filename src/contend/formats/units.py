"""Offsets as other programs count them, in code points."""

from __future__ import annotations

from collections.abc import Callable


def utf16_places(text: str) -> list[int | None]:
    """For each offset in UTF-16 units the code point there, ``None`` inside of one."""
    places: list[int | None] = []
    for index, character in enumerate(text):
        places.append(index)
        if character > "\uffff":
            places.append(None)
    return [*places, len(text)]


def byte_places(text: str) -> list[int | None]:
    """For each offset in bytes of UTF-8 the code point there, ``None`` inside of one."""
    places: list[int | None] = []
    for index, character in enumerate(text):
        places.append(index)
        places += [None] * (len(character.encode("utf-8", "surrogatepass")) - 1)
    return [*places, len(text)]


def line_places(text: str) -> list[int | None]:
    """For each offset that counts CRLF as one character the code point there."""
    places: list[int | None] = [
        index
        for index, character in enumerate(text)
        if not (character == "\n" and text[index - 1 : index] == "\r")
    ]
    return [*places, len(text)]


#: What other programs count -> the places of ours.
UNITS: dict[str, Callable[[str], list[int | None]]] = {
    "UTF-16 units": utf16_places,
    "bytes of UTF-8": byte_places,
    "code points that count CRLF as one": line_places,
}
