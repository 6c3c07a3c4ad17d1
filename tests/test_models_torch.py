"""Layers out of PyTorch modules: against what the modules give, and nothing of them is changed."""

from __future__ import annotations

import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import convviz as cv
from convviz.errors import ArgumentError
from convviz.models.convolution import Convolution

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
from torch import nn  # noqa: E402  (skipped without it)

torch.manual_seed(5)


def outputs_of(module: nn.Module, x: torch.Tensor) -> dict[str, list[np.ndarray]]:
    """What each module gives, call by call."""
    found: dict[str, list[np.ndarray]] = {}
    handles = [
        each.register_forward_hook(
            lambda _, inputs, output, name=name: found.setdefault(name, []).append(
                output.detach().float().numpy().copy()
            )
        )
        for name, each in module.named_modules()
        if not list(each.children())
    ]
    with torch.no_grad():
        module(x)
    for handle in handles:
        handle.remove()
    return found


def assert_same(convolution: Convolution, expected: np.ndarray) -> None:
    """Within what float32 rounds, of the sum of the magnitudes."""
    run = convolution.run()
    if expected.ndim < run.output.ndim:
        expected = expected.reshape(run.output.shape)
    bound = cv.convolve(abs(run.input), abs(run.kernel), **run.settings)
    bias = 0 if run.bias is None else abs(run.bias).max()
    allowed = (bound + bias) * 2.0**-24 * (run.geometry.tap_count + 2)
    assert run.output.shape == expected.shape
    assert (abs(run.output - expected.astype(np.float64)) <= allowed).all()


LAYERS = {
    "plain": (lambda: nn.Conv2d(3, 4, 3), (2, 3, 7, 8)),
    "no bias": (lambda: nn.Conv2d(3, 4, (3, 2), bias=False), (1, 3, 7, 8)),
    "strides": (lambda: nn.Conv2d(3, 4, 3, (2, 3), (1, 2), (2, 1)), (1, 3, 9, 9)),
    "groups": (lambda: nn.Conv2d(6, 4, 3, groups=2), (1, 6, 7, 7)),
    "depthwise": (lambda: nn.Conv2d(6, 6, 3, padding=1, groups=6), (1, 6, 7, 7)),
    "same": (lambda: nn.Conv2d(2, 3, 3, padding="same", dilation=2), (1, 2, 8, 9)),
    "same, one side longer": (lambda: nn.Conv2d(2, 3, (2, 4), padding="same"), (1, 2, 8, 9)),
    "valid": (lambda: nn.Conv2d(2, 3, 3, padding="valid"), (1, 2, 8, 9)),
    "1-D": (lambda: nn.Conv1d(2, 3, 5, 2, 3, 2), (2, 2, 30)),
    "1-D, same": (lambda: nn.Conv1d(2, 3, 4, padding="same"), (2, 2, 30)),
    "3-D": (lambda: nn.Conv3d(2, 3, (1, 3, 2), (1, 2, 1), (0, 1, 1)), (1, 2, 4, 7, 6)),
    "reflect": (lambda: nn.Conv2d(2, 3, 3, padding=2, padding_mode="reflect"), (1, 2, 6, 6)),
    "circular": (lambda: nn.Conv1d(2, 3, 3, padding=1, padding_mode="circular"), (1, 2, 9)),
    "replicate": (lambda: nn.Conv2d(2, 3, 3, 2, 1, padding_mode="replicate"), (1, 2, 7, 7)),
    "without a batch": (lambda: nn.Conv2d(2, 3, 3), (2, 6, 6)),
    "double": (lambda: nn.Conv2d(2, 3, 3).double(), (1, 2, 6, 6)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_a_layer_gives_what_its_module_gives(name: str) -> None:
    make, shape = LAYERS[name]
    module = nn.Sequential(make())
    x = torch.randn(shape, dtype=next(module.parameters()).dtype)
    [found] = cv.from_torch(module, x)
    assert found.name == "0"
    assert_same(found, outputs_of(module, x)["0"][0])


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_what_is_different_here_is_said() -> None:
    notes = {}
    for name, (make, shape) in LAYERS.items():
        module = make()
        x = torch.randn(shape, dtype=module.weight.dtype)
        notes[name] = cv.from_torch(module, x)[0].notes
    assert notes["plain"] == notes["same, one side longer"] == notes["valid"] == ()
    assert "reflect" in notes["reflect"][0]
    assert "behind circular padding" in notes["circular"][2]
    assert notes["1-D"] == ("a 1-D convolution, shown with a height of 1",)
    assert "float64" in notes["double"][0]


def test_same_is_resolved() -> None:
    module = nn.Conv2d(2, 3, (2, 4), padding="same")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        [found] = cv.from_torch(module, torch.randn(1, 2, 8, 9))
    assert found.name == "Conv2d"
    assert found.padding == ((0, 1), (1, 2))
    assert found.data.shape == (1, 2, 8, 9)


class Net(nn.Module):
    """Called twice and shared, lazy, a function, transposed, never called."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.block = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.again = self.block
        self.lazy = nn.LazyConv2d(6, 3)
        self.up = nn.ConvTranspose2d(6, 4, 2, 2)
        self.unused = nn.Conv2d(5, 5, 3)
        self.weight = nn.Parameter(torch.randn(2, 4, 3, 3))
        self.drop = nn.Dropout()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.pool(torch.relu(self.bn(self.stem(x))))
        h = h + self.block(h)
        h = self.again(h)
        h = self.up(self.drop(self.lazy(h)))
        return nn.functional.conv2d(h, self.weight)


def test_every_convolution_of_a_net() -> None:
    found = cv.from_torch(Net(), torch.randn(1, 3, 40, 44))
    assert [each.name for each in found] == [
        "stem", "block.0", "block.0 (2)", "lazy", "conv2d", "unused",
    ]  # fmt: skip
    assert [each.name for each in found.not_shown] == ["up"]
    fields = [found[name].receptive_field for name in ("stem", "block.0", "block.0 (2)", "lazy")]
    assert fields == [(7, 7), (19, 19), (27, 27), (35, 35)]
    assert found["conv2d"].receptive_field == (39, 39)  # of two places of the lazy one
    assert [each.rectified for each in found] == [False, True, True, False, False, False]
    assert found["unused"].data is None
    assert found["unused"].input_shape == (1, 5, -1, -1)
    assert "Net: 6 convolutions" in repr(found)
    assert np.array_equal(found[2].kernel, found[1].kernel)
    assert not np.array_equal(found[2].data, found[1].data)


class Shuffle(nn.Module):
    """Groups of channels change places."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        return x.view(n, 1, c, h, w).transpose(1, 2).reshape(n, c, h, w)


UP = {
    "nearest": nn.Upsample(scale_factor=3),
    "bilinear": nn.Upsample(scale_factor=2, mode="bilinear"),
    "bicubic": nn.Upsample(scale_factor=2, mode="bicubic"),
    "transposed": nn.ConvTranspose2d(1, 1, (1, 5), (1, 2), (0, 1), bias=False),
    "reshaped": Shuffle(),
}


@pytest.mark.parametrize("name", UP)
def test_receptive_fields_behind_what_makes_larger_are_what_changes(name: str) -> None:
    first, last = nn.Conv2d(1, 1, (1, 3), (1, 2), bias=False), nn.Conv2d(1, 1, (1, 3), bias=False)
    module = nn.Sequential(first, UP[name], last).double()
    torch.manual_seed(1)
    for weight in module.parameters():
        nn.init.uniform_(weight, 1, 2)
    with torch.no_grad():
        rows = module(torch.eye(60, dtype=torch.float64)[:, None, None]).reshape(60, -1)
    seen = [np.flatnonzero(column) for column in rows.numpy().T]
    inner = [each.max() - each.min() + 1 for each in seen if each.min() > 8 and each.max() < 50]
    *_, found = cv.from_torch(module, torch.zeros(1, 1, 1, 60, dtype=torch.float64))
    assert found.receptive_field[-1] == max(inner)


def test_what_is_not_known_to_keep_places_is_named() -> None:
    mixed = nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(1, 1, 3)
    )
    [found] = cv.from_torch(mixed, torch.randn(1, 1, 9, 9))
    assert found.receptive_field is None
    assert "behind upsample_bilinear2d" in found.notes[-1]


def state_of(module: nn.Module) -> dict[str, object]:
    hooks = [(each._forward_hooks, each._forward_pre_hooks) for each in module.modules()]
    return {
        "training": [each.training for each in module.modules()],
        "hooks": [[len(after), len(before)] for after, before in hooks],
        "grad": [each.requires_grad for each in module.parameters()],
        "types": [type(each) for each in module.modules()],
        "numbers": {
            name: value.clone()
            for name, value in module.state_dict().items()
            if not isinstance(value, nn.parameter.UninitializedParameter)
        },
    }  # fmt: skip


def assert_unchanged(before: dict[str, object], module: nn.Module) -> None:
    after = state_of(module)
    numbers, others = before.pop("numbers"), after.pop("numbers")
    assert before == after
    assert numbers.keys() == others.keys()
    assert all(torch.equal(value, others[name]) for name, value in numbers.items())


@pytest.mark.parametrize("copies", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_nothing_of_the_module_is_changed(copies: bool, fails: bool) -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Conv2d(4, 4, 3 if not fails else 99)
    )
    module[0].weight.requires_grad = False
    module[1].eval()
    if not copies:
        module.lock = threading.Lock()  # which copy.deepcopy refuses
    x = torch.randn(2, 3, 9, 9)
    random, before = torch.get_rng_state(), state_of(module)
    if fails:
        with pytest.raises(ArgumentError, match=r"^example_input: got an input that the module"):
            cv.from_torch(module, x)
    else:
        assert len(cv.from_torch(module, x)) == 2
    assert_unchanged(before, module)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(each.grad is None for each in module.parameters())


def test_a_lazy_module_stays_lazy() -> None:
    module = Net()
    before = state_of(module)
    cv.from_torch(module, torch.randn(1, 3, 40, 44))
    assert isinstance(module.lazy, nn.LazyConv2d)
    assert module.lazy.has_uninitialized_params()
    assert_unchanged(before, module)


def test_a_lazy_module_that_is_not_called_is_listed() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused = nn.Conv2d(1, 1, 1), nn.LazyConv2d(2, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.used(x)

    [other] = cv.from_torch(Half(), np.ones((1, 1, 4, 4))).not_shown
    assert "lazy" in other.reason


def test_weights_are_those_that_are_used() -> None:
    """Of weight_norm, and of a class that standardizes its weights when it is called."""

    class Standardized(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            weight = self.weight - self.weight.mean()
            return self._conv_forward(x, weight, self.bias)

    module = nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 3)), Standardized(3, 2, 3)
    )
    x = torch.randn(1, 2, 9, 9)
    first, second = cv.from_torch(module, x)
    assert_same(first, module[0](x).detach().numpy())
    assert_same(second, module(x).detach().numpy())
    assert second.operator == "Standardized"


def test_arguments_by_place_and_by_name() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 2)

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return self.conv(a) + self.conv(b)

    a, b = torch.randn(1, 1, 4, 4), np.ones((1, 1, 4, 4))
    for example in ((a, b), {"a": a, "b": b}):
        found = cv.from_torch(Two(), example)
        assert [each.name for each in found] == ["conv", "conv (2)"]
        assert np.array_equal(found[1].data, b)
        assert found[0].receptive_field == (2, 2)


@pytest.mark.parametrize(
    ("module", "example", "words"),
    [
        (3, 3, "module: got 3"),
        (nn.Conv2d, 3, "module: got"),
        (nn.Conv2d(1, 1, 1), torch.ones(1, 2, 3, 3), "example_input: got an input that the module"),
        (nn.Conv2d(1, 1, 1), "text", "example_input: got"),
        (nn.Conv2d(1, 1, 1), {3: 4}, "example_input: got"),
        (nn.Conv2d(1, 1, 1), None, "example_input: got"),
    ],
)
def test_what_cannot_be(module: object, example: object, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.from_torch(module, example)
    assert str(refusal.value).startswith(words)


def test_a_missing_torch_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ArgumentError, match=r"^module: .*pip install torch"):
        cv.from_torch(3, 3)


def test_the_round_trip_gives_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = nn.Conv2d(4, 4, (3, 2), (2, 1), (1, 0), groups=2)
    [found] = cv.from_torch(module, torch.randn(1, 4, 7, 6))
    monkeypatch.chdir(tmp_path)
    program = found.code("pytorch")
    program.save("layer.py")
    names: dict[str, object] = {}
    exec(program, names)
    expected = module(torch.from_numpy(found.data)).detach().numpy()
    assert np.allclose(found.run().output, expected, atol=1e-5)
    assert np.allclose(np.asarray(names["y"]), expected, atol=1e-5)
    assert cv.explore(found).layer is found.layer
