"""Whatever holds numbers is an array, alike for every call that takes one."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz.arrays import as_array
from convviz.errors import ArgumentError

NUMBERS = np.arange(1, 7, dtype=np.float32).reshape(1, 1, 2, 3)


class OnlyDlpack:
    """What speaks DLPack and nothing else."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack__(self, **options: object) -> object:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()


KINDS = {
    "list": NUMBERS.tolist(),
    "float64": NUMBERS.astype(np.float64),
    "float16": NUMBERS.astype(np.float16),
    "big-endian": NUMBERS.astype(">f4"),
    "integers": NUMBERS.astype(np.int64),
    "unsigned": NUMBERS.astype(np.uint8),
    "not contiguous": np.asfortranarray(NUMBERS),
    "backwards": NUMBERS[..., ::-1][..., ::-1],
    "bfloat16": NUMBERS.astype(ml_dtypes.bfloat16),
    "float8": NUMBERS.astype(ml_dtypes.float8_e4m3fn),
    "no mask": np.ma.masked_array(NUMBERS),
    "DLPack": OnlyDlpack(NUMBERS),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_array_has_the_same_numbers(kind: str) -> None:
    np.testing.assert_array_equal(as_array("data", KINDS[kind]), NUMBERS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn(kind: str) -> None:
    still = cv.draw(KINDS[kind], [[1.0]])
    np.testing.assert_array_equal(still.scene.output, NUMBERS[0])


def torch_tensors() -> dict[str, object]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    tensor = torch.from_numpy(NUMBERS.copy())
    return {
        "plain": tensor,
        "with gradients": tensor.clone().requires_grad_(),
        "a parameter": torch.nn.Parameter(tensor.clone()),
        "bfloat16": tensor.bfloat16(),
        "half": tensor.half(),
    }


def test_tensors_of_pytorch_are_taken() -> None:
    for kind, tensor in torch_tensors().items():
        np.testing.assert_array_equal(as_array("data", tensor), NUMBERS, err_msg=kind)


def test_a_module_of_pytorch_is_refused_with_what_to_pass() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    with pytest.raises(ArgumentError, match=r"conv\.weight"):
        as_array("kernel", torch.nn.Conv2d(1, 1, 3))


@pytest.mark.parametrize(
    ("mode", "shape"), [("L", (1, 2, 3)), ("1", (1, 2, 3)), ("RGB", (3, 2, 3)), ("RGBA", (3, 2, 3))]
)
def test_an_image_has_its_channels_first(mode: str, shape: tuple[int, ...]) -> None:
    pixels = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(pixels).convert(mode)
    array = as_array("data", image)
    assert array.shape == shape
    if mode == "RGB":
        np.testing.assert_array_equal(array, pixels.transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.array([1j]), "numbers of type complex128"),
        (np.array([object()]), "elements of type object"),
        ("text", "elements of type <U4"),
        ([[1], [1, 2]], "that NumPy makes no array of"),
        (np.ma.masked_array([1.0, 2.0], mask=[True, False]), "1 of 2 values masked"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(value: object, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        as_array("bias", value)
    assert refusal.value.parameter == "bias"
    assert words in str(refusal.value)


def test_a_number_is_a_signal_of_length_1() -> None:
    assert cv.draw(3, np.full((1, 1, 1), 2)).scene.output_texts == ["6"]


def test_a_signal_is_convolved_as_height_1() -> None:
    signal, kernel = np.arange(10.0).reshape(1, 2, 5), np.arange(1.0, 5.0).reshape(1, 2, 2)
    still = cv.draw(signal, kernel, stride_nd=(2,), padding_nd=(1,))
    padded = np.pad(signal[0], ((0, 0), (1, 1)))
    expected = [(padded[:, i : i + 2] * kernel[0]).sum() for i in range(0, 6, 2)]
    np.testing.assert_array_equal(still.scene.output.reshape(-1), np.float32(expected))
    assert still.scene.geometry.axes[0].size == 1


def test_int8_depthwise_is_computed_and_says_what_the_header_says() -> None:
    explorer = cv.explore(
        np.ones((1, 3, 4, 4)), np.ones((3, 1, 2, 2)), num_groups=3, input_scale=1, kernel_scale=1
    )
    assert (explorer.scene.output == 4).all()
    assert any("multiples of 4" in note for note in explorer.scene.notes)


def test_what_all_groups_read_is_no_image_with_its_channels_last() -> None:
    data, kernel = np.ones((6, 9, 4)), np.ones((3, 2, 3, 3))
    assert cv.draw(data, kernel, num_groups=3).scene.geometry.channels == 6
    with pytest.raises(ArgumentError, match="channels last"):
        cv.draw(data, kernel)


def test_weights_are_a_copy_that_cannot_be_written_to() -> None:
    values = np.ones((1, 1, 2, 2), np.float32)
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 4, 5))
    layer = network.add_convolution_nd(x, 1, (2, 2), values)
    values[...] = 0
    assert layer.kernel.all()
    assert not layer.kernel.flags.writeable
