"""Writes a description as an ONNX file, in the words that PyTorch's exporter uses."""
import math

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20  # the first with Gelu


class Writer:
    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, array):
        name = f"weight_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def node(self, operator, inputs, **attributes):
        self.count += 1
        name = f"{operator}_{self.count}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def activated(self, value, activation):
        if activation == "relu":
            return self.node("Relu", [value])
        if activation == "relu6":
            return self.node("Clip", [value, self.constant(numpy.float32(0)), self.constant(numpy.float32(6))])
        return value

    def layer(self, layer, values):
        given, weights, attributes = [values[x] for x in layer.inputs], layer.weights, layer.attributes
        constants = lambda *names: [self.constant(weights[name]) for name in names if name in weights]
        match layer.operator:
            case "convolution":
                kernel, stride, padding = (attributes[key] for key in ("kernel", "stride", "padding"))
                value = self.node(
                    "Conv", given + constants("weight", "bias"), kernel_shape=[kernel] * 2, strides=[stride] * 2,
                    pads=[padding] * 4, dilations=[1, 1], group=attributes["groups"])
            case "linear":
                value = self.node("Gemm", given + constants("weight", "bias"), transB=1)
            case "pointwise":
                product = self.node("MatMul", given + constants("weight"))
                value = self.node("Add", [product] + constants("bias"))
            case "batch_normalization":
                value = self.node(
                    "BatchNormalization", given + constants("scale", "shift", "mean", "variance"),
                    epsilon=attributes["epsilon"])
            case "layer_normalization":
                value = self.node(
                    "LayerNormalization", given + constants("scale", "shift"), axis=-1, epsilon=attributes["epsilon"])
            case "scale":
                value = self.node("Mul", given + [self.constant(weights["factors"].reshape(-1, 1, 1))])
            case "max_pool":
                kernel, stride, padding = (attributes[key] for key in ("kernel", "stride", "padding"))
                value = self.node(
                    "MaxPool", given, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4)
            case "channels_last": value = self.node("Transpose", given, perm=[0, 2, 3, 1])
            case "channels_first": value = self.node("Transpose", given, perm=[0, 3, 1, 2])
            case "global_pool": value = self.node("GlobalAveragePool", given)
            case "flatten": value = self.node("Flatten", given, axis=1)
            case "relu": value = self.node("Relu", given)
            case "gelu": value = self.node("Gelu", given)
            case "add": value = self.node("Add", given)
            case other: raise ValueError(other)
        return self.activated(value, attributes.get("activation"))


def write(description, path):
    writer, values = Writer(), []
    for layer in description.layers:
        values.append("input" if layer.operator == "input" else writer.layer(layer, values))
    writer.nodes[-1].output[0] = "output"
    first, last = description.layers[0], description.layers[-1]
    graph = helper.make_graph(
        writer.nodes, description.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, *first.shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, math.prod(last.shape)])], writer.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="edgemesh")
    model.ir_version = 9
    onnx.checker.check_model(model)
    onnx.save(model, path)
