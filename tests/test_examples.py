"""The arrays of `convviz.course.examples` are what the notebooks say of them."""

from __future__ import annotations

import numpy as np
import pytest

import convviz as cv
from convviz import convolve
from convviz.course import examples
from convviz.errors import ArgumentError

KERNELS = [examples.powers_of_ten, examples.blur, examples.edges, examples.sharpen, examples.relief]
SHAPES = {
    "filters": (4, 1, 3, 3),
    "identity": (1, 1, 3, 3),
    "random": (1, 1, 3, 3),
    "ones": (1, 1, 3, 3),
    "opposites": (2, 1, 3, 3),
    "decades": (1, 4, 3, 4),
    "impulse": (1, 1, 1, 12),
    "echo": (1, 1, 1, 3),
    "sphere": (1, 1, 9, 9, 9),
    "edges_3d": (1, 1, 3, 3, 3),
}


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_an_array_has_the_shape_that_its_docstring_tells(name: str, shape: tuple) -> None:
    array = getattr(examples, name)()
    assert array.shape == shape
    assert array.dtype == np.float32
    assert array.flags.c_contiguous


def test_every_example_is_public_and_tested() -> None:
    others = {"counting", "photograph", "star_finder"}
    assert {kernel.__name__ for kernel in KERNELS} | {*SHAPES, *others} == set(examples.__all__)


def test_the_star_finder_answers_where_the_stars_are_and_nowhere_else() -> None:
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    model = cv.from_onnx(examples.star_finder(), {"photograph": examples.photograph()})
    assert [each.name for each in model] == ["edges", "smooth", "stars"]
    answers = np.argwhere(model["stars"].run().output[0, 0] > 0)
    stars = [(22, 17), (19, 6), (43, 3), (46, 13), (5, 54), (24, 29)]  # seen in the photograph
    nearest = [min(np.hypot(*(np.array(star) - at)) for star in stars) for at in answers]
    assert len(answers) > 20
    assert max(nearest) < 4
    found = {min(stars, key=lambda star: np.hypot(*(np.array(star) - at))) for at in answers}
    assert found == set(stars)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_fits_one_channel_and_is_new_each_time(kernel) -> None:
    first, second = kernel(), kernel()
    assert first.shape == (1, 1, 3, 3)
    assert first.dtype == np.float32
    first[:] = 0
    assert second.any()


@pytest.mark.parametrize("channels", [1, 2])
def test_every_window_of_the_counting_pattern_holds_each_digit_once(channels: int) -> None:
    data = examples.counting(channels)
    assert data.shape == (1, channels, 6, 9)
    windows = np.lib.stride_tricks.sliding_window_view(data, (3, 3), axis=(2, 3))
    assert (np.sort(windows.reshape(-1, 9)) == np.arange(1, 10)).all()


def test_the_photograph_is_small_enough_to_play_with_and_readable() -> None:
    grey, colour = examples.photograph(), examples.photograph(colour=True)
    assert grey.shape == (1, 1, 300, 256)
    assert colour.shape == (1, 3, 300, 256)
    for picture in (grey, colour):
        assert picture.dtype == np.float32
        assert picture.flags.c_contiguous
        assert (picture == np.rint(picture)).all()
        assert 0 <= picture.min() < 20
        assert 240 < picture.max() <= 255


def test_an_even_area_keeps_its_grey_under_blur_and_sharpen_and_has_no_edges() -> None:
    even = np.full((1, 1, 5, 5), 100, np.float32)
    assert convolve(even, examples.blur()) == pytest.approx(100)
    assert (convolve(even, examples.sharpen()) == 100).all()
    assert (convolve(even, examples.edges()) == 0).all()


@pytest.mark.parametrize("size", [(3, 3), (2, 4), (1, 5), (3, 2, 4)])
def test_an_identity_changes_nothing_where_same_upper_pads(size: tuple[int, ...]) -> None:
    data = np.random.default_rng(0).random((1, 3, 5, 6, 7)[: 2 + len(size)]).astype(np.float32)
    same = convolve(data, examples.identity(3, 3, size), padding_mode="SAME_UPPER")
    assert (same == data).all()


def test_powers_of_ten_spell_a_window_of_any_size() -> None:
    data = examples.counting()[..., :2, :3]
    assert convolve(data, examples.powers_of_ten((2, 3))).item() == np.float32(1234.56)
    assert examples.powers_of_ten((1, 2)).tolist() == [[[[10, 1]]]]
    with pytest.raises(ArgumentError, match="kernel: got powers of ten for 81 weights"):
        examples.powers_of_ten((9, 9))


def test_random_numbers_are_the_seed_s_and_stay_at_their_index() -> None:
    kernel = examples.random(2, 3, (4, 5), seed=7)
    assert (kernel == examples.random(3, 3, (5, 6), seed=7)[:2, :, :4, :5]).all()
    assert (kernel != examples.random(2, 3, (4, 5), seed=8)).any()
    assert set(examples.random(9, 9, (9, 9)).ravel()) == set(range(-9, 10))


def test_sums_of_decades_spell_the_channels() -> None:
    data = examples.decades(4)
    for groups, expected in [(1, 1111), (2, 11), (4, 1)]:
        kernel = examples.ones(4, 4 // groups, (1, 1))
        assert (convolve(data, kernel, num_groups=groups)[0, 0] == expected).all()


def test_an_echo_answers_after_the_impulse_when_padded_before() -> None:
    answer = convolve(examples.impulse(at=4), examples.echo(), pre_padding=(0, 2))
    assert answer.ravel().tolist() == [0, 0, 0, 0, 1, 0.5, 0.25, 0, 0, 0, 0, 0]


def test_a_sphere_has_edges_only_at_its_surface() -> None:
    ball = examples.sphere()
    surface = convolve(ball, examples.edges_3d(), padding_nd=(1, 1, 1))
    assert ball.sum() > 100
    assert surface[0, 0, 4, 4, 4] == 0  # deep inside
    assert (surface[0, 0, 0] == 0).any()  # and far outside
    assert (surface > 0).any()
