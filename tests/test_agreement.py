"""Agreement against other people's libraries, published examples, definitions, and its laws."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contend.document import Document, Relation, Segment
from contend.errors import ConfigError
from contend.metrics.agreement import agree
from contend.metrics.agreement_measures import agreement_measures
from contend.metrics.coefficients import (
    coincidence_counts,
    coincidences,
    fleiss_counts,
    fleiss_kappa,
    fleiss_of,
    fleiss_sums,
    krippendorff_alpha,
    table_of,
    word_ratings,
)
from contend.metrics.differences import differences
from contend.metrics.study import align
from contend.metrics.unitizing import alpha_u, disagreement, unit_distance, unitizing_counts
from contend.scheme import LABELS

laws = settings(max_examples=15)
NAMES = ("anna", "ben", "cem")


def words(first: int, last: int, label: str = "claim", **options) -> Segment:
    """A segment over the words ``first`` to ``last``, inclusive, of a text of one-letter words."""
    return Segment(2 * first, 2 * last + 1, label, **options)


def document(*segments, n=12, relations=(), id="") -> Document:
    return Document(("w " * n).rstrip(), tuple(segments), tuple(relations), id)


@st.composite
def annotated(draw, n: int, id: str = "") -> Document:
    cuts = sorted(draw(st.sets(st.integers(0, n), max_size=8)))
    spans = [(a, b - 1) for a, b in pairwise(cuts) if draw(st.booleans())]
    thesis = draw(st.integers(0, len(spans))) if spans else 0
    segments = [
        words(*span, draw(st.sampled_from(LABELS)), thesis=place == thesis)
        for place, span in enumerate(spans)
    ]
    pairs = list(permutations(range(len(spans)), 2))
    chosen = draw(st.sets(st.sampled_from(pairs), max_size=3)) if pairs else ()
    relations = [Relation(*pair, draw(st.sampled_from(["supports", "attacks"]))) for pair in chosen]
    return document(*segments, n=n, relations=relations, id=id)


@st.composite
def annotations(draw, n_annotators: int = 3, complete: bool = False) -> dict[str, list[Document]]:
    """1 to 3 texts, each annotated by at least two of the annotators."""
    found: dict[str, list[Document]] = {name: [] for name in NAMES[:n_annotators]}
    for index in range(draw(st.integers(1, 3))):
        n = draw(st.integers(2, 14)) + 20 * index  # every text is another one
        lacking = None if complete else draw(st.sampled_from([None, *NAMES[2:n_annotators]]))
        for name, documents in found.items():
            if name != lacking:
                documents.append(draw(annotated(n, f"d{index}")))
    return found


def same(a, b) -> None:
    np.testing.assert_allclose(a, b, atol=1e-9)


def values(found) -> dict[str, float | None]:
    return {name: score.value for name, score in found.scores.items()}


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", examples A and C.
EXAMPLE_A = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
EXAMPLE_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


class TestWords:
    def test_alpha_of_the_published_examples(self):
        # Example C calls its values 1 to 5 and has 0 here where somebody did not judge.
        for ratings, n_values, expected in (
            (np.array(EXAMPLE_A), 2, 0.095),
            (np.array(EXAMPLE_C) - 1, 5, 0.743),
        ):
            found = krippendorff_alpha(coincidences(ratings, n_values))
            assert round(float(found), 3) == expected

    @laws
    @given(st.data())
    def test_alpha_is_that_of_the_krippendorff_library(self, data):
        import krippendorff

        shape = (data.draw(st.integers(2, 4)), data.draw(st.integers(2, 9)))
        value = st.integers(-1, 2)
        ratings = np.array([[data.draw(value) for _ in range(shape[1])] for _ in range(shape[0])])
        found = float(krippendorff_alpha(coincidences(ratings, 3)))
        judged = [column[column >= 0] for column in ratings.T]
        paired = {value for column in judged if len(column) > 1 for value in column.tolist()}
        if len(paired) < 2:
            assert np.isnan(found)
            return
        known = np.where(ratings < 0, np.nan, ratings.astype(float))
        same(found, krippendorff.alpha(known, level_of_measurement="nominal"))

    @laws
    @given(annotations(complete=True))
    def test_fleiss_kappa_is_that_of_statsmodels(self, found):
        from statsmodels.stats.inter_rater import fleiss_kappa as oracle

        study = align(found)
        ratings = np.concatenate([word_ratings(i, study.labels) for i in study.items], axis=1)
        n = len(study.labels) + 1
        table = np.stack([(ratings == value).sum(axis=0) for value in range(n)], axis=1)
        counts = fleiss_counts(study).sum(axis=0)
        for value in range(n - 1):
            binary = np.stack([table[:, value], 3 - table[:, value]], axis=1)
            if binary.any(axis=0).all():
                same(fleiss_kappa(fleiss_of(counts, value)), oracle(binary))
        if table.any(axis=0).sum() > 1:
            same(fleiss_kappa(counts), oracle(table))
        else:
            assert np.isnan(fleiss_kappa(counts))

    def test_fleiss_kappa_of_a_published_example(self):
        # Ten subjects, fourteen raters, five values; https://en.wikipedia.org/wiki/Fleiss'_kappa
        table = [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ]  # fmt: skip
        ratings = np.array([np.repeat(range(5), row) for row in table]).T
        assert round(float(fleiss_kappa(fleiss_sums(ratings, 5))), 3) == 0.210

    @laws
    @given(annotations(n_annotators=2))
    def test_cohens_kappa_of_a_label_is_that_of_scikit_learn(self, found):
        from sklearn.metrics import cohen_kappa_score

        study = align(found)
        measures = agreement_measures(study)
        one, other = np.concatenate([word_ratings(i, study.labels) for i in study.items], axis=1)
        for name, a, b in [("word_cohen_kappa", one, other)] + [
            (f"word_cohen_kappa/{label}", one == place, other == place)
            for place, label in enumerate(study.labels)
        ]:
            score = float(measures[name].score(measures[name].counts.sum(axis=0)))
            if len({*a.tolist(), *b.tolist()}) > 1:
                same(score, cohen_kappa_score(a, b))
            else:
                assert np.isnan(score)

    def test_a_label_against_all_else(self):
        table = coincidences(np.array(EXAMPLE_C) - 1, 5)
        binary = np.where(np.array(EXAMPLE_C) == 3, 0, 1)
        binary[np.array(EXAMPLE_C) == 0] = -1
        same(table_of(table, 2), coincidences(binary, 2))


def brute_force(units: list[list[tuple[int, int]]], length: int) -> tuple[float, float]:
    """Observed and expected disagreement, term by term as Krippendorff (2004) writes them."""

    def parts(own):
        found, at = [], 0
        for start, n in own:
            found += [(at, start - at, 0)] * (start > at) + [(start, n, 1)]
            at = start + n
        return found + [(at, length - at, 0)] * (at < length)

    def distance(one, other):
        (s, n, is_unit), (t, k, other_is) = one, other
        if is_unit and other_is and -n < s - t < k:
            return (s - t) ** 2 + (s + n - t - k) ** 2
        if is_unit and not other_is and k - n >= s - t >= 0:
            return n**2
        return k**2 if other_is and not is_unit and k - n <= s - t <= 0 else 0

    every, m = [parts(own) for own in units], len(units)
    observed = sum(
        distance(a, b) for one, other in permutations(every, 2) for a in one for b in other
    )
    flat = [part for of_one in every for part in of_one]
    n_units = sum(part[2] for part in flat)
    chance = 0.0
    for _, n, is_unit in flat:
        if is_unit:
            chance += (n_units - 1) / 3 * (2 * n**3 - 3 * n**2 + n)
            chance += sum(n**2 * (k - n + 1) for _, k, other in flat if not other and k >= n)
    places = m * length * (m * length - 1) - sum(n * (n - 1) for _, n, is_unit in flat if is_unit)
    return observed / (m * (m - 1) * length**2), 2 / length * chance / places


def unitized(units: dict[str, list[list[tuple[int, int]]]], length: int):
    """Annotations with units (start, length) by label and annotator; each label its own text."""
    return {
        str(place): [
            document(*(words(s, s + n - 1, label) for s, n in of_all[place]), n=length, id=label)
            for label, of_all in units.items()
        ]
        for place in range(len(next(iter(units.values()))))
    }


class TestUnits:
    def test_alpha_u_of_krippendorff_2004(self):
        # The worked example of "Measuring the Reliability of Qualitative Text Analysis Data" and
        # of Content Analysis (2nd edition), p. 254, from 150 to 450; its two codings may overlap,
        # so they are two documents here.
        for units, expected in (
            ([[(225, 70), (370, 30)], [(220, 80), (355, 20), (400, 20)]], (0.0144, 0.0532, 0.7286)),
            ([[(180, 60), (300, 50)]] * 2, (0.0, 0.0490, 1.0)),
        ):
            moved = [[(start - 150, n) for start, n in own] for own in units]
            counts = unitizing_counts(align(unitized({"c": moved}, 300)))
            sums = counts.packed().sum(axis=0)
            found = [float(each[0]) for each in disagreement(sums, counts.lengths)]
            found.append(float(alpha_u(sums, counts.lengths)))
            assert [round(each, 4) for each in found] == list(expected)

    def test_distances_of_krippendorff_1995(self):
        # "On the Reliability of Unitizing Contiguous Data", p. 57: four pairs of observers, 24
        # positions; the observed disagreements that the paper gives.
        for units, observed in (
            ([[(2, 8), (14, 6)], [(4, 4), (15, 2)]], 0.03125),
            (
                [[(0, 18)], [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 3), (9, 1)]],
                2.26736,
            ),
            (
                [
                    [(2, 6), (10, 2), (14, 4), (20, 2)],
                    [(0, 2), (4, 4), (10, 4), (16, 2), (20, 2)],
                ],
                0.02777,
            ),
            (
                [
                    [(0, 2), (2, 8), (10, 4), (14, 6), (20, 4)],
                    [(0, 4), (4, 4), (8, 7), (15, 2), (17, 7)],
                ],
                0.38715,
            ),
        ):
            # Each ordered pair counts: twice the distance, over m (m - 1) L squared.
            found = unit_distance([np.array(own) for own in units], 24) / (2 * 24**2)
            assert abs(found - observed) < 1e-5

    @laws
    @given(annotations(complete=True))
    def test_alpha_u_is_its_definition(self, found):
        for index in range(len(found["anna"])):
            study = align({name: [documents[index]] for name, documents in found.items()})
            counts = unitizing_counts(study)
            both = disagreement(counts.packed().sum(axis=0), counts.lengths)
            for place, label in enumerate(study.labels):
                units = [
                    [(s.start // 2, (s.end - s.start) // 2 + 1) for s in each.labelled(label)]
                    for each in study.items[0].present
                ]
                n = len(study.items[0].text.split())
                same([each[place] for each in both], brute_force(units, n))

    def test_texts_are_one_continuum_whose_gaps_end_with_them(self):
        one = unitized({"c": [[(0, 2)], [(1, 3)]]}, 6)
        twice = {name: [*docs, document(n=7, id="more")] for name, docs in one.items()}
        counts = unitizing_counts(align(twice))
        assert counts.packed().shape[0] == 2
        assert counts.gaps[1].sum() == 2
        assert counts.read.tolist() == [[6, 12], [7, 14]]


class TestLaws:
    @laws
    @given(annotations())
    def test_identical_annotations_agree(self, found):
        copies = dict.fromkeys(NAMES, found["anna"])
        scores = values(agree(copies, n_resamples=0))
        assert {value for value in scores.values() if value is not None} <= {1.0}

    @laws
    @given(annotations(), st.permutations(NAMES))
    def test_the_order_of_annotators_does_not_count(self, found, order):
        one = agree(found, n_resamples=5)
        other = agree({name: found[name] for name in order}, n_resamples=5)
        for name, score in values(one).items():
            expected = values(other)[name]
            assert (score is None) == (expected is None), name
            if score is not None:
                same(score, expected)
        assert {(d.document, d.start, d.end, d.kind) for d in one.differences} == {
            (d.document, d.start, d.end, d.kind) for d in other.differences
        }
        assert one.confusions() == other.confusions()

    @laws
    @given(annotations())
    def test_a_document_alone_scores_as_in_the_report(self, found):
        whole = agree(found, n_resamples=0)
        for item, each in zip(whole.study.items, whole.documents, strict=True):
            alone = {
                name: [d for d in documents if d.text == item.text]
                for name, documents in found.items()
            }
            scores = values(agree({n: d for n, d in alone.items() if d}, n_resamples=0))
            for name in ("word_alpha", "alpha_u", "exact_f1", "boundary_similarity"):
                expected = each.values[name]
                assert (scores[name] is None) == (expected is None), name
                if expected is not None:
                    same(scores[name], expected)

    @laws
    @given(annotations())
    def test_there_are_differences_where_there_is_disagreement(self, found):
        result = agree(found, n_resamples=0)
        kinds = {each.kind for each in result.differences}
        assert (result.scores["exact_f1"].value in (1.0, None)) == (
            not kinds & {"label", "boundaries", "label and boundaries", "missing"}
        )
        for each in result.differences:
            assert each.text == result.study.items[each.item].text[each.start : each.end]


def study_of(*rows: tuple[Document, ...]):
    return align({name: [row[i] for row in rows] for i, name in enumerate(NAMES[: len(rows[0])])})


class TestDifferences:
    @pytest.mark.parametrize(
        ("one", "other", "kind"),
        [
            ([words(0, 3)], [words(0, 3, "evidence")], "label"),
            ([words(0, 3)], [words(0, 4)], "boundaries"),
            ([words(0, 3)], [words(0, 1), words(2, 3)], "boundaries"),
            ([words(0, 3)], [words(0, 1), words(2, 3, "evidence")], "label and boundaries"),
            ([words(0, 3)], [], "missing"),
        ],
    )
    def test_kinds(self, one, other, kind):
        (found,) = differences(study_of((document(*one), document(*other))))
        assert (found.kind, found.start, found.end) == (kind, 0, max(s.end for s in one + other))
        assert [len(found.readings[name]) for name in NAMES[:2]] == [len(one), len(other)]

    def test_segments_that_overlap_in_a_chain_are_one_place(self):
        row = (document(words(0, 3), words(6, 7)), document(words(2, 6)), document(words(9, 9)))
        found = differences(study_of(row))
        assert [(each.start, each.end) for each in found] == [(0, 15), (18, 19)]

    def test_theses_and_relations(self):
        ends = (words(0, 1), words(2, 3, "evidence"), words(4, 5))
        support, attack = Relation(1, 0, "supports"), Relation(1, 2, "supports")
        one = document(*ends, relations=[support])
        other = document(*ends, relations=[attack])
        (found,) = differences(study_of((one, other)))
        assert (found.kind, found.text) == ("relation", "w w")
        assert [(r.label, r.start) for r in found.readings["ben"]] == [("supports", 8)]
        one, other = (
            document(*(words(s.start // 2, 2 * i + 1, thesis=i == t) for i, s in enumerate(ends)))
            for t in (0, 2)
        )
        (found,) = differences(study_of((one, other)))
        assert (found.kind, found.start, found.readings["ben"][0].start) == ("thesis", 0, 8)

    def test_who_never_marks_relations_does_not_annotate_them(self):
        ends = (words(0, 1, thesis=True), words(2, 3, "evidence"))
        full = document(*ends, relations=[Relation(1, 0, "supports")])
        bare = document(words(0, 1), words(2, 3, "evidence"))
        result = agree({"a": [full], "b": [bare], "c": [full]}, n_resamples=0)
        assert result.differences == ()
        assert result.scores["relation_f1"].value == 1.0
        assert result.scores["thesis_agreement"].value == 1.0
        alone = agree({"a": [full], "b": [bare]}, n_resamples=0).scores
        assert alone["relation_f1"].value is None
        assert alone["thesis_agreement"].value is None


class TestStudy:
    def test_documents_are_matched_by_text(self):
        one, two = document(n=3, id="x"), document(n=4, id="y")
        study = align({"a": [one, two], "b": [document(words(0, 0), n=4), document(n=3, id="z")]})
        assert [item.id for item in study.items] == ["x", "y"]
        assert study.alone == ()

    def test_equal_texts_are_told_apart_by_id(self):
        both = [document(n=3, id="x"), document(n=3, id="y")]
        study = align({"a": both, "b": both[::-1]})
        assert [[d.id for d in item.present] for item in study.items] == [["x", "x"], ["y", "y"]]
        with pytest.raises(ConfigError, match=r"a: document 'x' is there twice"):
            align({"a": [both[0]] * 2, "b": both})

    def test_a_text_of_one_annotator_is_kept_apart(self):
        shared, own = document(n=3, id="x"), document(n=4, id="own")
        study = align({"a": [shared, own], "b": [shared]})
        assert (len(study.items), study.alone) == (1, (("a", "own"),))

    def test_other_texts_under_one_id_are_an_error(self):
        with pytest.raises(ConfigError, match=r"'x': a and b have different texts.*code point 4"):
            align({"a": [Document("One two.", id="x")], "b": [Document("One  two.", id="x")]})

    def test_another_text_beside_those_that_share_one_is_an_error_too(self):
        shared, other = document(n=3, id="x"), document(n=4, id="x")
        for names in permutations(NAMES):
            found = dict(zip(names, ([shared], [shared], [other]), strict=True))
            expected = rf"'x': {names[0]} and {names[2]} have different texts"
            with pytest.raises(ConfigError, match=expected):
                align(found)
        # Ids of one annotator are that annotator's business, and no id is none.
        own = align({"a": [shared, other], "b": [replace(shared, id="y")]})
        assert own.alone == (("a", "x"),)
        nameless = [replace(each, id="") for each in (shared, other)]
        assert len(align({"a": nameless, "b": nameless[:1]}).alone) == 1

    def test_files_are_not_documents(self):
        expected = r"a: expected documents, found str; .*read_documents"
        with pytest.raises(ConfigError, match=expected):
            align({"a": "a.jsonl", "b": [document()]})

    def test_nothing_in_common(self):
        with pytest.raises(ConfigError, match="at least two annotators, found 1"):
            align({"a": [document()]})
        with pytest.raises(ConfigError, match="no text is annotated by two of a, b"):
            align({"a": [document(n=3)], "b": [document(n=4)]})


def test_missing_annotations_count_for_alpha_and_not_for_fleiss():
    full, part = document(words(0, 3), n=9, id="x"), document(words(0, 3), n=10, id="y")
    found = {"a": [full, part], "b": [full, part], "c": [full]}
    result = agree(found, n_resamples=10)
    assert result.scores["word_alpha"].n_documents == 2
    assert result.scores["word_fleiss_kappa"].n_documents == 1
    assert list(result.pairs) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert result.documents[1].n_segments == {"a": 1, "b": 1}
    table = coincidence_counts(result.study)
    assert table.sum(axis=(1, 2)).tolist() == [27, 20]  # words times annotators


def test_report():
    one = document(words(0, 3), words(4, 5, "evidence"), n=9, id="x")
    other = document(words(0, 2), words(4, 5, "claim"), n=9, id="x")
    more = [document(words(0, i), n=20 + i, id=f"m{i}") for i in range(5)]
    result = agree({"a": [one, *more], "b": [other, *more]}, n_resamples=50)
    data = json.loads(result.to_json())
    assert data["annotators"] == ["a", "b"]
    assert data["n_segments"]["a"] == {"claim": 6, "evidence": 1}
    assert data["confusions"] == [
        {"labels": ["claim", "evidence"], "words": 2},
        {"labels": ["claim", "none"], "words": 1},
    ]
    score = data["scores"]["word_alpha"]
    assert score["low"] <= score["value"] <= score["high"]
    assert "annotators:a+b|docs:6|" in score["signature"]
    assert "labels:claim+evidence+none" in score["signature"]
    assert [each["kind"] for each in data["differences"]] == ["boundaries", "label"]
    assert data["documents"][0]["n_differences"] == 2
    assert "word_alpha" in str(result)
    assert data["pairs"] == []
