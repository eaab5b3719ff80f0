"""The graph in a file of AIF or xAIF: statements, where they stand, what leads where."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contend.errors import FormatError
from contend.files import read_text
from contend.formats.assemble import Link, Span
from contend.formats.base import ATTRIBUTES
from contend.formats.marked_text import is_marked, unmark

#: The label of a statement of which nobody says what it is.
UNKNOWN_LABEL = "proposition"
#: Our own field of xAIF.
OWN = "contend"
_OWN_KEYS = ("label", "thesis", "score", ATTRIBUTES)

_SPEAKER = re.compile(r"[^:\n]{1,60}:\s*")


@dataclass(slots=True)
class Graph:
    """The nodes and edges of a file.

    Attributes:
        where: the file, for messages.
        data: what it holds.
        own: what our own field holds, empty if another program wrote the file.
        ignored: what is passed over, complete once ``spans`` and ``links`` are used up.
        nodes: id -> type, text, and what our field or a classifier says of it.
        into: id -> the nodes from which edges lead to it.
        out_of: id -> the nodes to which edges lead from it.
        lost: ids of the statements that are not in the text.

    Raises:
        FormatError: if ``data`` is not AIF.
    """

    where: str
    data: Any
    own: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    into: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    out_of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: set[str] = field(default_factory=set)
    ignored: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        try:
            graph = self.data.get("AIF", self.data)
            for node in graph["nodes"]:
                name = str(node["nodeID"])
                if name in self.nodes:
                    raise FormatError(f"{self.where}: two nodes have the nodeID {name}")
                self.nodes[name] = {
                    "type": str(node["type"]),
                    "text": str(node.get("text") or ""),
                }
            for edge in graph["edges"]:
                self._add_edge(str(edge["fromID"]), str(edge["toID"]))
            if OWN in self.data:
                self.own = self.data[OWN]
                self._take_own()
            classified = self.data.get("propositionClassifier") or {}
            for each in classified.get("nodes") or []:
                node = self.nodes.get(str(each["nodeID"]), {})
                node.setdefault("label", each["propType"])
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError(
                f"{self.where}: expected AIF: 'nodes' with nodeID, text and type, 'edges' with "
                f"fromID and toID, below 'AIF' in xAIF; missing or of another kind: {error}"
            ) from None

    def _add_edge(self, source: str, target: str) -> None:
        if not {source, target} <= self.nodes.keys():
            self.ignored["edges from or to a node that is not there"] += 1
            return
        if self._type(source) == self._type(target) == "I":
            self.ignored["edges between statements without a node of inference or conflict"] += 1
        self.into[target].append(source)
        self.out_of[source].append(target)

    def _take_own(self) -> None:
        meta, name = self.own.get("meta", {}), self.own.get("id", "")
        if not isinstance(meta, dict) or not isinstance(name, str):
            raise TypeError(f"{OWN}.id and {OWN}.meta")
        for each in self.own["nodes"]:
            node = self.nodes.get(str(each["nodeID"]))
            if node is not None:  # another tool may have deleted it
                node |= {key: each[key] for key in _OWN_KEYS if key in each}

    def text_and_places(self, beside: Path) -> tuple[str, dict[str, tuple[int, int]]]:
        """The text, and where nodes are marked in it."""
        text = self.data.get("text")
        text = text.get("txt") if isinstance(text, Mapping) else text
        if self.own or (isinstance(text, str) and is_marked(text)):
            text, places = unmark(str(text or ""))
            return text, {name.removeprefix("node"): place for name, place in places.items()}
        if isinstance(text, str) and text.strip():
            return text, {}
        if beside.is_file():
            return read_text(beside), {}
        raise FormatError(
            f"{self.where}: expected the article: AIF holds the statements, and this file has no "
            f"'text'; put the article into {beside.name} beside it"
        )

    def spans(self, text: str, places: Mapping[str, tuple[int, int]]) -> Iterator[Span]:
        """The I nodes that have a place in the text."""
        statements = [name for name, node in self.nodes.items() if node["type"] == "I"]
        found = {name: self._marked(name, places) for name in statements}
        taken = [place for place in found.values() if place]
        for name in statements:
            place = found[name] or self._located(name, text, taken)
            if place is None:
                self.lost.add(name)
                taken_by_another = self._located(name, text, []) is not None
                why = "overlap another's" if taken_by_another else "are not in the text"
                self.ignored[f"statements whose words {why}"] += 1
                continue
            if found[name] is None:
                taken.append(place)
            node = self.nodes[name]
            yield Span(
                start=place[0],
                end=place[1],
                label=node.get("label", UNKNOWN_LABEL),
                name=name,
                where=f"node {name}",
                thesis=node.get("thesis", False),
                score=node.get("score"),
                attributes=node.get(ATTRIBUTES, {}),
            )

    def _marked(self, name: str, places: Mapping[str, tuple[int, int]]) -> tuple[int, int] | None:
        marked = (places[each] for each in (name, *self._locutions(name)) if each in places)
        return next((place for place in marked if place[0] < place[1]), None)

    def _located(
        self, name: str, text: str, taken: list[tuple[int, int]]
    ) -> tuple[int, int] | None:
        """The first place of a statement's words, or its locution's, that is free."""
        said = [self.nodes[name]["text"]]
        for locution in self._locutions(name):
            words = self.nodes[locution]["text"]
            said += [words, _SPEAKER.sub("", words, count=1)]
        for words in (each.split() for each in said):
            pattern = r"\s+".join(map(re.escape, words))
            for match in re.finditer(pattern, text) if words else ():
                start, end = match.span()
                if not any(start < other_end and other < end for other, other_end in taken):
                    return start, end
        return None

    def _locutions(self, name: str) -> list[str]:
        """The L nodes that lead to an I node by way of a YA node."""
        says = [each for each in self.into[name] if self._type(each) == "YA"]
        return [each for way in says for each in self.into[way] if self._type(each) == "L"]

    def _type(self, name: str) -> str:
        return str(self.nodes.get(name, {}).get("type", ""))

    def links(self, types: Mapping[str, str]) -> Iterator[Link]:
        """What leads from one statement to another; to be called after ``spans``."""
        for name, node in self.nodes.items():
            # No node is without a type, whatever types says of relations that are.
            kind = node["text"] if node["text"] and node["text"] in types else node["type"]
            if node["type"] == "I":
                continue
            if kind not in types:
                self.ignored[f"nodes of type {kind}"] += 1
                continue
            ends = [
                [each for each in of[name] if self._type(each) == "I"]
                for of in (self.into, self.out_of)
            ]
            if not all(ends):
                self.ignored[f"nodes of type {node['type']} not between two statements"] += 1
            for source in ends[0]:
                for target in ends[1]:
                    if {source, target} & self.lost:
                        self.ignored["relations of statements without a place"] += 1
                        continue
                    yield Link(
                        source=source,
                        target=target,
                        label=kind,
                        where=f"node {name}",
                        score=node.get("score"),
                    )
