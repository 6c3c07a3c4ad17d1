"""What a browser may send: read as what it is, or refused by the part that is wrong."""

from __future__ import annotations

import pytest

from convviz.errors import ArgumentError
from convviz.widget import messages
from convviz.widget.messages import (
    ChoosePixel,
    FileRequest,
    Message,
    NumberEdit,
    OpenLayer,
    PartsRequest,
    Ping,
    PrefetchRequest,
    Press,
    PressPhase,
    SetPlace,
    SetText,
    SetTogether,
    ValuesRequest,
)

MOST = 2**53  # the integers that JavaScript has

KNOWN: list[tuple[dict[str, object], Message]] = [
    ({"ping": "7"}, Ping("7")),
    ({"fetch": "values"}, ValuesRequest()),
    ({"prefetch": "stride_nd width"}, PrefetchRequest("stride_nd width")),
    ({"request": "1", "parts": 0}, PartsRequest("1", 0)),
    ({"request": "1", "parts": MOST}, PartsRequest("1", MOST)),
    (
        {"request": "1", "save": "svg", "step": 0, "theme": "dark"},
        FileRequest("1", "svg", 0, "dark"),
    ),
    (
        {"request": "1", "tensor": "kernel", "index": 0, "text": "-2"},
        NumberEdit("1", "kernel", 0, "-2"),
    ),
    ({"request": "1", "pixel": [0, 12]}, ChoosePixel("1", (0, 12))),
    ({"request": "1", "pixel": []}, ChoosePixel("1", ())),
    ({"request": "1", "together": False}, SetTogether("1", False)),
    ({"request": "1", "phase": 0}, PressPhase("1", 0)),
    ({"request": "1", "open": 0}, OpenLayer("1", 0)),
    ({"request": "1", "open": 3}, OpenLayer("1", 3)),
    ({"request": "1", "action": "reset"}, Press("1", "reset")),
    ({"request": "1", "control": "num_groups", "place": -3}, SetPlace("1", "num_groups", -3)),
    ({"request": "1", "control": "num_groups", "place": -MOST}, SetPlace("1", "num_groups", -MOST)),
    ({"request": "1", "control": "kernel", "text": ""}, SetText("1", "kernel", "")),
]


@pytest.mark.parametrize(("content", "message"), KNOWN, ids=lambda each: type(each).__name__)
def test_a_message_is_read_as_what_it_is(content: dict[str, object], message: Message) -> None:
    assert messages.read(content) == message


@pytest.mark.parametrize("name", ["request", *sorted({name for sent, _ in KNOWN for name in sent})])
@pytest.mark.parametrize("wrong", [None, 1.5, {}, [[]], b"x"], ids=repr)
def test_a_part_of_a_wrong_type_is_refused_by_its_name(name: str, wrong: object) -> None:
    for sent, _ in KNOWN:
        if name in sent:
            with pytest.raises(ArgumentError) as refusal:
                messages.read({**sent, name: wrong})
            assert refusal.value.parameter == name


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("parts", -1),
        ("parts", MOST + 1),
        ("parts", True),
        ("index", -1),
        ("step", -1),
        ("phase", -1),
        ("open", -1),
        ("place", MOST + 1),
        ("place", -MOST - 1),
        ("pixel", "12"),
        ("pixel", {0: 1}),
        ("pixel", [0, "1"]),
        ("pixel", [True, 1]),
        ("tensor", "output"),
        ("action", "delete"),
        ("fetch", "all"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(part: str, wrong: object) -> None:
    sent = next(sent for sent, _ in KNOWN if part in sent)
    with pytest.raises(ArgumentError) as refusal:
        messages.read({**sent, part: wrong})
    assert refusal.value.parameter == part


@pytest.mark.parametrize("content", [None, 3, "x", [], [("ping", "7")], {}, {"request": "1"}])
def test_what_asks_for_nothing_is_no_message(content: object) -> None:
    with pytest.raises(ArgumentError):
        messages.read(content)


@pytest.mark.parametrize(
    ("content", "request_"),
    [({"request": "7", "x": 1}, "7"), ({"request": 7}, ""), ({}, ""), (None, ""), ([], "")],
)
def test_whoever_waits_for_an_answer_is_known_whatever_else_is_wrong(
    content: object, request_: str
) -> None:
    assert messages.request_of(content) == request_
