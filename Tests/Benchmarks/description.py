"""A network as a list of layers, from which files for every engine are written.

Maps are (channels, height, width), vectors (length,). Weights are random, drawn by the seed and the layer's number, so
every file of a network holds the same ones. Speed does not depend on weights; that outputs of different engines agree
does show that they compute the same network.
"""
import math
from dataclasses import dataclass, field

import numpy

SEED = 1


@dataclass
class Layer:
    operator: str
    inputs: list
    shape: tuple
    attributes: dict = field(default_factory=dict)
    weights: dict = field(default_factory=dict)
    multiply_accumulates: int = 0


class Description:
    """Layers in the order in which they are computed. Every method adds one and returns its number."""

    def __init__(self, name):
        self.name, self.layers = name, []

    def shape(self, layer):
        return self.layers[layer].shape

    @property
    def multiply_accumulates(self):
        return sum(layer.multiply_accumulates for layer in self.layers)

    def _add(self, operator, inputs, shape, weights=None, multiply_accumulates=0, **attributes):
        self.layers.append(Layer(operator, list(inputs), tuple(shape), attributes, weights or {}, multiply_accumulates))
        return len(self.layers) - 1

    @property
    def _random(self):
        return numpy.random.default_rng([SEED, len(self.layers)])

    @staticmethod
    def _normal(random, shape, fan_in):
        """He's initialisation (2015): what goes through many layers neither vanishes nor explodes."""
        return random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(math.sqrt(2 / fan_in))

    @staticmethod
    def _bias(random, count):
        return random.standard_normal(count, dtype=numpy.float32) * numpy.float32(0.01)

    def input(self, *shape):
        return self._add("input", [], shape)

    def convolution(self, x, channels, kernel, stride=1, padding=0, groups=1, activation=None, bias=True):
        given, height, width = self.shape(x)
        height, width = ((extent + 2 * padding - kernel) // stride + 1 for extent in (height, width))
        taps = given // groups * kernel * kernel
        random = self._random
        weights = {"weight": self._normal(random, (channels, given // groups, kernel, kernel), taps)}
        if bias:
            weights["bias"] = self._bias(random, channels)
        return self._add(
            "convolution", [x], (channels, height, width), weights, channels * height * width * taps, kernel=kernel,
            stride=stride, padding=padding, groups=groups, activation=activation)

    def linear(self, x, outputs, activation=None):
        """Of a vector."""
        (inputs,) = self.shape(x)
        random = self._random
        weights = {"weight": self._normal(random, (outputs, inputs), inputs), "bias": self._bias(random, outputs)}
        return self._add("linear", [x], (outputs,), weights, inputs * outputs, activation=activation)

    def pointwise(self, x, channels):
        """Of every pixel's channels: the matrix product that exporters write for a layer on channels-last maps."""
        given, height, width = self.shape(x)
        random = self._random
        weights = {"weight": self._normal(random, (given, channels), given), "bias": self._bias(random, channels)}
        return self._add(
            "pointwise", [x], (channels, height, width), weights, height * width * given * channels)

    def batch_normalization(self, x):
        channels = self.shape(x)[0]
        random = self._random
        uniform = lambda low, high: random.uniform(low, high, channels).astype(numpy.float32)
        return self._add("batch_normalization", [x], self.shape(x), {
            "scale": uniform(0.5, 0.9), "shift": uniform(-0.1, 0.1), "mean": uniform(-0.1, 0.1),
            "variance": uniform(0.8, 1.2)}, epsilon=1e-5)

    def layer_normalization(self, x):
        """Over every pixel's channels."""
        channels = self.shape(x)[0]
        random = self._random
        return self._add("layer_normalization", [x], self.shape(x), {
            "scale": random.uniform(0.5, 1.5, channels).astype(numpy.float32),
            "shift": self._bias(random, channels)}, epsilon=1e-6)

    def scale(self, x, value):
        channels = self.shape(x)[0]
        factors = self._random.uniform(0.5 * value, 1.5 * value, channels).astype(numpy.float32)
        return self._add("scale", [x], self.shape(x), {"factors": factors})

    def relu(self, x):
        return self._add("relu", [x], self.shape(x))

    def gelu(self, x):
        return self._add("gelu", [x], self.shape(x))

    def add(self, a, b, activation=None):
        return self._add("add", [a, b], self.shape(a), activation=activation)

    def max_pool(self, x, kernel, stride, padding=0):
        channels, height, width = self.shape(x)
        height, width = ((extent + 2 * padding - kernel) // stride + 1 for extent in (height, width))
        return self._add("max_pool", [x], (channels, height, width), kernel=kernel, stride=stride, padding=padding)

    def global_pool(self, x):
        return self._add("global_pool", [x], (self.shape(x)[0], 1, 1))

    def flatten(self, x):
        return self._add("flatten", [x], (math.prod(self.shape(x)),))

    def channels_last(self, x):
        """From here on a pixel's channels lie side by side; shapes are still written channels first."""
        return self._add("channels_last", [x], self.shape(x))

    def channels_first(self, x):
        return self._add("channels_first", [x], self.shape(x))
