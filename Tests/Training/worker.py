"""Takes training steps with another implementation in this process alone, told by lines of standard input.

worker.py ENGINE NETWORK.onnx SAMPLES, where ENGINE is jax-nchw or jax-nhwc. It prints a line when it is ready; then for each line with
a number of seconds one JSON object. Whoever starts it binds it to processors: JAX takes as many threads.
"""
import json
import sys
import time

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
    take = with_jax(path, samples, engine.removeprefix("jax-"))
    begin = time.perf_counter()
    losses = [take() for _ in range(3)]
    print(json.dumps({"losses": losses, "start": time.perf_counter() - begin}), flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(take, float(line))), flush=True)


if __name__ == "__main__":
    main()
