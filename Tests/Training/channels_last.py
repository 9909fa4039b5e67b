"""The interpretation of `graph.py` with maps as N x H x W x C, the layout that libraries for processors like best."""
import jax
from jax import lax
from jax import numpy as jnp

import graph

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


class Last:
    """A value of four axes that lies channels last, whatever the file says."""

    def __init__(self, array):
        self.array = array


def weights(network):
    """Trained numbers with those of convolutions as H x W x I x O."""
    found = dict(network.trained)
    for node in network.nodes:
        if node.type == "Conv":
            found[node.inputs[1]] = found[node.inputs[1]].transpose(2, 3, 1, 0)
    return found


def last(x):
    return x.array if isinstance(x, Last) else x.transpose(TO_LAST)


def first(x):
    return x.array.transpose(TO_FIRST) if isinstance(x, Last) else x


def convolve(node, x, weight, bias=None):
    _, strides, dilations, pads = node.window(2, weight.shape[:2])
    y = lax.conv_general_dilated(
        last(x), weight, strides, pads, rhs_dilation=dilations, feature_group_count=node["group"],
        dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return Last(y if bias is None else y + bias)


def normalize_batch(x, scale, shift, epsilon):
    x = last(x)
    mean = x.mean((0, 1, 2))
    variance = jnp.square(x - mean).mean((0, 1, 2))
    return Last((x - mean) * (scale / jnp.sqrt(variance + epsilon)) + shift), mean, variance


def pool_maximum(node, x):
    kernel, strides, _, pads = node.window(2, None)
    return Last(lax.reduce_window(last(x), -jnp.inf, lax.max, (1, *kernel, 1), (1, *strides, 1),
                                  [(0, 0), *pads, (0, 0)]))


def transpose(node, x):
    order = tuple(node["perm"])
    if isinstance(x, Last) and order == TO_LAST:
        return x.array
    if not isinstance(x, Last) and order == TO_FIRST:
        return Last(x)
    return graph.transpose(node, first(x))


def slice_(node, x, starts, ends, axes, steps):
    moved = {0: 0, 1: 3, 2: 1, 3: 2}
    return Last(graph.slice_(node, last(x), starts, ends, [moved[int(axis)] for axis in axes], steps))


def pad(node, x, pads, value=None):
    order = list(TO_LAST) + [axis + 4 for axis in TO_LAST]
    return Last(graph.pad(node, last(x), pads[order], value))


def elementwise(node, *operands):
    """As they lie, where they lie alike or are single numbers."""
    small = [getattr(x, "ndim", 4) == 0 for x in operands]
    if all(isinstance(x, Last) or alone for x, alone in zip(operands, small)) and not all(small):
        return Last(graph.OPERATORS[node.type](node, *[x.array if isinstance(x, Last) else x for x in operands]))
    return graph.OPERATORS[node.type](node, *map(first, operands))


def channels_first(operator):
    return lambda node, *operands: operator(node, *map(first, operands))


OPERATORS = {name: channels_first(operator) for name, operator in graph.OPERATORS.items()} | {
    "Conv": convolve, "MaxPool": pool_maximum, "Transpose": transpose, "Slice": slice_, "Pad": pad,
    "GlobalAveragePool": lambda node, x: Last(last(x).mean((1, 2), keepdims=True)),
    **{name: elementwise for name in ("Relu", "Clip", "Erf", "Sigmoid", "Tanh", "Add", "Sub", "Mul", "Div")},
}


def forward(network):
    """A function of trained numbers, running statistics and maps that gives logits and the statistics after."""
    def apply(trained, running, pictures):
        return network.apply(trained, running, Last(pictures), OPERATORS, normalize_batch)
    return apply
