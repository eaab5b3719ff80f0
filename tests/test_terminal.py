from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from contend.document import Document, Relation, Segment
from contend.render.terminal import compare, render

TEXT = "Shut the road [now].\n\nCars kill people, but some need them. They say so."


def example() -> Document:
    return Document(
        TEXT,
        (
            Segment(0, 20, "claim", True, 0.75),
            Segment(22, 38, "evidence", score=0.5),
            Segment(40, 59, "counterclaim"),
        ),
        (Relation(1, 0, "supports"), Relation(2, 0, "attacks")),
        "road",
    )


def shown(
    document: Document, *, encoding: str = "utf-8", width: int = 80, colour: bool = False
) -> str:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding, write_through=True, newline="\n") as file:
        render(
            document,
            Console(
                file=file,
                width=width,
                force_terminal=colour,
                color_system="standard" if colour else None,
                _environ={},
            ),
        )
        return raw.getvalue().decode(encoding)


def test_without_colour_all_is_said() -> None:
    out = shown(example())
    assert "road  14 words: claim 1, evidence 1, counterclaim 1" in out
    assert "[C1·thesis·75%] Shut the road [now]." in out
    assert "[E2→1·50%] Cars kill people[/], [X3⇢1] but some need them.[/] They say so." in out
    assert "C claim   E evidence   X counterclaim   → supports   ⇢ attacks   % how sure" in out
    assert "\x1b" not in out


def test_with_colour() -> None:
    out = shown(example(), colour=True)
    assert "\x1b[32mCars kill people\x1b[0m" in out
    assert "[/]" not in out


def test_no_color_is_obeyed() -> None:
    file = io.StringIO()
    render(example(), Console(file=file, force_terminal=True, _environ={"NO_COLOR": "1"}))
    assert "\x1b[32m" not in file.getvalue()
    assert "[/]" in file.getvalue()


def test_a_poor_encoding_is_enough() -> None:
    out = shown(Document(f"é…{TEXT}", id="naïve"), encoding="ascii")
    assert "na?ve" in out
    assert "[E2->1:50%]" in shown(example(), encoding="ascii")
    assert "[X3-x1]" in shown(example(), encoding="ascii")


def test_other_labels_are_named_in_full() -> None:
    document = Document(TEXT, (Segment(0, 20, "MajorClaim", True), Segment(22, 38, "Premise")))
    assert "[MajorClaim 1·thesis] Shut" in shown(document)
    assert "[Premise 2] Cars" in shown(document)


def test_nothing_to_show() -> None:
    assert "no passage marked" in shown(Document(""))
    assert "no passage marked" in shown(Document("Hello."))


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(20, 200))
def test_any_text_is_shown_without_obeying_it(text: str, width: int) -> None:
    out = shown(Document(text + ".", (Segment(0, len(text) + 1, text or "x"),)), width=width)
    assert not set(out) & ({chr(code) for code in range(32)} - {"\n"})


def test_long_articles_are_quick() -> None:
    n = 3000
    document = Document(
        "It is so. " * n,
        tuple(Segment(10 * i, 10 * i + 9, "claim") for i in range(n)),
        tuple(Relation(i, 0, "supports") for i in range(1, n)),
    )
    assert f"[C{n}→1]" in shown(document)


def test_compare() -> None:
    predicted = Document(
        TEXT, (Segment(0, 20, "claim", True), Segment(22, 38, "claim"), Segment(60, 72, "claim"))
    )
    file = io.StringIO()
    compare(predicted, example(), Console(file=file, width=90, _environ={}))
    lines = [" ".join(line.split()) for line in file.getvalue().splitlines()]
    assert "[C1·thesis·75%] [C1·thesis] same Shut the road [now]." in lines
    assert "[E2→1·50%] [C2] label differs Cars kill people" in lines
    assert "[X3⇢1] - missed but some need them." in lines
    assert "- [C3] too many They say so." in lines
    assert "1 same, 0 bounds differ, 1 label differs, 1 missed, 1 too many" in lines
