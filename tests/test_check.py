"""Every finding of the doctor, what it must not find, and the command."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.checking import RULES, Part, check, read_part
from contend.checking.duplicates import similar_texts, words_of
from contend.cli import main
from contend.document import Document, Relation, Segment
from contend.errors import ConfigError, FormatError
from contend.formats import write_documents
from contend.formats.jsonl import write_jsonl

ROOT = Path(__file__).parents[1]
TEXT = (
    "The council must close the road to cars. Nine people died on it last year, the police say. "
    "Shop owners fear for their trade. Trade grew where streets were closed."
)
CLAIM, EVIDENCE, COUNTER, ANSWER = (
    (TEXT.index(sentence), TEXT.index(sentence) + len(sentence))
    for sentence in (
        "The council must close the road to cars.",
        "Nine people died on it last year, the police say.",
        "Shop owners fear for their trade.",
        "Trade grew where streets were closed.",
    )
)
#: Another text with the same sentence ends.
CHANGED = TEXT.translate(str.maketrans("aeiou", "eioua"))
GOOD = (
    Segment(*CLAIM, "claim", thesis=True),
    Segment(*EVIDENCE, "evidence"),
    Segment(*COUNTER, "counterclaim"),
    Segment(*ANSWER, "claim"),
)
TREE = (Relation(1, 0, "supports"), Relation(2, 0, "attacks"), Relation(3, 2, "attacks"))


def good(name: str = "good", **changes) -> Document:
    return Document(**{"text": TEXT, "segments": GOOD, "relations": TREE, "id": name, **changes})


def codes(*documents: Document, **options) -> dict[str, int]:
    report = check([Part(name="p", documents=documents)], **options)
    found: dict[str, int] = {}
    for each in report.findings:
        found[each.code] = found.get(each.code, 0) + 1
        assert each.message
        assert each.advice
        assert each.severity == RULES[each.code].severity
    return found


def other(seed: int, n: int = 60) -> str:
    """A text of made-up words, another for each seed."""
    rng = random.Random(seed)
    return " ".join(f"w{rng.randrange(5000)}" for _ in range(n)) + "."


def whole(name: str, text: str, label: str = "claim") -> Document:
    return Document(text, (Segment(0, len(text), label),), (), name)


def test_nothing_is_found_in_a_good_document():
    assert codes(good()) == {}
    assert codes(whole("x", other(1))) == {}


def test_every_rule_is_explained():
    page = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    for code, rule in RULES.items():
        assert f"| `{code}` | {rule.severity} |" in page, code


class TestDocuments:
    def test_empty_and_odd_texts(self):
        assert codes(good(), Document(" \n", id="e")) == {"empty-document": 1, "no-segments": 1}
        odd = Document("\ufeffA caf\ufffd.", (Segment(1, 8, "claim"),), (), "odd")
        assert codes(odd) == {"odd-characters": 1}

    def test_documents_without_segments(self):
        plain = Document(other(1), id="plain")
        found = codes(good(), plain)
        assert found == {"no-segments": 1}
        assert codes(plain, Document(other(2), id="q")) == {"unannotated": 1}

    def test_ids(self):
        same = [whole("x", other(1)), whole("y", other(3)), whole("x", other(2))]
        (found,) = check([Part(name="p", documents=same)]).findings
        assert found.code == "duplicate-id"
        assert found.message == "2 documents have the id 'x': number 1, 3 in p"
        assert codes(whole("", other(1)), whole("", other(2))) == {"no-id": 1}
        # One document in two test sets is no confusion of ids.
        twice = [
            Part(name=n, split=n, documents=[whole("x", other(1))]) for n in ("test", "test_b")
        ]
        assert [each.code for each in check(twice).findings] == ["duplicate"]


class TestSegments:
    @pytest.mark.parametrize(
        ("start", "end", "code"),
        [
            (CLAIM[0], CLAIM[1] + 1, "blank-edge"),
            (CLAIM[1], CLAIM[1] + 1, "blank-segment"),
            (CLAIM[0] + 1, CLAIM[1], "inside-word"),
            (CLAIM[0], CLAIM[1] - 3, "inside-word"),
            (CLAIM[1] - 1, CLAIM[1], "no-word"),
            (CLAIM[0], EVIDENCE[1], "crosses-sentence"),
        ],
    )
    def test_edges(self, start, end, code):
        document = Document(TEXT, (Segment(start, end, "claim"),), (), "x")
        (found,) = check([Part(name="p", documents=[document])]).findings
        assert (found.code, found.document, found.start, found.end) == (code, "x", start, end)

    def test_sentences_may_be_allowed(self):
        document = Document(TEXT, (Segment(CLAIM[0], COUNTER[1], "claim"),), (), "x")
        assert codes(document, sentences=False) == {}

    def test_shifted_offsets_are_one_error(self):
        moved = [Segment(s.start + 1, s.end, s.label) for s in GOOD]
        found = codes(Document(TEXT, tuple(moved), (), "x"))
        assert found == {"offsets": 1}

    def test_labels(self):
        odd = Document(TEXT, (Segment(*CLAIM, "claim"), Segment(*EVIDENCE, "Claim")), (), "x")
        assert codes(odd) == {"unknown-label": 1, "label-variants": 1}
        own = Document(TEXT, (Segment(*CLAIM, "Major"), Segment(*EVIDENCE, "Minor")), (), "x")
        assert codes(own) == {"other-labels": 1}
        assert codes(own, labels=["Major"]) == {"other-labels": 1, "unknown-label": 1}
        sets = Document(TEXT, (Segment(*CLAIM, "claim|evidence"),), (), "x")
        assert codes(sets) == {"label-set": 1}


class TestRelations:
    def test_a_thesis_is_expected_where_most_have_one(self):
        bare = good("bare", text=CHANGED, segments=[Segment(*CLAIM, "claim")], relations=())
        empty = good("empty", text=other(3), segments=(), relations=())
        assert codes(good(), bare) == {"no-thesis": 1}
        assert codes(good(), bare, thesis=False) == {}
        assert codes(good(), bare, empty) == {"no-segments": 1, "no-thesis": 1}
        many = [whole(f"d{i}", other(i)) for i in range(3)]
        assert codes(good(), *many) == {}
        assert codes(*many, thesis=True) == {"no-thesis": 3}

    def test_several_roots(self):
        assert codes(good(relations=TREE[:2])) == {"several-roots": 1}
        bare = tuple(Segment(s.start, s.end, s.label) for s in GOOD)
        assert codes(good(segments=bare), thesis=True) == {"no-thesis": 1}
        found = codes(good(segments=bare, relations=TREE[:1]), thesis=True)
        assert found == {"no-thesis": 1, "several-roots": 1}

    def test_relations_are_missed_where_others_have_them(self):
        lone = good("lone", text=CHANGED, relations=())
        assert codes(good(), lone) == {"no-relations": 1}

    def test_the_thesis(self):
        segments = (Segment(*CLAIM, "evidence", thesis=True), *GOOD[1:])
        assert "thesis-label" in codes(good(segments=segments))
        rooted = (*TREE, Relation(0, 3, "supports"))
        found = codes(good(relations=rooted))
        assert found == {"thesis-relation": 1, "cycle": 1}

    def test_several_targets(self):
        assert codes(good(relations=(*TREE, Relation(1, 3, "supports")))) == {"several-targets": 1}

    def test_circles_are_found_once(self):
        ring = (TREE[0], Relation(2, 3, "attacks"), Relation(3, 2, "attacks"))
        (found,) = [
            each
            for each in check([Part(name="p", documents=[good(relations=ring)])]).findings
            if each.code == "cycle"
        ]
        spans = [f"{s}:{e}" for s, e in (COUNTER, ANSWER, COUNTER)]
        assert found.message == f"2 segments lead to one another: {' -> '.join(spans)}"

    @pytest.mark.parametrize(
        ("source", "label", "target", "allowed"),
        [
            ("claim", "supports", "claim", True),
            ("claim", "attacks", "counterclaim", True),
            ("evidence", "supports", "evidence", True),
            ("evidence", "attacks", "counterclaim", True),
            ("counterclaim", "attacks", "claim", True),
            ("claim|evidence", "attacks", "claim|counterclaim", True),
            ("Premise", "attacks", "Claim", True),
            ("claim", "attacks", "claim", False),
            ("claim", "supports", "evidence", False),
            ("counterclaim", "supports", "counterclaim", False),
            ("evidence", "attacks", "claim", False),
        ],
    )
    def test_labels_of_relations(self, source, label, target, allowed):
        segments = (Segment(*CLAIM, source), Segment(*EVIDENCE, target))
        found = codes(good(segments=segments, relations=(Relation(0, 1, label),)), labels=[])
        assert ("relation-labels" not in found) == allowed


class TestDuplicates:
    def test_the_same_words_within_and_across_splits(self):
        one, copy = whole("a", other(1)), whole("b", other(1).replace(" ", "\r\n").upper())
        assert codes(one, copy, sentences=False) == {"duplicate": 1}
        for splits, code in ((("train", "dev"), "leak"), (("", ""), "duplicate")):
            parts = [
                Part(name=n, split=split, documents=[document])
                for n, split, document in zip("pq", splits, (one, copy), strict=True)
            ]
            (found,) = check(parts, sentences=False).findings
            assert (found.code, found.document, found.others) == (code, "a", (("q", "b"),))

    def test_unannotated_pools_do_not_leak(self):
        parts = [
            Part(name="train", split="train", documents=[whole("a", other(1))]),
            Part(name="pool", split="pool", documents=[Document(other(1), id="b")]),
        ]
        assert {each.code for each in check(parts).findings} == {"duplicate", "unannotated"}

    def test_most_of_a_text_in_another(self):
        part = " ".join(other(1, 100).split()[:60])
        documents = whole("a", other(1, 100)), whole("b", f"{other(2, 30)} {part}")
        assert codes(*documents, sentences=False) == {"near-duplicate": 1}
        assert codes(*documents, sentences=False, similar=0.9) == {}
        assert codes(whole("a", "One two."), whole("b", "One two!")) == {"duplicate": 1}
        assert codes(whole("a", "One two."), whole("b", "One three.")) == {}

    @settings(max_examples=25)
    @given(
        st.lists(st.lists(st.sampled_from("abc"), max_size=14), max_size=8),
        st.sampled_from([0.2, 0.5, 1.0]),
    )
    def test_it_is_brute_force(self, texts, similar):
        def shingles(text):
            return {tuple(text[i : i + 3]) for i in range(len(text) - 2)}

        expected = {}
        for a, one in enumerate(map(shingles, texts)):
            for b, two in enumerate(map(shingles, texts)):
                least = min(len(one), len(two))
                if a < b and least and len(one & two) >= similar * least:
                    expected[a, b] = (len(one & two), least)
        found = similar_texts(texts, n_words=3, similar=similar)
        assert {(p.first, p.second): (p.n_shared, p.n_shorter) for p in found} == expected

    def test_a_formula_in_many_texts_makes_none_similar(self):
        formula = other(0, 20).split()
        texts = [[*formula, *other(seed, 100).split()] for seed in range(1, 70)]
        assert similar_texts(texts) == []
        copies = [[*formula, f"end{seed}"] for seed in range(60)]
        assert len(similar_texts(copies)) >= 59

    def test_two_thousand_articles_are_fast(self):
        rng = random.Random(0)
        words = [f"w{i}" for i in range(20_000)]
        texts = [rng.choices(words, k=700) for _ in range(2_000)]
        texts[1_500][:500] = texts[3][100:600]
        start = time.process_time()
        (found,) = similar_texts(texts)
        assert time.process_time() - start < 10
        assert (found.first, found.second) == (3, 1_500)

    def test_words_are_the_same_however_they_are_written(self):
        assert words_of("It’s “ﬁne” – isn't it?") == words_of('its "fine" - ISN’T\nit')


class TestUsage:
    def test_a_label_that_one_file_never_uses(self):
        def part(name: str, share: int) -> Part:
            documents = [
                whole(
                    f"{name}{i}",
                    other(i + 1000 * (name == "ben")),
                    "evidence" if i < share else "claim",
                )
                for i in range(40)
            ]
            return Part(name=name, documents=documents)

        parts = [part("anna", 10), part("ben", 0)]
        (found,) = check(parts).findings
        assert found.code == "unused-label"
        assert (
            "ben never uses 'evidence' in 40 segments; all others use it for 25.0%" in found.message
        )
        assert check([part("anna", 3), part("ben", 0)]).findings == ()  # may be chance

    def test_annotators_and_splits(self):
        def documents(who: str, label: str, n: int = 30) -> list[Document]:
            return [
                Document(
                    f"{who} {label} {i}",
                    (Segment(0, len(who), label),),
                    id=f"{who}{label}{i}",
                    meta={"annotator": who},
                )
                for i in range(n)
            ]

        found = check(
            [
                Part(name="one", split="train", documents=documents("ann", "claim")),
                Part(name="two", split="train", documents=documents("ann", "evidence")),
                Part(name="dev", split="dev", documents=documents("bob", "claim")),
            ]
        ).findings
        messages = [each.message for each in found if each.code == "unused-label"]
        assert any(m.startswith("annotator bob never uses 'evidence'") for m in messages)
        assert any(m.startswith("split dev never uses 'evidence'") for m in messages)


def test_statistics():
    report = check([Part(name="a", documents=[good()]), Part(name="b", documents=[])])
    of = report.statistics["a"]
    assert dict(of.labels) == {"claim": 2, "counterclaim": 1, "evidence": 1}
    assert dict(of.relations) == {"attacks": 2, "supports": 1}
    assert (of.n_documents, of.n_theses, of.n_words, of.covered) == (1, 1, 30, 1.0)
    claims = of.segment_words["claim"]
    assert (claims.least, claims.median, claims.most) == (6, 7, 8)
    assert report.statistics["b"].document_words is None
    assert report.total == of
    assert json.loads(report.to_json())["total"]["labels"]["claim"] == 2


def test_words_in_segments_where_no_blank_parts_words() -> None:
    segments = [Segment(0, 4, "claim"), Segment(4, 9, "evidence")]
    document = Document("关掉它。证据很多。 第二", segments)
    of = check([Part(name="a", documents=[document])]).total
    assert (of.n_words, of.covered) == (2, 0.5)


def test_options_are_checked():
    with pytest.raises(ConfigError, match="names that differ, found p, p"):
        check([Part(name="p", documents=[])] * 2)
    with pytest.raises(ConfigError, match="above 0 and up to 1, found 0"):
        check([Part(name="p", documents=[])], similar=0)


def raw(name: str, *segments: tuple[int, int], **more) -> str:
    items = [{"start": a, "end": b, "label": "claim", "text": TEXT[a:b]} for a, b in segments]
    return json.dumps({"id": name, "text": TEXT, "segments": items, **more})


class TestReading:
    def test_broken_lines_do_not_hide_the_others(self, tmp_path: Path):
        shifted = json.loads(raw("shifted", CLAIM))
        shifted["segments"][0]["start"] += 2
        lines = [
            raw("good", CLAIM),
            json.dumps(shifted),
            raw("overlap", CLAIM, (CLAIM[0] + 4, EVIDENCE[1])),
            "{broken",
            raw("far", CLAIM, relations=[{"source": 0, "target": 7, "label": "supports"}]),
        ]
        file = tmp_path / "mine.jsonl"
        file.write_text("\n".join(lines))
        part = read_part(file, split="dev", name="mine")
        assert [document.id for document in part.documents] == ["good", "shifted", "overlap", "far"]
        found = {each.code: each for each in part.problems}
        assert list(found) == ["offsets", "overlap", "unreadable", "bad-relation"]
        for number, each in zip((2, 3, 4, 5), found.values(), strict=True):
            assert f"{file}, line {number}: " in each.message
        assert found["overlap"].document == "overlap"
        assert all("repaired" not in document.meta for document in part.documents)

    def test_the_first_of_several_faults_is_said_of_none_of_them(self, tmp_path: Path):
        relations = [
            {"source": 0, "target": 7, "label": "supports"},
            {"source": 0, "target": 0, "label": "supports"},
        ]
        segment = {"start": 0, "end": 3, "label": "claim"}
        line = {"text": "Tea calms.", "segments": [segment], "relations": relations}
        (tmp_path / "x.jsonl").write_text(json.dumps(line))
        problems = read_part(tmp_path / "x.jsonl").problems
        assert [each.code for each in problems] == ["bad-relation", "bad-relation"]
        counted = "1 relations to segments that are not there, dropped; of all that was repaired"
        assert problems[0].message.startswith(counted)
        assert "line 1" in problems[0].message
        assert "there is no segment 7" in problems[0].message

    def test_units_of_other_programs_are_recognised(self, tmp_path: Path):
        text = "🚗 Shut it. Now."
        moved = {"start": 3, "end": 11, "label": "claim", "text": "Shut it."}
        line = json.dumps({"id": "x", "text": text, "segments": [moved]})
        (tmp_path / "mine.jsonl").write_text(line)
        part = read_part(tmp_path / "mine.jsonl")
        assert part.documents[0].segments[0].text == "Shut it."
        assert [each.code for each in part.problems] == ["offsets"]
        assert "UTF-16 units" in part.problems[0].message

    def test_a_folder_is_read_file_by_file(self, tmp_path: Path):
        for name, annotation in (
            ("a", f"T1\tclaim {CLAIM[0]} {CLAIM[1]}\t{TEXT[slice(*CLAIM)]}\n#1\tNote T1\tsee\n"),
            ("b", "T1\tclaim 0 4;6 8\tThe\n"),
            ("c", "nonsense\n"),
        ):
            (tmp_path / f"{name}.txt").write_text(TEXT)
            (tmp_path / f"{name}.ann").write_text(annotation)
        part = read_part(tmp_path)
        assert {document.id for document in part.documents} == {"a", "b"}
        found = [each.code for each in part.problems]
        assert found[-2:] == ["bad-segment", "unreadable"]

    def test_a_folder_of_inception_is_read_file_by_file(self, tmp_path: Path):
        pytest.importorskip("cassis", reason="needs the extra 'formats'")
        write_documents([whole(name, other(1)) for name in "abc"], tmp_path, format="inception")
        (tmp_path / "b.xmi").write_text("<broken")
        part = read_part(tmp_path)
        assert [document.id for document in part.documents] == ["a", "c"]
        (found,) = part.problems
        assert (found.code, "b.xmi" in found.message) == ("unreadable", True)
        assert "not read" not in found.message

    @pytest.mark.parametrize(
        ("format", "name", "old", "new"),
        [
            ("doccano", "x.jsonl", '"start_offset": 0', '"start_offset": "x"'),
            ("conll", "x.conll", "B-claim", "B-claim\tand\tmore"),
            ("label-studio", "x.json", '"start": 0', '"start": "x"'),
            ("kaggle", "train.csv", "-0,0,", "-0,x,"),
            ("web-annotation", "x.jsonld", '"start": 0', '"start": "x"'),
            ("aif", "", '"nodes"', '"others"'),
            ("brat", "", "T1", "what"),
        ],
    )
    def test_a_broken_document_hides_no_other(
        self, tmp_path: Path, format: str, name: str, old: str, new: str
    ):
        path = tmp_path / "corpus" / name
        path.parent.mkdir(exist_ok=True)
        write_documents(
            [whole(each, other(at)) for at, each in enumerate("abc")], path, format=format
        )
        if name:
            parts = path.read_text().split(old)
            path.write_text(old.join(parts[:2]) + new + old.join(parts[2:]))
        else:
            (file,) = [each for each in path.glob("b.*") if each.suffix != ".txt"]
            file.write_text(file.read_text().replace(old, new))
        part = read_part(path, format=format)
        assert [document.id for document in part.documents] == ["a", "c"]
        assert part.numbers == (1, 3)
        (found,) = [each for each in part.problems if each.severity == "error"]
        assert found.code == "unreadable"
        assert "not read" not in found.message

    def test_where_a_file_breaks_off_the_finding_says_so(self, tmp_path: Path, monkeypatch):
        monkeypatch.setattr("contend.files.LARGEST_PIECE_BYTES", 1 << 10)
        file = tmp_path / "x.jsonl"
        file.write_text("\n".join([raw("a", CLAIM), "x" * 2000, raw("c", CLAIM)]))
        part = read_part(file)
        assert [document.id for document in part.documents] == ["a"]
        (found,) = part.problems
        assert found.message.endswith("; what comes after this was not read")

    def test_what_lies_unread_in_a_folder_of_brat_is_told(self, tmp_path: Path):
        write_documents([whole("a", other(1))], tmp_path, format="brat")
        (tmp_path / "b.txt").write_text("Not annotated.")
        (found,) = read_part(tmp_path).problems
        assert (found.code, found.message) == ("passed-over", "1 texts without an .ann file")

    def test_what_is_not_there_is_an_error(self, tmp_path: Path):
        with pytest.raises(FormatError, match="no such file"):
            read_part(tmp_path / "none.jsonl")


class TestCommand:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write_jsonl([good()], "good.jsonl")
        write_jsonl([good("copy")], "copy.jsonl")
        write_jsonl([good(relations=TREE[:2])], "warned.jsonl")

    def run(self, *args: str, input: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["check", *args], input=input)

    def test_exit_codes(self):
        clean = self.run("good.jsonl")
        assert (clean.exit_code, clean.stderr) == (0, "")
        assert "Nothing found." in clean.stdout
        assert self.run("warned.jsonl").exit_code == 0
        assert self.run("warned.jsonl", "--strict").exit_code == 1
        leak = self.run("--train", "good.jsonl", "--dev", "copy.jsonl")
        assert leak.exit_code == 1
        assert "error leak: the same or nearly the same text in two splits" in leak.stdout
        assert "1 error" in leak.stdout
        assert self.run().exit_code == 2
        assert self.run("good.jsonl", "--path", "x").exit_code == 2
        assert self.run("none.jsonl").exit_code == 1

    def test_json(self):
        data = json.loads(self.run("good.jsonl", "warned.jsonl", "--json").stdout)
        assert data["counts"] == {"error": 0, "warning": 2, "note": 0}
        assert {each["code"] for each in data["findings"]} == {"duplicate", "several-roots"}
        assert list(data["statistics"]) == ["good.jsonl", "warned.jsonl"]

    def test_standard_input_and_options(self):
        lines = Path("warned.jsonl").read_bytes()
        assert self.run("-", "--no-thesis", input=lines).exit_code == 0
        own = self.run("good.jsonl", "--scheme", "claim, evidence", "--show", "0")
        assert own.exit_code == 1
        assert "unknown-label" in own.stdout
        assert "and 1 more" in own.stdout

    def test_many_files_have_one_column(self):
        for number in range(8):
            write_jsonl([whole(f"d{number}", other(number))], f"{number}.jsonl")
        result = self.run(*(f"{number}.jsonl" for number in range(8)))
        assert "all" in result.stdout
        assert "0.jsonl" not in result.stdout

    def test_a_terminal_obeys_nothing(self):
        evil = Document("\x1b[31mred", (Segment(0, 8, "x\x1b[0m"),), (), "id\x1b[2J")
        write_jsonl([evil], "evil.jsonl")
        assert "\x1b" not in self.run("evil.jsonl").stdout

    def test_the_corpus_of_the_project_has_no_error(self):
        result = self.run("--corpus", "soapbox", "--json")
        data = json.loads(result.stdout)
        assert data["counts"]["error"] == 0, data["findings"][:3]
        assert {"train", "dev", "test"} <= set(data["statistics"])


def test_meta_of_ones_own_is_no_report(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    meta = {"ignored": True, "repaired": {"by": None}}
    write_jsonl([replace(good(), meta=meta)], file)
    report = check([read_part(str(file), split="", format="", name="m")])
    assert not [each for each in report.findings if each.code == "passed-over"]


def test_json_of_what_no_terminal_can_show(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(
        '{"id": "a\\ud800", "text": "Hi there.",'
        ' "segments": [{"start": 0, "end": 2, "label": "claim\\udc00"}]}\n'
    )
    result = CliRunner(charset="cp1252").invoke(main, ["check", str(file), "--json"])
    assert not isinstance(result.exception, UnicodeError)
    assert json.loads(result.stdout_bytes)


def test_a_format_that_there_is_not() -> None:
    result = CliRunner().invoke(main, ["check", "x.jsonl", "--from", "word"])
    assert result.exit_code == 2
    assert "'word' is not one of 'jsonl', 'brat'" in result.stderr


def test_standard_input_is_json_lines() -> None:
    result = CliRunner().invoke(main, ["check", "-", "--from", "doccano"], input="{}")
    assert result.exit_code == 2
    assert "--from doccano: - is JSON Lines; name a file" in result.stderr
