"""Keeps the inputs of functions with a bend away from it.

A number so near to 0 that its sign depends on rounding changes ReLU's derivative from 0 to 1: among millions there are
always some, and then two right implementations differ by far more than rounding. So biases and normalisations' shifts
are moved a little, channel by channel, to where the bend lies in the middle of a gap between the batch's numbers. Two numbers
of a maximum pool that are too much alike cannot be told apart that way: then other pictures have to be drawn.
"""
import numpy
from numpy.lib.stride_tricks import sliding_window_view

import graph

# A bias moves by no more than this, of the numbers' deviation.
REACH = 0.05
# The two largest numbers of a pool's window differ by more than this, of the numbers' deviation.
TIE = 1e-6


class Tie(Exception):
    pass


def straighten(network, pictures):
    """Moves the network's biases for this batch; the smallest distance from a bend then, of the numbers' deviation.

    Raises `Tie` where a maximum could be another's.
    """
    producers = {name: node for node in network.nodes for name in node.outputs}
    margins = [numpy.inf]

    def apart(node, x, *bounds):
        bends = [0.0] if node.type == "Relu" else [float(bound) for bound in bounds if bound is not None]
        name = bias(network, producers, node.inputs[0])
        numbers = numpy.asarray(x)
        deviation = numbers.std()
        rows = numpy.moveaxis(numbers, 1, 0).reshape(numbers.shape[1], -1)
        distances = numpy.concatenate([rows - bend for bend in bends], 1)
        if name is not None:
            shape = (1, -1) + (1,) * (numbers.ndim - 2)
            before = network.trained[name]
            after = (before + [middle(row, REACH * deviation) for row in distances]).astype(numpy.float32)
            moved = after.astype(numpy.float64) - before
            network.trained[name] = after
            x, distances = x + moved.reshape(shape), distances + moved[:, None]
        margins.append(abs(distances).min() / deviation)
        return graph.OPERATORS[node.type](node, x, *bounds)

    def untied(node, x):
        kernel, strides, dilations, pads = node.window(2, None)
        numbers = numpy.pad(numpy.asarray(x), [(0, 0), (0, 0)] + pads, constant_values=-numpy.inf)
        spans = [(extent - 1) * dilation + 1 for extent, dilation in zip(kernel, dilations)]
        windows = sliding_window_view(numbers, spans, (2, 3))[:, :, ::strides[0], ::strides[1], ::dilations[0], ::dilations[1]]
        second, most = numpy.moveaxis(numpy.sort(windows.reshape(*windows.shape[:4], -1), -1)[..., -2:], -1, 0)
        # Of equal numbers all are 0, after ReLU, and none of them passes a gradient on.
        if (abs(most - second)[most != second].min() if (most != second).any() else 1) < TIE * numpy.std(x):
            raise Tie
        return graph.OPERATORS[node.type](node, x)

    operators = graph.OPERATORS | {"Conv": graph.convolve_by_taps, "Relu": apart, "Clip": apart,
                                   "MaxPool": untied}
    double = lambda numbers: {name: graph.jnp.asarray(number, numpy.float64) for name, number in numbers.items()}
    network.apply(double(network.trained), double(network.running), graph.jnp.asarray(pictures, numpy.float64), operators)
    return min(margins)


def middle(distances, reach):
    """What to add to the distances so that 0 is in the middle of the widest gap within reach."""
    near = numpy.sort(distances[abs(distances) < reach])
    edges = numpy.concatenate([[-reach], near, [reach]])
    widest = numpy.argmax(numpy.diff(edges))
    return -(edges[widest] + edges[widest + 1]) / 2


def bias(network, producers, name):
    """The trained constant that is added to each channel of a value, and to nothing else before; None if there is none."""
    node = producers.get(name)
    if node is None:
        return None
    if node.type == "BatchNormalization" or node.type in ("Conv", "Gemm") and len(node.inputs) > 2:
        return node.inputs[2]
    if node.type == "Add":
        return next((found for side in node.inputs if (found := bias(network, producers, side))), None)
    return None
