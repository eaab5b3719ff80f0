from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contend.scheme import LABELS, RELATION_LABELS, join_labels, split_label

NAMES = st.sets(st.sampled_from((*LABELS, "MajorClaim", "Premise")), min_size=1)


def test_names() -> None:
    assert LABELS == ("claim", "evidence", "counterclaim")
    assert RELATION_LABELS == ("supports", "attacks")


@given(NAMES, st.randoms())
def test_joined_labels_split_again_in_one_order(names: set[str], random: object) -> None:
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined]
    joined = join_labels(shuffled)
    assert joined == join_labels(names)
    assert set(split_label(joined)) == names
    assert join_labels(split_label(joined)) == joined


def test_order_is_that_of_the_scheme() -> None:
    assert join_labels({"counterclaim", "Premise", "claim"}) == "claim|counterclaim|Premise"
    assert split_label("claim") == ("claim",)
