"""Change My View Modes, version 2 (Hidey et al. 2017; Chakrabarty et al. 2019)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from contend import scheme
from contend.corpora.base import Corpus
from contend.document import Document, Relation, Segment, with_segments
from contend.errors import FormatError

_NO_TEXT = re.compile(r"<\?xml.*?\?>\s*|<!--.*?-->|<source>.*?</source>\s*", re.DOTALL)
_TAG = re.compile(r"<(/?)(thread|title|OP|reply|claim|premise)\b([^>]*)>")
_SUPPORTING = {"support", "agreement", "partial_agreement", "understand"}
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


class CMV(Corpus):
    """113 discussions of 37 threads where a view is put up to be changed, by several authors.

    Labels: ``main_claim`` (in the title), ``claim``, ``premise``. The text is that of the
    title and the posts, without markup. Relations that support: ``support``, ``agreement``,
    ``partial_agreement``, ``understand``; all others (``rebuttal``, ``undercutter``, ``attack``,
    ``disagreement`` and their partial kinds) attack. The author of each segment, as a number
    (the one whose view it is: ``"0"``), and its semantic type lie in ``meta["attributes"]``.
    Where one segment lies inside another the outer one is kept. What lies inside XML comments
    is not text.

    In our scheme each post is read as its author's. A claim that supports its own author or
    attacks another one is a claim; another one may be a concession, ``claim|counterclaim``.
    Premises are material or reasoning, ``claim|evidence``, and any of the three where they
    attack their own author. A single main claim is the thesis.
    """

    name = "cmv"
    folder = "cmv_modes"

    def data_files(self, path: Path) -> Iterable[Path]:
        """The threads as XML."""
        return (path / "v2.0").rglob("*.xml")

    def documents(self, path: Path) -> Iterator[Document]:
        """The discussions, by outcome and number."""
        files = (path / "v2.0").rglob("*.xml")
        for file in sorted(files, key=lambda file: (file.parent.name, int(file.stem))):
            yield _read(file)

    def to_scheme(self, document: Document) -> Document:
        """Labels by type and by whom a segment supports or attacks."""
        authors = document.meta["attributes"]["author"]
        main = [i for i, s in enumerate(document.segments) if s.label == "main_claim"]
        sure, own_attack = set(main), set()
        for relation in document.relations:
            same = authors[relation.source] == authors[relation.target]
            supports = relation.label == scheme.SUPPORTS
            if same == supports:
                sure.add(relation.source)
            elif same:
                own_attack.add(relation.source)
        segments = []
        for index, segment in enumerate(document.segments):
            labels: tuple[str, ...] = (scheme.CLAIM, scheme.COUNTERCLAIM)
            if segment.label == "premise":
                labels = scheme.LABELS if index in own_attack else (scheme.CLAIM, scheme.EVIDENCE)
            elif index in sure - own_attack:
                labels = (scheme.CLAIM,)
            label = scheme.join_labels(labels)
            segments.append(replace(segment, label=label, thesis=main == [index]))
        return with_segments(document, segments, document.relations)


@dataclass(slots=True)
class _Thread:
    """A thread while it is read: its text so far, and the segments that are whole."""

    text: str = ""
    title: bool = False
    author: str = "0"
    authors: dict[str, str] = field(default_factory=dict)
    segments: list[tuple[Segment, dict[str, str], str]] = field(default_factory=list)
    opened: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("claim", "premise"):
            self.opened.append((len(self.text), tag, attributes))
        else:
            self.title = tag == "title"
        if tag in ("OP", "reply"):
            known = len(self.authors)
            self.author = self.authors.setdefault(attributes.get("author", ""), str(known))

    def close(self, tag: str) -> None:
        if tag not in ("claim", "premise") or not self.opened:
            return
        start, tag, attributes = self.opened.pop()
        words = self.text[start:]
        if self.opened or not words.strip():
            return
        start += len(words) - len(words.lstrip())
        label = "main_claim" if self.title and tag == "claim" else tag
        segment = Segment(start, start + len(words.strip()), label)
        self.segments.append((segment, attributes, self.author))


def _read(file: Path) -> Document:
    """Read a thread. Some files are not well-formed XML, so only their tags are looked at."""
    try:
        markup = _NO_TEXT.sub("", file.read_bytes().decode("utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{file}: expected a thread as XML in UTF-8: {error}") from None
    thread, end = _Thread(), 0
    for tag in _TAG.finditer(markup):
        thread.text += html.unescape(markup[end : tag.start()])
        end = tag.end()
        if tag[1]:
            thread.close(tag[2])
        else:
            thread.open(tag[2], dict(_ATTRIBUTE.findall(tag[3])))
    meta = {
        "attributes": {
            "author": [author for _, _, author in thread.segments],
            "type": [attributes.get("type") for _, attributes, _ in thread.segments],
        },
    }
    segments = tuple(segment for segment, _, _ in thread.segments)
    name = f"{file.parent.name}-{file.stem}"
    return Document(thread.text, segments, tuple(_relations(thread)), name, meta)


def _relations(thread: _Thread) -> Iterator[Relation]:
    place = {attributes.get("id"): i for i, (_, attributes, _) in enumerate(thread.segments)}
    titles = [
        i for i, (segment, _, _) in enumerate(thread.segments) if segment.label == "main_claim"
    ]
    if titles:
        place["title"] = titles[0]
    for source, (_, attributes, _) in enumerate(thread.segments):
        kind = attributes.get("rel", "").strip()
        label = scheme.SUPPORTS if kind in _SUPPORTING else scheme.ATTACKS
        names = attributes.get("ref", "").split("_") if kind else []
        targets = {place[name.strip()] for name in names if name.strip() in place}
        for target in sorted(targets - {source}):
            yield Relation(source, target, label)
