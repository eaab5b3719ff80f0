"""Label Studio: a JSON list of tasks, each with a text and its annotations or predictions.

Source: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions

A region of type ``labels`` is a segment, one with several labels a segment with a set of
admissible labels; a result of type ``relation`` is a relation. The choice ``thesis`` of a region
marks the thesis; other choices of regions and their text fields are kept in
``meta["attributes"]``, the field ``note`` as the annotator's note. Documents with scores are
written as predictions, which Label Studio shows for correction, others as annotations. ``data``
of a task holds ``text``, ``id`` and ``meta``; what else it has becomes entries of ``meta``.

``start`` and ``end`` count Unicode code points, and a line end of two characters counts two:
Label Studio's editor converts from UTF-16 units itself (``selection-tools.js``,
``charsToCodePoints``). Old versions did not; their files are found out by their quoted texts.
The labelling configuration that fits what is written::

    <View>
      <Labels name="label" toName="text"><Label value="claim"/>...</Labels>
      <Choices name="thesis" toName="text" perRegion="true"><Choice value="thesis"/></Choices>
      <TextArea name="note" toName="text" perRegion="true"/>
      <Relations choice="single">
        <Relation value="supports"/><Relation value="attacks"/>
      </Relations>
      <Text name="text" value="$text"/>
    </View>
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contend.document import Document, Segment
from contend.errors import FormatError
from contend.files import read_json, replacing
from contend.formats.assemble import Link, Span, assemble
from contend.formats.base import (
    AS_IS,
    ATTRIBUTE_VALUES,
    ATTRIBUTES,
    NOTE,
    Losses,
    ReadOptions,
    attributes_of,
)
from contend.formats.jsonl import encode_json

#: Names of the tags in the labelling configuration.
LABELS, TEXT, THESIS = "label", "text", "thesis"
_CHANGED = "prediction-changed"  # the origin of a suggested region that was corrected
_ADVICE = "export the project in parts (a filter or a tab in its Data Manager)"


def read_label_studio(path: str | Path, options: ReadOptions = AS_IS) -> Iterator[Document]:
    """The documents of an export or of tasks for import.

    Of a task's annotations the one marked as ground truth is read, else the last that was not
    skipped; the last prediction is read of a task that nobody has annotated or skipped. The
    others and drafts are counted in ``meta["ignored"]``, and so are documents read from
    predictions if other tasks of the file have annotations. In files of old versions annotations
    are called completions.

    Raises:
        FormatError: if the file is not JSON of Label Studio; the message names the task.
    """
    tasks = read_json(path, advice=_ADVICE)
    if isinstance(tasks, Mapping):
        tasks = [tasks]  # a single task, as Label Studio gives it for import from a cloud
    if not isinstance(tasks, list):
        raise FormatError(f"{path}: expected a list of tasks, found {type(tasks).__name__}")
    finished = any(isinstance(task, Mapping) and _made(task) for task in tasks)
    for number, task in enumerate(tasks, 1):
        with options.reading_one():
            yield _decode(task, f"{path}, task {number}", options, finished=finished)


def write_label_studio(
    documents: Iterable[Document], path: str | Path, *, predictions: bool | None = None
) -> Losses:
    """Write ``documents`` as tasks that Label Studio imports.

    Args:
        documents: any number.
        path: the file, which is replaced once all are written.
        predictions: whether segments are predictions for correction instead of annotations; by
            default those of documents with scores are.

    Returns:
        What Label Studio could not hold.

    Raises:
        FormatError: if the file cannot be written, or JSON cannot hold a document.
    """
    losses = Losses()
    with replacing(path) as file:
        before = "["
        for document in documents:
            task, lost = _encode(document, predictions)
            losses += lost
            file.write(f"{before}\n".encode() + encode_json(task, document))
            before = ","
        file.write(b"[]\n" if before == "[" else b"\n]\n")
    return losses


def _decode(task: Any, where: str, options: ReadOptions, *, finished: bool) -> Document:
    data = task.get("data") if isinstance(task, Mapping) else None
    if not isinstance(data, Mapping):
        raise FormatError(f"{where}: expected an object with 'data', {_found(task)}")
    key = _text_key(data)
    if not key:
        raise FormatError(
            f"{where}: expected the article under data.text (the keys of data are "
            f"{', '.join(data)}), {_found(task)}"
        )
    text = data[key]
    names = (each for each in (data.get("id"), task.get("id")) if each is not None)
    name = str(next(names, ""))
    where = f"{where} ({name})"
    results, ignored, made_by = _results(task, where, finished=finished)
    meta = {of: value for of, value in data.items() if of not in (key, "id")} | made_by
    if isinstance(data.get("meta"), dict):
        meta |= meta.pop("meta")
    regions = _Regions(where, ignored, named=_named(results))
    for result in results:
        regions.add(result)
    return assemble(
        text,
        regions.spans(text),
        regions.links,
        where=where,
        options=options,
        id=name,
        meta=meta,
        ignored=regions.ignored,
    )


def _found(task: Any) -> str:
    return f"found {str(task)[:60]!r}; export the project as JSON, not as JSON-MIN or CSV"


def _text_key(data: Mapping[str, Any]) -> str:
    """Where a task has its text: under ``text``, or the only string but an id; may be empty."""
    if TEXT in data:
        return TEXT if isinstance(data[TEXT], str) else ""
    strings = [key for key, value in data.items() if isinstance(value, str) and key != "id"]
    return strings[0] if len(strings) == 1 else ""


def _made(task: Mapping[str, Any]) -> Any:
    """The annotations of a task, also those that were skipped."""
    return task.get("annotations") or task.get("completions") or []


def _results(
    task: Mapping[str, Any], where: str, *, finished: bool
) -> tuple[list[Any], Counter[str], dict[str, Any]]:
    """The results to read, what is passed over, and who made them."""
    every, drafts = _made(task), task.get("drafts") or []
    predicted = task.get("predictions") or []
    for key, value in (("annotations", every), ("predictions", predicted), ("drafts", drafts)):
        if not isinstance(value, list):
            raise FormatError(f"{where}: expected a list under {key!r}, found {value!r:.60}")
    for each in every:
        if not isinstance(each, Mapping):
            raise FormatError(f"{where}: expected objects in 'annotations', found {each!r:.60}")
    made = [x for x in every if not (x.get("was_cancelled") or x.get("skipped"))]
    from_prediction = bool(predicted) and not every
    chosen = next((each for each in made if each.get("ground_truth")), None)
    # What a model suggests for a task that somebody has skipped is nobody's annotation.
    chosen = chosen or (made or (predicted if from_prediction else []) or [{}])[-1]
    ignored = Counter(
        {
            "documents read from predictions, others have annotations": int(
                from_prediction and finished
            ),
            "drafts": len(drafts),
            "further annotations": max(len(made) - 1, 0),
            "predictions": len(predicted) - from_prediction,
            "skipped annotations": len(every) - len(made),
        }
    )
    if not isinstance(chosen, Mapping) or not isinstance(chosen.get("result", []), list):
        raise FormatError(f"{where}: expected a list under 'result', found {str(chosen)[:60]!r}")
    meta = {}
    if chosen.get("model_version"):
        meta["model"] = chosen["model_version"]
    if isinstance(chosen.get("completed_by"), Mapping):
        meta["annotator"] = chosen["completed_by"].get("email", "")
    elif chosen.get("completed_by") is not None:
        meta["annotator"] = str(chosen["completed_by"])
    return _flat(chosen.get("result") or []), +ignored, meta


def _flat(results: list[Any]) -> list[Any]:
    """The results; label-studio-sdk puts the relations of a region into a list of their own."""
    lists = (each if isinstance(each, list) else [each] for each in results)
    return [each for some in lists for each in some]


def _named(results: list[Any]) -> frozenset[str]:
    """The ids of regions with labels."""
    regions = (each for each in results if isinstance(each, Mapping) and "id" in each)
    return frozenset(str(each["id"]) for each in regions if each.get("type") == "labels")


@dataclass(slots=True)
class _Regions:
    """The results of one annotation, by region; ``named`` are the ids of all regions."""

    where: str
    ignored: Counter[str]
    named: frozenset[str]
    regions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, result: Any) -> None:
        kind = result.get("type") if isinstance(result, Mapping) else None
        try:
            if kind == "labels" and result["value"].get(LABELS + "s"):
                self._add_region(str(result["id"]), result)
            elif kind == "relation":
                self._add_link(result)
            elif kind in ("choices", "textarea") and self._is_of_region(result):
                self._add_attribute(result, result["value"][TEXT if kind == "textarea" else kind])
            else:
                self.ignored[f"results of type {kind}"] += 1
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError(
                f"{self.where}: expected a result of type {kind} as Label Studio writes it, found "
                f"{str(result)[:80]!r} (no {error})"
            ) from None

    def _add_region(self, name: str, result: Mapping[str, Any]) -> None:
        labels = self._labels(result["value"][LABELS + "s"], f"region {name}")
        first = self.regions.setdefault(name, result)
        if first is result:
            return
        # The labels of another tag stand in the same place.
        places = [[each["value"].get(x) for x in ("start", "end")] for each in (first, result)]
        same = places[0] == places[1]
        what = "further labels of a region" if same else "regions with the id of another"
        self.ignored[what] += len(labels)

    def _labels(self, found: Any, place: str) -> list[str]:
        if not isinstance(found, list) or not all(isinstance(label, str) for label in found):
            raise FormatError(
                f"{self.where}, {place}: expected a list of labels, found {found!r:.60}"
            )
        return found

    def _is_of_region(self, result: Mapping[str, Any]) -> bool:
        """Whether it has the place of a region, as in an export, or at least its id."""
        return "start" in result["value"] or str(result.get("id")) in self.named

    def _add_link(self, result: Mapping[str, Any]) -> None:
        ends = [str(result["from_id"]), str(result["to_id"])]
        if result.get("direction") == "left":
            ends.reverse()
        elif result.get("direction") == "bi":
            self.ignored["second directions of relations in both"] += 1
        named = result.get("labels") or [""]
        # The library writes a plain word.
        labels = [named] if isinstance(named, str) else self._labels(named, f"relation {ends[0]}")
        self.ignored["further labels of relations"] += len(labels) - 1
        self.links.append(
            Link(
                source=ends[0],
                target=ends[1],
                label=labels[0],
                where=f"relation {ends[0]}",
                score=result.get("score"),
            )
        )

    def _add_attribute(self, result: Mapping[str, Any], values: Any) -> None:
        name = result["from_name"]
        values = [values] if isinstance(values, str) else values
        if name == NOTE:
            value: Any = "\n".join(values)
        else:
            value = values[0] if len(values) == 1 else list(values)
        value = True if value == name else value
        of_region = self.attributes.setdefault(str(result["id"]), {})
        before = of_region.get(name)
        if isinstance(before, str) and isinstance(value, str):
            value = f"{before}\n{value}"
        elif before is not None:
            self.ignored[f"further results {name} of a region"] += 1
        of_region[name] = value

    def spans(self, text: str) -> Iterator[Span]:
        for name, result in self.regions.items():
            value = result["value"]
            if not all(type(value.get(key)) is int for key in ("start", "end")):
                raise FormatError(
                    f"{self.where}: region {name}: expected whole numbers for start and end, found "
                    f"{value.get('start')!r} and {value.get('end')!r}; regions of HTML have paths "
                    "there: label with a Text tag, not HyperText"
                )
            attributes = self.attributes.pop(name, {})
            thesis = attributes.get(THESIS) is True
            if thesis:
                del attributes[THESIS]
            yield Span(
                start=value["start"],
                end=value["end"],
                label="|".join(value[LABELS + "s"]),
                name=name,
                where=f"region {name}",
                quoted=_quoted(value, text),
                thesis=thesis,
                # A corrected region keeps the score of what the model said instead.
                score=None if result.get("origin") == _CHANGED else result.get("score"),
                attributes=attributes,
            )
        for attributes in self.attributes.values():
            self.ignored["choices and notes of regions without a label"] += len(attributes)


def _quoted(value: Mapping[str, Any], text: str) -> str | None:
    """The text of a region; line ends are a backslash and an n where the editor wrote it."""
    quoted = value.get(TEXT)
    if not isinstance(quoted, str):
        return None
    found = text[value["start"] : value["end"]]
    return quoted if "\\n" in found else quoted.replace("\\n", "\n")


def _encode(document: Document, predictions: bool | None) -> tuple[dict[str, Any], Losses]:
    scores = [each.score for each in document.segments if each.score is not None]
    results: list[dict[str, Any]] = []
    for index, segment in enumerate(document.segments):
        results.append(
            _region(index, segment, LABELS, "labels", segment.label.split("|"))
            | ({} if segment.score is None else {"score": segment.score})
        )
        if segment.thesis:
            results.append(_region(index, segment, THESIS, "choices", [THESIS]))
    lost = 0
    attributes = attributes_of(document)
    for name, values in attributes.items():
        for index, value in enumerate(values):
            if value is None:
                continue
            if _holds(name, value):
                results.append(_attribute(index, document.segments[index], name, value))
            else:
                lost += 1
    results += [
        {
            "type": "relation",
            "from_id": _id(relation.source),
            "to_id": _id(relation.target),
            "direction": "right",
            "labels": [relation.label],
        }
        | ({} if relation.score is None else {"score": relation.score})
        for relation in document.relations
    ]
    held = ATTRIBUTES if attributes else None
    meta = {key: value for key, value in document.meta.items() if key != held}
    data = {TEXT: document.text, "id": document.id, "meta": meta}
    made: dict[str, Any] = {"result": results}
    if predictions or (predictions is None and scores):
        made["model_version"] = str(meta.get("model", ""))
        if scores:
            made["score"] = sum(scores) / len(scores)
        return {"data": data, "predictions": [made]}, Losses({ATTRIBUTE_VALUES: lost})
    if predictions is None and not results:
        return {"data": data}, Losses()
    made |= {"was_cancelled": False, "ground_truth": False}
    return {"data": data, "annotations": [made]}, Losses({ATTRIBUTE_VALUES: lost})


def _id(index: int) -> str:
    return f"s{index}"


def _region(
    index: int, segment: Segment, name: str, kind: str, values: list[str], key: str = ""
) -> dict[str, Any]:
    quoted = {} if key == TEXT else {TEXT: segment.text}
    return {
        "id": _id(index),
        "from_name": name,
        "to_name": TEXT,
        "type": kind,
        "value": {"start": segment.start, "end": segment.end, **quoted, key or kind: values},
    }


def _attribute(index: int, segment: Segment, name: str, value: Any) -> dict[str, Any]:
    if name == NOTE:
        return _region(index, segment, NOTE, "textarea", value.split("\n"), TEXT)
    values = value if isinstance(value, list) else [name if value is True else value]
    return _region(index, segment, name, "choices", values)


def _holds(name: str, value: Any) -> bool:
    """Whether choices can say it so that it is read the same."""
    if name == NOTE:
        return isinstance(value, str)
    several = isinstance(value, list) and len(value) > 1 and all(type(x) is str for x in value)
    return name != THESIS and (value is True or several or (type(value) is str and value != name))
