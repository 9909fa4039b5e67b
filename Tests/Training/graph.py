"""Reads a network in training form from an ONNX file and interprets it with JAX, for a batch of samples.

It shares nothing with edgemesh: numbers and attributes come from the file by the `onnx` package, operators are written
here after ONNX's specification. The first axis, 1 in the file, becomes the samples'.
"""
import functools
import math

import jax
import numpy
import onnx
from jax import lax
from jax import numpy as jnp

MOMENTUM = 0.9


class Graph:
    """Nodes in order, and constants: trained ones, running statistics, and what stays as it is."""

    def __init__(self, path):
        model = onnx.load(path)
        self.nodes = [Node(node) for node in model.graph.node]
        self.input, self.output = model.graph.input[0].name, model.graph.output[0].name
        self.input_shape = [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
        constants = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
        self.model = model
        running, fixed = [], {name for name, numbers in constants.items()
                              if numbers.dtype != numpy.float32 or numbers.ndim == 0}
        for node in self.nodes:
            if node.type == "BatchNormalization":
                running += node.inputs[3:5]
            elif node.type in ("Clip", "Pad", "Dropout"):
                fixed.update(node.inputs[1:])
        self.running = {name: constants[name] for name in running}
        self.fixed = {name: constants[name] for name in constants if name in fixed}
        self.trained = {name: constants[name] for name in constants if name not in fixed and name not in self.running}

    def write(self, path):
        """The file again, with the constants as they are now."""
        now = self.running | self.trained
        for constant in self.model.graph.initializer:
            if constant.name in now:
                constant.CopyFrom(onnx.numpy_helper.from_array(now[constant.name], constant.name))
        onnx.save(self.model, path)

    def apply(self, trained, running, x, operators, normalize=None):
        """The output for a batch, and the running statistics after it."""
        normalize = normalize or normalize_batch
        values = {name: numpy.asarray(numbers) for name, numbers in self.fixed.items()}
        values |= trained
        values[self.input] = x
        after = {}
        for node in self.nodes:
            operands = [values[name] if name else None for name in node.inputs if name not in running]
            if node.type == "BatchNormalization":
                result, mean, variance = normalize(*operands, node["epsilon"])
                keep = node.attributes.get("momentum", MOMENTUM)
                for name, found in zip(node.inputs[3:], (mean, variance)):
                    after[name] = keep * running[name] + (1 - keep) * lax.stop_gradient(found)
            elif node.type in operators:
                result = operators[node.type](node, *operands)
            else:
                raise SystemExit(f"node '{node.name}': {node.type} is not written here yet")
            values[node.outputs[0]] = result
        return values[self.output], after


class Node:
    DEFAULTS = {"epsilon": 1e-5, "group": 1, "alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0, "axis": -1,
                "keepdims": 1, "ceil_mode": 0, "count_include_pad": 0}

    def __init__(self, node):
        self.name, self.type, self.inputs, self.outputs = node.name, node.op_type, list(node.input), list(node.output)
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}

    def __getitem__(self, name):
        return self.attributes[name] if name in self.attributes else self.DEFAULTS[name]

    def window(self, rank, extents):
        """Kernel, strides, dilations and padding [(before, after)] of a window over the last axes."""
        given = self.attributes
        if given.get("auto_pad", b"NOTSET") != b"NOTSET" or self["ceil_mode"]:
            raise SystemExit(f"node '{self.name}': padding by rule and rounding up are not written here")
        pads = given.get("pads", [0] * 2 * rank)
        return (given.get("kernel_shape", extents), given.get("strides", [1] * rank), given.get("dilations", [1] * rank),
                list(zip(pads[:rank], pads[rank:])))


def normalize_batch(x, scale, shift, epsilon):
    """By the batch's mean and variance (over n), which are returned, too."""
    axes = tuple(axis for axis in range(x.ndim) if axis != 1)
    spread = lambda numbers: numbers.reshape((1, -1) + (1,) * (x.ndim - 2))
    mean = x.mean(axes)
    variance = jnp.square(x - spread(mean)).mean(axes)
    return (x - spread(mean)) * spread(scale / jnp.sqrt(variance + epsilon)) + spread(shift), mean, variance


def convolve_by_library(node, x, weight, bias=None):
    _, strides, dilations, pads = node.window(x.ndim - 2, weight.shape[2:])
    y = lax.conv_general_dilated(x, weight, strides, pads, rhs_dilation=dilations, feature_group_count=node["group"])
    return y if bias is None else y + bias.reshape((1, -1) + (1,) * (x.ndim - 2))


def convolve_by_taps(node, x, weight, bias=None):
    """A product of matrices for each position in the window, summed up: no convolution of the library's."""
    (kh, kw), (sh, sw), (dh, dw), pads = node.window(2, weight.shape[2:])
    groups = node["group"]
    n, c, k = x.shape[0], x.shape[1], weight.shape[0]
    x = jnp.pad(x, [(0, 0), (0, 0)] + pads)
    height, width = (x.shape[2] - dh * (kh - 1) - 1) // sh + 1, (x.shape[3] - dw * (kw - 1) - 1) // sw + 1

    @jax.checkpoint
    def products(x, weight):
        total = 0
        for i in range(kh):
            for j in range(kw):
                part = x[:, :, i * dh:i * dh + sh * (height - 1) + 1:sh, j * dw:j * dw + sw * (width - 1) + 1:sw]
                tap = weight[:, :, i, j]
                if groups == c == k:
                    total += part * tap.reshape(1, c, 1, 1)
                else:
                    total += jnp.einsum("ngchw,gkc->ngkhw", part.reshape(n, groups, c // groups, height, width),
                                        tap.reshape(groups, k // groups, c // groups)).reshape(n, k, height, width)
        return total
    y = products(x, weight)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def pool_maximum(node, x):
    kernel, strides, dilations, pads = node.window(x.ndim - 2, None)
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, *kernel), (1, 1, *strides), [(0, 0)] * 2 + pads,
                             window_dilation=(1, 1, *dilations))


def pool_average(node, x):
    kernel, strides, _, pads = node.window(x.ndim - 2, None)
    total = functools.partial(lax.reduce_window, init_value=0.0, computation=lax.add, window_dimensions=(1, 1, *kernel),
                              window_strides=(1, 1, *strides), padding=[(0, 0)] * 2 + pads)
    return total(x) / (math.prod(kernel) if node["count_include_pad"] else total(jnp.ones_like(x)))


def gemm(node, a, b, c=None):
    if node["transA"]:
        raise SystemExit(f"node '{node.name}': the samples' axis comes last")
    product = node["alpha"] * (a @ (b.T if node["transB"] else b))
    return product if c is None else product + node["beta"] * c


def normalize_layer(node, x, scale, shift=None):
    axes = tuple(range(node["axis"] % x.ndim, x.ndim))
    centred = x - x.mean(axes, keepdims=True)
    y = centred / jnp.sqrt(jnp.square(centred).mean(axes, keepdims=True) + node["epsilon"]) * scale
    return y if shift is None else y + shift


def flatten(node, x):
    if node["axis"] != 1 and "axis" in node.attributes:
        raise SystemExit(f"node '{node.name}': flattens the samples' axis")
    return x.reshape(len(x), -1)


def reshape(node, x, shape):
    if shape[0] != 1:
        raise SystemExit(f"node '{node.name}': the samples' axis does not come first")
    return x.reshape([len(x)] + [x.shape[axis] if extent == 0 else int(extent) for axis, extent in enumerate(shape)][1:])


def transpose(node, x):
    if node["perm"][0] != 0:
        raise SystemExit(f"node '{node.name}': the samples' axis does not come first")
    return x.transpose(node["perm"])


def clip(node, x, low=None, high=None):
    if low is not None:
        x = jnp.where(x > low, x, low)
    return x if high is None else jnp.where(x < high, x, high)


def slice_(node, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    parts = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        parts[axis] = slice(int(start), int(min(end, x.shape[axis])), int(step))
    return x[tuple(parts)]


def pad(node, x, pads, value=None):
    return jnp.pad(x, list(zip(pads[:x.ndim].tolist(), pads[x.ndim:].tolist())),
                   constant_values=0 if value is None else float(value))


def reduce_mean(node, x):
    return x.mean(tuple(node["axes"]), keepdims=bool(node["keepdims"]))


def plain(function):
    """Of the operands alone, in the maps' precision."""
    return lambda node, *operands: function(*operands)


def arithmetic(function):
    def apply(node, a, b):
        kind = jnp.result_type(*[x.dtype for x in (a, b) if isinstance(x, jax.Array)])
        return function(jnp.asarray(a, kind), jnp.asarray(b, kind))
    return apply


OPERATORS = {
    "Relu": plain(lambda x: jnp.where(x > 0, x, 0)), "Clip": clip, "Erf": plain(lax.erf),
    "Sigmoid": plain(jax.nn.sigmoid), "Tanh": plain(jnp.tanh), "Identity": plain(lambda x: x),
    "Add": arithmetic(jnp.add), "Sub": arithmetic(jnp.subtract), "Mul": arithmetic(jnp.multiply),
    "Div": arithmetic(jnp.divide),
    "MatMul": plain(jnp.matmul), "Gemm": gemm,
    "GlobalAveragePool": plain(lambda x: x.mean((2, 3), keepdims=True)),
    "MaxPool": pool_maximum, "AveragePool": pool_average,
    "LayerNormalization": normalize_layer, "Softmax": lambda node, x: jax.nn.softmax(x, node["axis"]),
    "ReduceMean": reduce_mean, "Flatten": flatten, "Reshape": reshape, "Transpose": transpose, "Slice": slice_,
    "Pad": pad, "Concat": lambda node, *parts: jnp.concatenate(parts, node["axis"]), "Conv": convolve_by_library,
}


def cross_entropy(logits, labels):
    """Mean over the samples."""
    logs = logits - jax.scipy.special.logsumexp(logits, axis=1, keepdims=True)
    return -jnp.take_along_axis(logs, labels[:, None], 1).mean()
