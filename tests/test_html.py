from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import DocumentError
from contend.render.html import compare_page, fragment, page
from contend.render.layout import pair_segments, paragraphs

VOID = {"meta", "rect", "br", "link"}


class Page(HTMLParser):
    """Collects the article's text, ids, links and what every tag is called."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.described: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if "href" in values else []
        self.described += [values["aria-describedby"] or ""] if "aria-describedby" in values else []
        if tag not in VOID:
            self._open.append((tag, "text" in (values.get("class") or "").split()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(is_text for _, is_text in self._open):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def holdable(text: str) -> str:
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    awkward = st.sampled_from(
        ["\n", "\n\n", "\r\n", "\r", " ", "<b>", "</p>", "&amp;", "'\"", "\0", "é", "{{ x }}"]
    )
    characters = st.text(alphabet=st.characters(exclude_categories=()), max_size=8)
    text = "".join(draw(st.lists(awkward | characters, max_size=20)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    labels = st.sampled_from(
        ["claim", "evidence", "counterclaim", "MajorClaim", "claim|counterclaim"]
    )
    score = st.none() | st.floats(0, 1)
    segments = tuple(
        Segment(start, end, draw(labels | st.text(min_size=1)), score=draw(score))
        for start, end in pairwise(cuts)
        if draw(st.booleans())
    )
    relations = tuple(
        Relation(index, 0, draw(st.sampled_from(["supports", "attacks"])))
        for index in range(1, len(segments))
    )
    return Document(text, segments, relations, draw(st.text()))


@given(documents())
def test_article_in_the_page_is_the_text(document: Document) -> None:
    shown = Page(page(document))
    assert shown.text == holdable(document.text)
    assert len(set(shown.ids)) == len(shown.ids)
    assert {link.removeprefix("#") for link in shown.links} <= set(shown.ids)
    assert set(shown.described) <= set(shown.ids)
    assert len(shown.described) == len(document.segments)
    assert shown.tags <= Page(page(example())).tags


@given(documents())
def test_fragment_and_comparison_hold_the_text(document: Document) -> None:
    assert Page(fragment(document)).text == holdable(document.text)
    both = Page(compare_page([Document(document.text)], [document]))
    # The two stand beside each other, paragraph by paragraph.
    expected = [
        holdable("".join(piece.text for piece in (*paragraph.body, *paragraph.gap))) * 2
        for paragraph in paragraphs(document)
    ]
    assert both.text == "".join(expected)


@given(documents())
def test_pieces_are_the_text_and_every_segment_begins_and_ends_once(document: Document) -> None:
    pieces = [piece for p in paragraphs(document) for piece in (*p.body, *p.gap)]
    assert "".join(piece.text for piece in pieces) == document.text
    everything = list(range(len(document.segments)))
    assert [piece.segment for piece in pieces if piece.first] == everything
    assert [piece.segment for piece in pieces if piece.last] == everything
    for index, segment in enumerate(document.segments):
        assert "".join(p.text for p in pieces if p.segment == index) == segment.text


def example() -> Document:
    text = "Shut the road\n\nCars kill <people>. Some need them,\nthey say."
    return Document(
        text,
        (
            Segment(0, 13, "claim", True, 0.75),
            Segment(15, 34, "evidence", score=0.5),
            Segment(35, 60, "counterclaim"),
        ),
        (Relation(1, 0, "supports"), Relation(2, 0, "attacks")),
        "A & B",
        {"model": "small"},
    )


def test_page_says_what_it_shows() -> None:
    html = page(example())
    assert "<title>A &amp; B</title>" in html
    assert 'data-tag="2 evidence"' in html
    assert 'data-tag="1 thesis"' in html
    assert 'supports <a href="#d1s1">1</a>' in html
    assert 'attacks <a href="#d1s1">1</a>' in html
    assert 'title="2 evidence · supports 1 · score 0.50"' in html
    assert "1 supports, 1 attacks" in html
    assert "model small" in html
    assert "Cars kill &lt;people&gt;." in html


def test_page_is_self_contained() -> None:
    html = page(example())
    assert not re.search(r"https?:|src=|@import|url\(", html)
    assert "http" not in fragment(example())


def test_styles_of_a_fragment_are_scoped() -> None:
    style = re.search("<style>(.*?)</style>", fragment(example()), re.S)
    assert style
    rules = re.sub(r"@media[^{]*", "", style[1])
    selectors = re.findall(r"([^{}]+)\{", rules)
    assert selectors
    for selector in ",".join(selectors).split(","):
        assert not selector.strip() or ".contend" in selector, selector


def test_several_documents_have_distinct_ids_and_a_table_of_contents() -> None:
    shown = Page(page(example(), example()))
    assert len(set(shown.ids)) == len(shown.ids)
    assert shown.text == example().text * 2
    assert "#d2h" in shown.links


def test_empty_documents() -> None:
    assert "The text is empty." in page(Document(""))
    assert "No passage was marked." in page(Document("Nothing here."))


def test_paragraphs_are_divided_by_blank_lines_or_else_by_lines() -> None:
    def bodies(text: str) -> list[str]:
        return ["".join(piece.text for piece in p.body) for p in paragraphs(Document(text))]

    assert bodies("a\nb\n\nc\n") == ["a\nb", "c"]
    assert bodies("a\r\n \r\nb") == ["a", "b"]
    assert bodies("a\nb\n") == ["a", "b"]
    assert bodies("\n\na\nb\n\n") == ["", "a", "b"]


def test_pairs() -> None:
    text = "x" * 40
    gold = Document(
        text, (Segment(0, 10, "claim"), Segment(10, 20, "claim"), Segment(30, 40, "evidence"))
    )
    predicted = Document(
        text,
        (
            Segment(0, 10, "evidence"),
            Segment(12, 20, "claim"),
            Segment(22, 28, "claim"),
            Segment(30, 40, "evidence"),
        ),
    )
    pairs = [(p.gold, p.predicted, p.verdict) for p in pair_segments(gold, predicted)]
    assert pairs == [(0, 0, "label"), (1, 1, "bounds"), (None, 2, "only"), (2, 3, "same")]
    html = compare_page([predicted], [gold])
    assert "1 the same ✓, 1 with other bounds ≈, 1 with another label ≠" in html
    assert "0 only in gold and 1 only predicted" in html


def test_comparison_needs_one_text() -> None:
    with pytest.raises(DocumentError, match="different texts"):
        compare_page([Document("a")], [Document("b")])


def luminance(colour: tuple[float, float, float]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_at_least_aa() -> None:
    css = (files("contend.render") / "templates" / "contend.css").read_text()
    strongest = 0.17  # tint of a passage whose score is 1
    assert "calc(4% + 13% * var(--p))" in css
    schemes = [dict(re.findall(r"--(\w+): #([0-9a-f]{6})", block)) for block in css.split("}")[:2]]
    for colours in schemes:
        rgb = {k: tuple(int(v[i : i + 2], 16) / 255 for i in (0, 2, 4)) for k, v in colours.items()}

        def contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
            high, low = sorted((luminance(a), luminance(b)), reverse=True)  # type: ignore[arg-type]
            return (high + 0.05) / (low + 0.05)

        paper = rgb["paper"]
        assert contrast(rgb["soft"], paper) >= 4.5
        for number in range(8):
            ink = rgb[f"c{number}"]
            tint = tuple(
                strongest * i + (1 - strongest) * p for i, p in zip(ink, paper, strict=True)
            )
            assert contrast(ink, tint) >= 4.5, number
            assert contrast(rgb["ink"], tint) >= 4.5, number
            assert contrast(paper, ink) >= 4.5, number
