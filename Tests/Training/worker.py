"""Takes training steps with another implementation in this process alone, told by lines of standard input.

worker.py ENGINE NETWORK.onnx SAMPLES, where ENGINE is jax-nchw, jax-nhwc or onnxruntime. It prints a line when it is
ready; then for each line with a number of seconds one JSON object. Whoever starts it binds it to processors: it takes as
many threads.
"""
import importlib.machinery
import json
import os
import sys
import tempfile
import time
import types

import numpy

RATE, MOMENTUM, DECAY, CLASSES = 0.01, 0.9, 5e-4, 10


def batch(shape, samples):
    random = numpy.random.default_rng(1)
    return (random.uniform(0, 1, (samples, *shape[1:])).astype(numpy.float32),
            random.integers(0, CLASSES, samples))


def with_jax(path, samples, layout):
    """A function that takes a step and returns its loss: forward, backward and update compiled as one program."""
    import jax

    import channels_last
    import graph
    network = graph.Graph(path)
    pictures, labels = batch(network.input_shape, samples)
    trained, running = network.trained, network.running
    if layout == "nhwc":
        forward = channels_last.forward(network)
        trained, pictures = channels_last.weights(network), pictures.transpose(0, 2, 3, 1)
    else:
        def forward(trained, running, pictures):
            return network.apply(trained, running, pictures, graph.OPERATORS)
    decay = {name: DECAY if numbers.ndim > 1 else 0.0 for name, numbers in trained.items()}

    def step(state, pictures, labels):
        trained, running, momenta = state

        def loss(trained):
            logits, after = forward(trained, running, pictures)
            return graph.cross_entropy(logits, labels), after
        (value, after), gradients = jax.value_and_grad(loss, has_aux=True)(trained)
        # Nesterov's momentum, as edgemesh has it.
        gradients = {name: g + decay[name] * trained[name] for name, g in gradients.items()}
        momenta = {name: MOMENTUM * momenta[name] + g for name, g in gradients.items()}
        trained = {name: w - RATE * (gradients[name] + MOMENTUM * momenta[name]) for name, w in trained.items()}
        return (trained, after, momenta), value

    compiled = jax.jit(step, donate_argnums=0)
    zeros = {name: numpy.zeros_like(numbers) for name, numbers in trained.items()}
    state = jax.device_put((trained, running, zeros))
    pictures, labels = jax.device_put((pictures, labels))

    def take():
        nonlocal state
        state, value = jax.block_until_ready(compiled(state, pictures, labels))
        return float(value)
    return take


class Absent(types.ModuleType):
    """In place of PyTorch, which ONNX Runtime's training package imports and does not need for what is done here."""

    def __init__(self, name):
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(name)

    def __call__(self, *arguments, **named):
        return self

    def __mro_entries__(self, bases):
        return (object,)


def with_onnxruntime(path, samples):
    """The same; its update is plain gradient descent, the only one beside AdamW that it has."""
    for name in ("torch", "torch.utils", "torch.utils.dlpack", "torch.nn", "torch.onnx"):
        sys.modules[name] = Absent(name)
    import onnx
    import onnxruntime
    from onnxruntime.training import api, artifacts
    onnxruntime.set_default_logger_severity(3)
    model = onnx.load(path)
    running = set()
    for node in model.graph.node:
        if node.op_type == "BatchNormalization":
            running.update(node.input[3:5])
            node.attribute.append(onnx.helper.make_attribute("training_mode", 1))
            node.output.extend([node.output[0] + ".mean after", node.output[0] + ".variance after"])
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "samples"
    shape = [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
    trained = [c.name for c in model.graph.initializer
               if c.data_type == onnx.TensorProto.FLOAT and c.dims and c.name not in running]
    folder = tempfile.TemporaryDirectory()
    artifacts.generate_artifacts(
        model, requires_grad=trained, frozen_params=sorted(running), loss=artifacts.LossType.CrossEntropyLoss,
        optimizer=artifacts.OptimType.SGD, artifact_directory=folder.name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    state = api.CheckpointState.load_checkpoint(f"{folder.name}/checkpoint")
    module = api.Module(f"{folder.name}/training_model.onnx", state, session_options=options)
    optimizer = api.Optimizer(f"{folder.name}/optimizer_model.onnx", module)
    optimizer.set_learning_rate(RATE)
    module.train()
    pictures, labels = batch(shape, samples)

    def take():
        loss = module(pictures, labels)
        optimizer.step()
        module.lazy_reset_grad()
        return float(loss)
    take.folder = folder
    return take


def measure(take, seconds):
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        take()
        times.append(time.perf_counter() - start)
    times.sort()
    return {"steps": len(times), "median": times[len(times) // 2], "least": times[0]}


def main():
    engine, path, samples = sys.argv[1], sys.argv[2], int(sys.argv[3])
    take = with_onnxruntime(path, samples) if engine == "onnxruntime" else with_jax(path, samples, engine[4:])
    begin = time.perf_counter()
    losses = [take() for _ in range(3)]
    print(json.dumps({"losses": losses, "start": time.perf_counter() - begin}), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(take, float(line))), flush=True)


if __name__ == "__main__":
    main()
