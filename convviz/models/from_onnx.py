"""Convolutions out of an ONNX model: every node that is one, with its weights and what reaches it.

The nodes are walked in order here. What a node's inputs mean is `onnx_nodes`', which layer it is
`onnx_convolution`'s; graphs and known values are `onnx_graph`'s, running the model is `onnx_run`'s,
receptive fields are `onnx_fields`'.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from convviz.arrays import Array
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.models import fields, onnx_run
from convviz.models.convolution import Convolution, NotShown
from convviz.models.model import Model
from convviz.models.naming import Names
from convviz.models.onnx_convolution import convolution_of
from convviz.models.onnx_fields import Fields
from convviz.models.onnx_graph import Proto, Scope, first_output, load, tensor_kinds
from convviz.models.onnx_nodes import Node, Refusal, is_shown, why_not
from convviz.models.onnx_run import Probe, Prober


def from_onnx(
    model: object,
    feeds: object = None,
    *,
    shapes: Mapping[str, object] | None = None,
    seed: int = 0,
) -> Model:
    """Every convolution of an ONNX model, as a layer with its real weights.

    Nodes Conv, QLinearConv, ConvInteger and Conv between DequantizeLinear nodes are shown, in the
    main graph, in functions, and in the branches and bodies of If, Loop and Scan. Where the numbers
    of a quantized convolution have a zero point of 0 (or 128, unsigned), its layer computes in
    int8; else on the dequantized numbers, and says so. 1-D convolutions have a height of 1.
    ConvTranspose and other relatives are listed in ``not_shown``, with the reason.

    Parameters
    ----------
    model : the path of a file, its bytes, or an onnx.ModelProto
        External data are found beside the file.
    feeds : {input name: array}, or None for shapes alone
        With feeds the model runs in ONNX Runtime, and each layer holds the activations that reached
        it; in a loop, those of the last turn. "random", for an array or for all feeds, stands for
        standard normal numbers in the declared shape.
    shapes : {input name: shape}
        For random data, where the declared shape leaves sizes open. An open batch axis is 1.
    seed : of the random numbers

    Returns
    -------
    Model

    Raises
    ------
    ArgumentError
        Naming the parameter, and the command that installs a package which is missing.
    """
    sizes = _checked(shapes, feeds)
    proto = load(model)
    reader = _Reader(proto)
    if feeds is not None:
        reader.run(onnx_run.complete(proto, feeds, sizes, seed))
    name = Path(model).name if isinstance(model, str | os.PathLike) else proto.graph.name
    return Model.of(name or "model", reader.read())


def _checked(shapes: object, feeds: object) -> Mapping[str, object]:
    """``shapes`` as a mapping, which goes with random feeds alone."""
    if shapes is None:
        return {}
    if not isinstance(shapes, Mapping) or feeds is None:
        allowed = "{input name: shape} beside random feeds"
        remedy = 'Write feeds="random", shapes={"x": (1, 3, 224, 224)}, for example.'
        raise ArgumentError("shapes", short(shapes), allowed, remedy)
    return shapes


class _Reader:
    """Reads the nodes of one model."""

    def __init__(self, model: Proto) -> None:
        self.model = model
        self._kinds = tensor_kinds(model)
        self._walked = list(_walk(Scope(model, model.graph)))
        self._relus = _rectified(model, self._walked)
        self._found: dict[int, Node | NotShown] = {}
        names = Names()
        for number, (scope, node) in enumerate(self._walked):
            if "Conv" in node.op_type:
                name = names.new(node.name or first_output(node) or node.op_type)
                shown = is_shown(node)
                self._found[number] = (
                    Node.of(name, scope, node, self._kinds)
                    if shown
                    else NotShown(name, node.op_type, why_not(node))
                )

    def run(self, feeds: Mapping[str, Array]) -> None:
        """Run the model, and keep what reaches its convolutions."""
        prober = Prober(self.model)
        probes: list[tuple[Node, str, Probe]] = []
        for node in self._found.values():
            if isinstance(node, Node):
                unknown = [name for name in node.operands.names if name not in node.values]
                probes += [(node, name, prober.add(node.scope, name, node.rank(name)))
                           for name in unknown]  # fmt: skip
        outputs = onnx_run.run(self.model, [probe for *_, probe in probes], feeds)
        for node, name, probe in probes:
            node.was_run = True
            value = probe.read(outputs)
            if value is not None:
                node.values[name] = value

    def read(self) -> Iterator[Convolution | NotShown]:
        """Every convolution and relative, in the order of the nodes."""
        known = Fields(self.model, self._kinds)
        for number, (scope, node) in enumerate(self._walked):
            found = self._found.get(number)
            if found is None:
                known.pass_through(scope, node)
            elif isinstance(found, NotShown):
                known.pass_through(scope, node)
                yield found
            else:
                yield self._shown(found, known)

    def _shown(self, node: Node, known: Fields) -> Convolution | NotShown:
        try:
            convolution = convolution_of(node)
            geometry = convolution.open_geometry
        except (Refusal, ArgumentError) as reason:
            return NotShown(node.name, node.proto.op_type, str(reason))
        output, rank = first_output(node.proto), node.weights[0].ndim - 2
        known.convolve(node.proto, node.operands.main, geometry, rank)
        seen, notes = fields.sizes(known.of(output), rank), convolution.notes
        if seen is None and (operator := known.lost_behind(output)):
            notes += (say("models.notes.field", operator=operator),)
        return replace(
            convolution,
            receptive_field=None if seen is None else (1,) * (2 - rank) + seen,
            rectified=convolution.rectified or output in self._relus,
            notes=notes,
        )


def _walk(scope: Scope) -> Iterator[tuple[Scope, Proto]]:
    """Every node with its scope; those within a node before it."""
    for node in list(scope.graph.node):
        for inner in scope.inner(node):
            yield from _walk(inner)
        yield scope, node


def _rectified(model: Proto, walked: list[tuple[Scope, Proto]]) -> set[str]:
    """The tensors that nothing but a ReLU reads."""
    readers: dict[str, set[str]] = {each.name: {"output"} for each in model.graph.output}
    for scope, node in walked:
        for name in node.input:
            readers.setdefault(name, set()).add(node.op_type)
        if not scope.is_main:
            for each in scope.graph.output:
                readers.setdefault(each.name, set()).add("output")
    return {name for name, kinds in readers.items() if kinds == {"Relu"}}
