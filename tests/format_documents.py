"""Documents for the tests of formats: one by hand and any that hypothesis draws."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.formats.base import ATTRIBUTES

# Astral, combining, no-break and exotic white space, what formats use themselves.
_ODD = "👩\u200d🚒e\u0301\u0308\u00a0\u2028\x85\x0b\x1c\ufeff\"'<&|\\=,;#_-:\n\r\t "
_LABELS = ("claim", "evidence", "counterclaim", "claim|counterclaim", "Major-Claim")


def example(*, id: str = "tea") -> Document:
    """A document with all that a document may have."""
    text = "Tea 🍵 calms me.\r\nCafe\u0301 is dear, says “Bo”.\n\nSo:\u00a0drink tea!\n"
    passages = ["Tea 🍵 calms me.", "Cafe\u0301 is dear, says “Bo”.", "So:\u00a0drink tea!"]
    labels = ["evidence", "claim|counterclaim", "claim"]
    segments = tuple(
        Segment(text.index(passage), text.index(passage) + len(passage), label, place == 2, score)
        for place, (passage, label, score) in enumerate(
            zip(passages, labels, (0.5, None, 1 / 3), strict=True)
        )
    )
    relations = (Relation(0, 2, "supports", 0.25), Relation(1, 2, "attacks"))
    meta = {
        "source": {"outlet": "The Kettle", "year": 2020},
        ATTRIBUTES: {"Sure": [True, None, None]},
    }
    return Document(text, segments, relations, id, meta)


def texts(*, surrogates: bool = False) -> st.SearchStrategy[str]:
    """Any text, odd characters more often than others."""
    any_character = st.characters(exclude_categories=() if surrogates else ("Cs",))
    common = st.sampled_from("ab \n")
    return st.lists(common | st.sampled_from(_ODD) | any_character, max_size=30).map("".join)


@st.composite
def documents(
    draw: st.DrawFn,
    *,
    surrogates: bool = False,
    meta: bool = True,
    labels: tuple[str, ...] = _LABELS,
) -> Document:
    """Any document that JSON can hold."""
    text = draw(texts(surrogates=surrogates).filter(_is_held_by_json))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    scores = st.none() | st.floats(0, 1)
    thesis = draw(st.integers(0, 6))
    segments = tuple(
        Segment(*span, draw(st.sampled_from(labels)), place == thesis, draw(scores))
        for place, span in enumerate(spans)
    )
    pairs = [(a, b) for a in range(len(spans)) for b in range(len(spans)) if a != b]
    chosen = draw(st.sets(st.sampled_from(pairs), max_size=4)) if pairs else set()
    kinds = st.sampled_from(["supports", "attacks"])
    relations = tuple(Relation(*pair, draw(kinds), draw(scores)) for pair in sorted(chosen))
    found = draw(st.dictionaries(st.sampled_from(["n", "a b", "model"]), _JSON)) if meta else {}
    return Document(text, segments, relations, draw(st.sampled_from(["x", "A-1", "ö"])), found)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('aé🍵\n"', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


def _is_held_by_json(text: str) -> bool:
    return not any(
        "\ud800" <= a <= "\udbff" and "\udc00" <= b <= "\udfff" for a, b in pairwise(text)
    )


def scores(document: Document) -> list[float | None]:
    """The scores of segments and relations, which equality leaves out."""
    return [each.score for each in (*document.segments, *document.relations)]


def without(document: Document, *, scores: bool = False, thesis: bool = False) -> Document:
    """``document`` without scores, or without the mark of its thesis."""
    segments = [
        replace(
            each,
            score=None if scores else each.score,
            thesis=False if thesis else each.thesis,
        )
        for each in document.segments
    ]
    relations = [replace(each, score=None if scores else each.score) for each in document.relations]
    return replace(document, segments=tuple(segments), relations=tuple(relations))


def assert_quay_as_corrected(found: Document) -> None:
    """``fixtures/*/quay``, which was corrected in the same way with each tool."""
    assert [(s.start, s.end, s.label) for s in found.segments] == [
        (26, 96, "claim"),
        (97, 177, "evidence"),
        (178, 238, "counterclaim"),
        (239, 254, "evidence"),
        (260, 326, "evidence"),
    ]
    assert [s.text for s in found.segments[2:]] == [
        "Some say that Señor Ibáñez’s accordion 🪗 wakes the children.",
        "It stops at ten",
        "the noise meter on the pier has never shown more than 48 decibels.",
    ]
    assert found.thesis == found.segments[0]
    assert set(found.relations) == {
        Relation(1, 0, "supports"),
        Relation(2, 0, "attacks"),
        Relation(3, 2, "attacks"),
        Relation(4, 2, "attacks"),
    }
