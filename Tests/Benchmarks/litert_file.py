"""Writes a description as a LiteRT file (TensorFlow Lite's format), channels last, as converters would."""

import flatbuffers
import numpy
from ai_edge_litert import schema_py_generated as schema

OPERATORS, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
ACTIVATIONS = {None: 0, "relu": 1, "relu6": 3}


def options(kind, **fields):
    """An operator's options, by the name of their class."""
    value = getattr(schema, f"{kind}T")()
    for name, field in fields.items():
        assert hasattr(value, name), f"{kind} has no {name}"
        setattr(value, name, field)
    return value, getattr(OPTIONS, kind)


class Writer:
    def __init__(self):
        self.buffers, self.tensors, self.operators, self.codes = [schema.BufferT()], [], [], {}

    def tensor(self, shape, array=None, name=None):
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.type = schema.TensorType.FLOAT32
        tensor.name = name or f"value_{len(self.tensors)}"
        tensor.buffer = 0
        if array is not None:
            if array.dtype == numpy.int32:
                tensor.type = schema.TensorType.INT32
            buffer = schema.BufferT()
            buffer.data = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, array):
        return self.tensor(array.shape, array)

    def integers(self, values):
        return self.constant(numpy.array(values, numpy.int32))

    def operator(self, name, inputs, shape, how=(None, 0)):
        code = getattr(OPERATORS, name)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.setdefault(code, len(self.codes))
        operator.inputs, operator.outputs = list(inputs), [self.tensor(shape)]
        operator.builtinOptions, operator.builtinOptionsType = how
        self.operators.append(operator)
        return operator.outputs[0]

    def combined(self, name, a, b, shape, activation=None):
        kind = {"ADD": "AddOptions", "MUL": "MulOptions", "SUB": "SubOptions"}[name]
        return self.operator(name, [a, b], shape, options(kind, fusedActivationFunction=ACTIVATIONS[activation]))

    def mean(self, x, axes, shape):
        return self.operator("MEAN", [x, self.integers(axes)], shape, options("ReducerOptions", keepDims=True))

    def padded(self, x, shape, padding):
        """With zeros around: the format pads to keep the extents or not at all."""
        channels, height, width = shape
        shape = (1, height + 2 * padding, width + 2 * padding, channels)
        pads = self.integers([[0, 0], [padding] * 2, [padding] * 2, [0, 0]])
        return self.operator("PAD", [x, pads], shape, options("PadOptions"))


def real_shape(shape):
    return (1, *shape[1:], shape[0]) if len(shape) == 3 else (1, *shape)


def convolution(writer, layer, x, given):
    attributes, weight = layer.attributes, layer.weights["weight"]
    kernel, stride, padding = (attributes[key] for key in ("kernel", "stride", "padding"))
    keeps = stride == 1 and 2 * padding == kernel - 1
    if padding and not keeps:
        x = writer.padded(x, given, padding)
    is_depthwise = attributes["groups"] > 1
    assert not is_depthwise or attributes["groups"] == given[0] == layer.shape[0]
    weight = weight.transpose(1, 2, 3, 0) if is_depthwise else weight.transpose(0, 2, 3, 1)
    bias = layer.weights.get("bias", numpy.zeros(layer.shape[0], numpy.float32))
    fields = dict(
        strideW=stride, strideH=stride, dilationWFactor=1, dilationHFactor=1,
        padding=schema.Padding.SAME if keeps else schema.Padding.VALID,
        fusedActivationFunction=ACTIVATIONS[attributes["activation"]])
    if is_depthwise:
        how = options("DepthwiseConv2DOptions", depthMultiplier=1, **fields)
    else:
        how = options("Conv2DOptions", **fields)
    return writer.operator(
        "DEPTHWISE_CONV_2D" if is_depthwise else "CONV_2D", [x, writer.constant(weight), writer.constant(bias)],
        real_shape(layer.shape), how)


def linear(writer, layer, x, before):
    """`before` is the shape of the map that was flattened, if one was: here its pixels come first."""
    weight = layer.weights["weight"]
    if before:
        weight = weight.reshape(-1, *before).transpose(0, 2, 3, 1).reshape(weight.shape)
    how = options("FullyConnectedOptions", fusedActivationFunction=ACTIVATIONS[layer.attributes["activation"]])
    inputs = [x, writer.constant(weight), writer.constant(layer.weights["bias"])]
    return writer.operator("FULLY_CONNECTED", inputs, real_shape(layer.shape), how)


def pointwise(writer, layer, x):
    inputs = [x, writer.constant(layer.weights["weight"].T), writer.constant(layer.weights["bias"])]
    return writer.operator(
        "FULLY_CONNECTED", inputs, real_shape(layer.shape), options("FullyConnectedOptions", keepNumDims=True))


def layer_normalization(writer, layer, x):
    """In pieces, as converters write it: the format has no operator for it."""
    shape = real_shape(layer.shape)
    one = (*shape[:-1], 1)
    difference = writer.combined("SUB", x, writer.mean(x, [3], one), shape)
    variance = writer.mean(writer.operator("SQUARE", [difference], shape), [3], one)
    epsilon = writer.constant(numpy.array([layer.attributes["epsilon"]], numpy.float32))
    factor = writer.operator("RSQRT", [writer.combined("ADD", variance, epsilon, one)], one)
    value = writer.combined("MUL", difference, factor, shape)
    value = writer.combined("MUL", value, writer.constant(layer.weights["scale"]), shape)
    return writer.combined("ADD", value, writer.constant(layer.weights["shift"]), shape)


def batch_normalization(writer, layer, x):
    weights, shape = layer.weights, real_shape(layer.shape)
    factor = weights["scale"] / numpy.sqrt(weights["variance"] + numpy.float32(layer.attributes["epsilon"]))
    value = writer.combined("MUL", x, writer.constant(factor), shape)
    return writer.combined("ADD", value, writer.constant(weights["shift"] - weights["mean"] * factor), shape)


def max_pool(writer, layer, x, given):
    kernel, stride, padding = (layer.attributes[key] for key in ("kernel", "stride", "padding"))
    if padding:
        # Only after a Relu, where zero is as good as nothing.
        x = writer.padded(x, given, padding)
    how = options(
        "Pool2DOptions", padding=schema.Padding.VALID, strideW=stride, strideH=stride, filterWidth=kernel,
        filterHeight=kernel)
    return writer.operator("MAX_POOL_2D", [x], real_shape(layer.shape), how)


def write(description, path):
    writer, values, flattened = Writer(), [], {}
    for number, layer in enumerate(description.layers):
        shape = real_shape(layer.shape)
        inputs = [values[x] for x in layer.inputs]
        given = description.shape(layer.inputs[0]) if inputs else None
        match layer.operator:
            case "input": value = writer.tensor(shape, name="input")
            case "convolution": value = convolution(writer, layer, inputs[0], given)
            case "linear": value = linear(writer, layer, inputs[0], flattened.get(layer.inputs[0]))
            case "pointwise": value = pointwise(writer, layer, inputs[0])
            case "batch_normalization": value = batch_normalization(writer, layer, inputs[0])
            case "layer_normalization": value = layer_normalization(writer, layer, inputs[0])
            case "scale":
                value = writer.combined("MUL", inputs[0], writer.constant(layer.weights["factors"]), shape)
            case "add": value = writer.combined("ADD", *inputs, shape, layer.attributes["activation"])
            case "max_pool": value = max_pool(writer, layer, inputs[0], given)
            case "global_pool": value = writer.mean(inputs[0], [1, 2], shape)
            case "flatten":
                value = writer.operator(
                    "RESHAPE", [inputs[0], writer.integers(shape)], shape,
                    options("ReshapeOptions", newShape=list(shape)))
                flattened[number] = given
            case "relu": value = writer.operator("RELU", inputs, shape)
            case "gelu": value = writer.operator("GELU", inputs, shape, options("GeluOptions"))
            case "channels_last" | "channels_first": value = inputs[0]
            case other: raise ValueError(other)
        values.append(value)
    save(writer, description.name, values[0], values[-1], path)


def save(writer, name, first, last, path):
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = writer.tensors, writer.operators, [first], [last]
    graph.name = name
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [graph], writer.buffers, []
    for code in writer.codes:
        entry = schema.OperatorCodeT()
        entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), 1
        model.operatorCodes.append(entry)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    with open(path, "wb") as file:
        file.write(builder.Output())
