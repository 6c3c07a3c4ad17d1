"""Slow motion and prediction without a browser: moves, totals, and what counts as a right answer.

The modules run in Node.js, as in test_browser_modules.py. Totals are held to partial sums: exact
ones of fractions, float32 ones bit for bit of the same order.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from scenes import Case, cases, reference
from test_browser_modules import Node

import convviz as cv
from convviz.compute import cpu
from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.plot.still import Still
from convviz.scene import decimals
from convviz.scene.scene import Scene

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    process = Node(tmp_path_factory.mktemp("node"))
    yield process
    process.close()


def integers(*shape: int) -> np.ndarray:
    return RNG.integers(1, 9, shape).astype(np.float32)


def scene_of(*arrays: np.ndarray, **parameters: Any) -> Scene:
    return cv.explore(*arrays, **parameters).scene


# Moves

SLOW = """(scene) => {
  const lookup = new Lookup(scene);
  return [...Array(scene.steps).keys()].map((step) => {
    const motions = motionsOf(lookup, lookup.place(step));
    return motions.map((motion) => [motion, totalAfter(lookup, step, motion.to)]);
  });
}"""


def slowly(node: Node, scene: Scene) -> list[list[tuple[dict[str, Any], dict[str, str]]]]:
    """By step the moves of a scene, each with the total after it."""
    return node(SLOW, json.loads(json.dumps(scene.message())))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=cases(most=4))
def test_moves_go_through_all_products_in_geometry_s_order_with_the_right_totals(
    node: Node, case: Case
) -> None:
    scene = case.scene()
    geometry = scene.geometry
    sums = [
        row
        for k in range(geometry.maps)
        for row in cpu.partial_sums(geometry, scene.values[None], scene.kernel, k).reshape(
            -1, geometry.tap_count
        )
    ]
    for step, moves in enumerate(slowly(node, scene)):
        taps = scene.step(step).taps
        exact = partial_fractions(scene, step)
        done = 0
        for motion, total in moves:
            assert motion["from"] == done
            done = motion["to"]
            if motion["kind"] == "bias":
                continue
            zeros = [tap.kind is not Kind.DATA for tap in taps[motion["from"] : done]]
            assert (motion["kind"] == "padding") == all(zeros)
            assert (motion["kind"] == "product") == (len(zeros) == 1 and not any(zeros))
            assert total["float32"] == decimals.text(sums[step][done - 1])
            assert Fraction(total["exact"]) == exact[done - 1]
        biased = scene.adds_bias
        assert done == len(taps) + biased
        assert (moves[-1][0]["kind"] == "bias") == biased
        assert moves[-1][1]["exact"] == scene.exact[step]


def partial_fractions(scene: Scene, step: int) -> list[Fraction]:
    """The exact sums after each product, of the decimals that name the numbers."""
    taps, total, sums = scene.step(step).taps, Fraction(0), []
    weights = scene.kernel[scene.step(step).output_map].reshape(-1)
    for tap, weight in zip(taps, weights, strict=True):
        value = scene.values[tap.channel, *tap.cell] if tap.kind is Kind.DATA else 0
        total += Fraction(str(value)) * Fraction(str(weight))
        sums.append(total)
    return sums


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=cases(most=4))
def test_a_drawing_stops_where_the_browser_does_and_at_the_same_totals(
    node: Node, case: Case
) -> None:
    scene = case.scene()
    for index, moves in enumerate(slowly(node, scene)):
        assert scene.step(index).stops == [motion["to"] for motion, _ in moves]
        for motion, total in moves[:-1]:
            step = scene.step(index, motion["to"])
            assert (step.is_whole, step.hidden_from) == (False, index)
            assert (step.exact, step.result) == (total["exact"], total["float32"])
            assert step.added == range(motion["from"], motion["to"])
        last = scene.step(index, moves[-1][0]["to"])
        assert (last.is_whole, last.hidden_from) == (True, index + 1)
        assert (last.exact, last.result) == (scene.exact[index], scene.output_texts[index])


def kinds(moves: list[tuple[dict[str, Any], Any]]) -> list[tuple[str, int]]:
    return [(motion["kind"], motion["to"]) for motion, _ in moves]


def test_zeros_of_the_padding_go_in_one_group(node: Node) -> None:
    case = reference(padding_nd=(1, 1))
    first = slowly(node, case.scene())[0]
    assert kinds(first) == [
        ("padding", 4),
        ("product", 5),
        ("product", 6),
        ("padding", 7),
        ("product", 8),
        ("product", 9),
    ]
    assert [total["exact"] for _, total in first] == ["0", "1", "1.2", "1.2", "1.204", "1.2045"]


def test_a_window_of_nothing_but_padding_is_one_move(node: Node) -> None:
    scene = scene_of(integers(1, 2, 2), integers(1, 1, 2, 2), padding_nd=(2, 2))
    assert kinds(slowly(node, scene)[0]) == [("padding", 4)]


def test_a_bias_is_a_move_of_its_own_and_the_last(node: Node) -> None:
    scene = scene_of(integers(1, 3, 3), integers(1, 1, 2, 2), np.float32([5]))
    moves = slowly(node, scene)[0]
    assert kinds(moves) == [*(("product", n) for n in (1, 2, 3, 4)), ("bias", 5)]
    assert Fraction(moves[-1][1]["exact"]) - Fraction(moves[-2][1]["exact"]) == 5


def test_int8_adds_integers_and_is_scaled_back_last(node: Node) -> None:
    case = reference()
    scene = scene_of(case.data, case.kernel, input_scale=0.05, kernel_scale=80.0)
    for step, moves in enumerate(slowly(node, scene)):
        assert kinds(moves) == [*(("product", n) for n in range(1, 10)), ("scale", 10)]
        taps, weights = scene.step(step).taps, scene.kernel.reshape(-1).tolist()
        values = [int(scene.values[tap.channel, *tap.cell]) for tap in taps]
        products = np.cumsum(np.multiply(values, weights))
        assert [total["exact"] for _, total in moves[:-1]] == list(map(str, products))
        assert {total["float32"] for _, total in moves} == {None}


def test_each_channel_leaves_a_subtotal(node: Node) -> None:
    scene = scene_of(integers(2, 3, 3), integers(1, 2, 2, 2), padding_nd=(1, 1))
    moves = slowly(node, scene)[0]
    assert kinds(moves) == [("padding", 3), ("product", 4), ("padding", 7), ("product", 8)]
    assert [motion["closes"] for motion, _ in moves] == [None, 0, None, 1]
    bottom = slowly(node, scene)[-1]
    assert kinds(bottom) == [("product", 1), ("padding", 4), ("product", 5), ("padding", 8)]
    assert [motion["closes"] for motion, _ in bottom] == [None, 0, None, 1]


@pytest.mark.parametrize(
    ("channels", "size", "stops"),
    [
        (2, (3, 3), list(range(1, 19))),
        (3, (7, 7), [*range(1, 7), *range(7, 148, 7)]),
        (8, (3, 3), [1, 2, *range(3, 73, 3)]),
        (8, (5, 5), [1, 2, 3, 4, 5, *range(25, 201, 25)]),
    ],
)
def test_longer_sums_go_by_rows_and_by_channels(
    node: Node, channels: int, size: tuple[int, int], stops: list[int]
) -> None:
    scene = scene_of(integers(channels, *size), integers(1, channels, *size))
    (moves,) = slowly(node, scene)
    assert [motion["to"] for motion, _ in moves] == stops
    exact = partial_fractions(scene, 0)
    assert [Fraction(total["exact"]) for _, total in moves] == [exact[n - 1] for n in stops]


def test_of_many_outputs_the_totals_are_fewer(node: Node) -> None:
    scene = scene_of(integers(28, 28), integers(1, 1, 3, 3))
    assert scene.running is not None
    assert scene.running["after"] == [1, 2, 3, 6, 9]
    assert len(scene.running["exact"]) == scene.steps


TIMES = "(counts) => counts.map(([n, shown]) => timeOf(Array(n).fill({}), shown))"


def test_no_output_takes_more_than_ten_seconds(node: Node) -> None:
    assert node(TIMES, [[9, n] for n in range(5)]) == [900, 300, 100, 0, 0]
    counts = [[n, shown] for n in range(32) for shown in range(4)]
    for (n, _), time in zip(counts, node(TIMES, counts), strict=True):
        assert n * time <= 10_000 + 1e-6


# Judging

JUDGE = "(typed, sums) => judge(typed, sums)"


def verdict(node: Node, typed: str, *sums: str) -> str:
    return node(JUDGE, typed, sums)["verdict"]


@pytest.mark.parametrize(
    ("typed", "sums", "expected"),
    [
        ("12345.6789", ("12345.6789", "12345.679"), "right"),
        ("12345.679", ("12345.6789", "12345.679"), "right"),
        ("12345.67", ("12345.6789", "12345.679"), "right"),  # cut
        ("12345.68", ("12345.6789", "12345.679"), "right"),  # rounded
        ("12345.66", ("12345.6789", "12345.679"), "wrong"),
        ("12345.6780", ("12345.6789", "12345.679"), "wrong"),
        ("12346", ("12345.6789",), "right"),
        ("1.23e4", ("12345.6789",), "right"),
        ("1.2e4", ("12345.6789",), "short"),
        ("12300", ("12345.6789",), "wrong"),  # five digits were typed
        ("12,345.679", ("12345.6789",), "right"),
        ("12345,679", ("12345.6789",), "right"),
        ("12.345,679", ("12345.6789",), "right"),
        ("12 345.679", ("12345.6789",), "right"),
        ("12'345.679", ("12345.6789",), "right"),
        (" +12345.679 ", ("12345.6789",), "right"),
        ("= 12345.679", ("12345.6789",), "right"),
        ("1.234568 × 10⁴", ("12345.6789",), "right"),
        ("1.234568*10^4", ("12345.6789",), "right"),
        ("10⁴", ("10000",), "right"),
        ("-10^-2", ("-0.01",), "right"),
        ("−7", ("-7",), "right"),
        ("7", ("-7",), "wrong"),
        ("–7.0", ("-7",), "right"),
        ("07", ("7",), "right"),
        ("7.", ("7",), "right"),
        (".5", ("0.5",), "right"),
        ("0", ("0",), "right"),
        ("-0", ("0",), "right"),
        ("0", ("0.0004",), "short"),
        ("0.33", ("0.33333334",), "short"),
        ("0.333", ("0.33333334",), "right"),
        ("0.3333333333", ("0.33333334",), "wrong"),
        ("1000", ("999.6",), "right"),
        ("１２", ("12",), "right"),
        ("1/3", ("0.33333334",), "unread"),
        ("", ("7",), "unread"),
        ("seven", ("7",), "unread"),
        ("1e999999999", ("7",), "unread"),
        ("0x10", ("16",), "unread"),
        ("Infinity", ("7",), "unread"),
        ("9" * 61, ("7",), "unread"),
        ("--7", ("-7",), "unread"),
    ],
)
def test_an_answer_is_judged_at_the_digits_typed(
    node: Node, typed: str, sums: tuple[str, ...], expected: str
) -> None:
    assert verdict(node, typed, *sums) == expected


decimal_texts = st.decimals(-(10**7), 10**7, allow_nan=False, places=6).map(
    lambda number: f"{number:f}"
)


@given(text=decimal_texts, places=st.integers(-4, 8), way=st.sampled_from(["up", "cut"]))
@example(text="-2.5", places=0, way="up")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_sum_rounded_or_cut_is_never_wrong(node: Node, text: str, places: int, way: str) -> None:
    exact = Decimal(text)
    rounding = ROUND_HALF_UP if way == "up" else ROUND_DOWN
    typed = exact.quantize(Decimal(1).scaleb(-places), rounding, Context(40))
    digits = exact.adjusted() + places + 1
    found = verdict(node, f"{typed:f}" if places >= 0 else f"{typed:e}", text)
    if digits >= 3 or exact == typed:
        assert found == "right"
    else:
        assert found in ("right", "short")


@given(text=decimal_texts, typed=decimal_texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_another_number_is_wrong_and_the_reader_told_on_which_side(
    node: Node, text: str, typed: str
) -> None:
    assume(abs(Decimal(text) - Decimal(typed)) >= Decimal("1e-6"))
    assert node(JUDGE, typed, [text]) == {
        "verdict": "wrong",
        "higher": Decimal(text) > Decimal(typed),
    }


SLOTS = """(scene, step, typed) => {
  const lookup = new Lookup(scene);
  const panel = scene.panels.find(({ tensor }) => tensor === "input");
  const valueText = ({ cell: [, row, column] }) =>
    panel.texts[panel.rows.indexOf(row) * panel.columns.length + panel.columns.indexOf(column)];
  const slots = slotsOf(lookup, lookup.place(step), valueText);
  return [slots.map(({ power, digit }) => [power, digit]),
          wrongSlots(slots, typed).map(({ power, tap }) => [power, tap.cell.slice(1)])];
}"""


def test_digits_know_the_cell_that_they_should_have_come_from(node: Node) -> None:
    case = reference(padding_nd=(1, 1))
    message = json.loads(json.dumps(case.scene().message()))
    slots, wrong = node(SLOTS, message, 0, list("000012096"))
    assert slots == [
        [power, digit] for power, digit in zip(range(4, -5, -1), "000012045", strict=True)
    ]
    assert wrong == [[-3, [1, 0]], [-4, [1, 1]]]
    assert node(SLOTS, message, 0, list("000012045"))[1] == []
    assert len(node(SLOTS, message, 0, [])[1]) == 9


# Asking

ASK = """(steps, reached, script) => {
  const prediction = new Prediction(steps, reached);
  return script.map(([verb, given]) => {
    const result = verb === "go" ? prediction.limit(given) : prediction[verb](given);
    if (verb === "go") prediction.reach(result);
    const { next, reached } = prediction;
    return [result ?? null, next === Infinity ? null : next, reached];
  });
}"""


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        # Nothing jumps over a question.
        ([("go", 1), ("go", 27)], [[1, 2, 1], [2, 2, 2]]),
        (
            [("go", 9), ("answer", "right"), ("go", 27), ("answer", "right"), ("go", 27)],
            [[2, 2, 2], ["fill", 5, 2], [5, 5, 5], ["fill", None, 5], [27, None, 27]],
        ),
        (
            [("go", 9), ("answer", "wrong"), ("answer", "right"), ("go", 27)],
            [[2, 2, 2], ["hint", 2, 2], ["fill", 5, 2], [5, 5, 5]],
        ),
        (
            [("go", 9), ("answer", "wrong"), ("answer", "wrong"), ("go", 27)],
            [[2, 2, 2], ["hint", 2, 2], ["show", 5, 2], [5, 5, 5]],
        ),
        (
            [("go", 9), ("answer", "unread"), ("answer", "short"), ("answer", "wrong")],
            [[2, 2, 2], ["again", 2, 2], ["again", 2, 2], ["hint", 2, 2]],
        ),
        ([("go", 9), ("skip", None), ("go", 27)], [[2, 2, 2], [None, None, 2], [27, None, 27]]),
        ([("go", 9), ("close", None), ("go", 0)], [[2, 2, 2], [None, 5, 2], [0, 5, 2]]),
    ],
)
def test_a_reader_is_asked_in_order_and_seldom(node: Node, script: list, seen: list) -> None:
    assert node(ASK, [5, 2, 20], 0, script) == seen


# What a lesson names


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (False, {}),
        (True, {"ask": "number", "steps": []}),
        ("number", {"ask": "number", "steps": []}),
        ("size", {"ask": "size", "steps": []}),
        ([9, 1, -1, 1], None),
        ([9, 1, -1], {"ask": "number", "steps": [1, 9, 27]}),
        ((np.int64(3),), {"ask": "number", "steps": [3]}),
    ],
)
def test_a_lesson_names_what_is_asked(predict: Any, message: dict[str, Any] | None) -> None:
    case = reference()
    if message is None:
        with pytest.raises(cv.ArgumentError, match=r"predict: got 4 steps; allowed: at most 3"):
            cv.explore(case.data, case.kernel, predict=predict)
    else:
        assert cv.explore(case.data, case.kernel, predict=predict).stage.predict == message


@pytest.mark.parametrize("predict", [28, 3, None, "colour", [28], [True], ["1"], {1: 2}, [1.5]])
def test_what_is_no_question_is_refused_by_name(predict: Any) -> None:
    case = reference()
    with pytest.raises(cv.ArgumentError) as refused:
        cv.explore(case.data, case.kernel, predict=predict)
    assert refused.value.parameter == "predict"


PHOTOGRAPH = (np.arange(8100) * 37 % 251).astype(np.float32).reshape(90, 90)
REFUSED = {
    "a number of a picture": (PHOTOGRAPH, kernels.named("edges", (1, 1, 3, 3)), True),
    "steps of a picture": (PHOTOGRAPH, kernels.named("edges", (1, 1, 3, 3)), [1]),
    "a window of a picture": (PHOTOGRAPH, kernels.named("edges", (1, 1, 3, 3)), "cell"),
    "a kernel without a name": (PHOTOGRAPH, np.float32([[1, 2], [3, 4]]), "kernel"),
    "a number among many channels": (np.ones((1, 64, 5, 5)), np.ones((2, 64, 3, 3)), "number"),
    "a channel of few": (np.ones((1, 2, 5, 5)), np.ones((2, 2, 3, 3)), "channel"),
    "a channel where each is alone": (np.ones((1, 64, 5, 5)), np.ones((64, 1, 3, 3)), "channel"),
    "a channel seen by a slice": (np.ones((1, 64, 3, 5, 5)), np.ones((2, 64, 3, 3, 3)), [3]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused_and_says_what_can(name: str) -> None:
    data, kernel, predict = REFUSED[name]
    groups = 64 if name.endswith("alone") else 1
    with pytest.raises(cv.ArgumentError) as refused:
        cv.explore(data, kernel, predict=predict, num_groups=groups)
    assert refused.value.parameter == "predict"
    assert refused.value.remedy
    if "picture" in name:
        assert '"size" or "kernel"' in refused.value.allowed
        for other in ("size", "kernel"):
            assert cv.explore(data, kernel, predict=other).stage.predict["ask"] == other


def test_a_scene_asks_for_the_same_again_then_for_its_edges() -> None:
    assert reference().scene().questions == [1, 7, 27]
    assert scene_of(integers(2, 2), integers(1, 1, 2, 2)).questions == [0]
    nothing = np.float32([[1, np.nan, 1, 1]])
    assert scene_of(nothing, np.float32([[1]])).questions == [3]
    assert scene_of(integers(90, 90), integers(1, 1, 2, 2)).questions == []


@pytest.mark.parametrize("name", [name for name in kernels.NAMES if name != "random"])
def test_a_kernel_of_a_name_stands_among_three_others(name: str) -> None:
    kernel = kernels.named(name, (1, 1, 3, 3))
    choices = scene_of(integers(5, 5), kernel).kernel_choices
    assert choices is not None
    assert len({*choices["names"]}) == len(choices["texts"]) == 4
    assert choices["names"][choices["right"]] == say(f"widget.kernel.{name}")
    assert choices["texts"][choices["right"]] == decimals.weight_texts(kernel, 3)


def test_no_choice_where_a_kernel_has_no_name_or_several_maps() -> None:
    for kernel in (integers(1, 1, 3, 3), np.ones((2, 1, 3, 3)), np.ones((1, 1, 7, 7))):
        assert scene_of(integers(8, 8), kernel).kernel_choices is None


# Films


def shown(still: Still, tensor: str) -> list[str]:
    """The texts of a tensor's cells."""
    return [cell.text for key, cell in still.cells.items() if key[0] == tensor]


def test_a_film_with_taps_draws_each_move_of_the_first_outputs() -> None:
    case = reference()
    film = cv.film(case.data, case.kernel, taps=True, steps=[0, 1, 2, 9])
    assert film.still.moments == [*((n, t) for n in range(3) for t in range(10)), (9, 10)]
    assert len(film.steps) == 31
    still, scene = film.still, film.still.scene
    for moment, (step, terms) in enumerate(film.still.moments):
        still.show(moment)
        outputs = shown(still, "output")
        reached = step + (terms >= 9)
        assert outputs == [*scene.output_texts[:reached], *[""] * (28 - reached)]
        adding = [key for key, cell in still.cells.items() if "is-adding" in cell.classes]
        assert len(adding) == (2 if 0 < terms < 10 else 0)
        assert [cell.text != "" for cell in still.view.values] == [n < terms for n in range(9)]
        exact = "0" if not terms else scene.running["exact"][step][min(terms, 9) - 1]
        assert "".join(cell.text for cell in still.view.sum.total) == exact


def test_a_film_of_moments_is_written_and_restores_its_still() -> None:
    case = reference()
    film = cv.film(case.data, case.kernel, taps=True, steps=[0])
    film.still.show(4)
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.n_frames == 10
    assert film.still.step == 4
    assert "y[0, 0] = 12340" in film.still.alt


def test_a_film_of_a_picture_has_no_taps() -> None:
    with pytest.raises(cv.ArgumentError, match="taps: got True; allowed: False for pictures"):
        cv.film(integers(90, 90), integers(1, 1, 2, 2), taps=True, steps=[0])
    with pytest.raises(cv.ArgumentError, match="taps: got 1; allowed: True or False"):
        cv.film(integers(4, 4), integers(1, 1, 2, 2), taps=1)


# Time

TICK = """(late) => {
  const steps = [];
  let frame;
  globalThis.requestAnimationFrame = (next) => { frame = next; return 1; };
  globalThis.cancelAnimationFrame = () => {};
  const [never, nothing] = [() => false, () => {}];
  const played = { atEnd: never, waits: never, advance: (n) => steps.push(n), show: nothing };
  const playback = new Playback({ ...played, rate: () => 1 });
  playback.start();
  const now = playback.last;
  for (const time of [-late, 0, 500, 999, 1000, 2500]) frame(now + time);
  return steps;
}"""


@pytest.mark.parametrize("late", [0, 5, 400])
def test_a_frame_that_began_before_it_was_asked_for_takes_nothing_back(
    node: Node, late: int
) -> None:
    steps = node(TICK, late)
    assert all(step > 0 for step in steps)
    assert sum(steps) in (2, 3)


# Sums of pixels, which the browser adds up

FLOATS = st.floats(-1e6, 1e6, width=32)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.lists(st.tuples(FLOATS, FLOATS, FLOATS), min_size=1, max_size=50))
@example(given=[(1 + 2**-12, 1 + 2**-12, 2**-60), (1 + 2**-12, 1 + 2**-12, -(2**-60))])
def test_a_product_is_added_with_one_rounding(node: Node, given: list) -> None:
    found = node("(all) => all.map((one) => fusedMultiplyAdd(...one))", given)
    expected = [nearest_float32(Fraction(a) * Fraction(b) + Fraction(c)) for a, b, c in given]
    assert found == expected


def nearest_float32(exact: Fraction) -> float:
    """The float32 nearest to a number, of two the even one."""
    near = np.float32(float(exact))
    around = (np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf)))
    return float(
        min(around, key=lambda each: (abs(Fraction(float(each)) - exact), each.view(np.uint32) & 1))
    )


SUMS = """(scene, values, steps) => {
  const lookup = new Lookup(scene);
  lookup.sums = new PictureSums(lookup, Float32Array.from(values));
  return steps.map((step) => scene.running.after.map((terms) => totalAfter(lookup, step, terms)));
}"""


@pytest.mark.parametrize("parameters", [{}, {"padding_nd": (1, 1), "stride_nd": (2, 2)}], ids=str)
def test_a_picture_s_running_sums_are_those_of_the_layer(node: Node, parameters: Any) -> None:
    data = RNG.standard_normal((1, 2, 60, 60)).astype(np.float32)
    kernel = RNG.standard_normal((2, 2, 3, 3)).astype(np.float32)
    scene = scene_of(data, kernel, **parameters)
    assert scene.view == "images"
    message = json.loads(json.dumps(scene.message()))
    assert message["running"]["stops"] == list(range(1, 19))
    steps = [0, scene.steps // 2 - 1, scene.steps - 1]
    found = node(SUMS, message, scene.values.reshape(-1).tolist(), steps)
    for step, totals in zip(steps, found, strict=True):
        place = scene.step(step)
        expected = cpu.partial_sums(scene.geometry, data, kernel, place.output_map)[place.position]
        assert [total["exact"] for total in totals] == [None] * 18
        for total, sum_ in zip(totals, expected, strict=True):
            assert float(total["float32"]) == pytest.approx(float(sum_), rel=1e-6)


def test_a_picture_of_integers_or_of_too_many_weights_adds_nothing_up() -> None:
    int8 = scene_of(PHOTOGRAPH, np.ones((1, 1, 3, 3)), input_scale=1, kernel_scale=1)
    assert (int8.message()["running"], int8.message()["weights"]) == (None, None)
    large = scene_of(PHOTOGRAPH, np.ones((1, 1, 70, 70), np.float32))
    assert (large.message()["running"], large.message()["weights"]) == (None, None)
