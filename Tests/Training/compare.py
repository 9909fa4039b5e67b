"""Compares one training step of edgemesh with JAX's in double precision; `run step` starts it. See README.md."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import jax
import numpy

import bends
import graph

jax.config.update("jax_enable_x64", True)

# Of the largest number of what is compared. What is 0 but for rounding has none: there it is the largest gradient's.
TOLERANCE = 1e-4
VANISHING = 1e-9
# The more maxima are taken, the likelier two numbers are alike but for rounding.
SAMPLES = {"vgg16-bn": 8}
ATTEMPTS = 20


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/Training/run step", description=__doc__)
    parser.add_argument("architectures", nargs="*", default=["resnet20"], metavar="ARCHITECTURE",
                        help="as `edgemesh train` knows them (default: resnet20)")
    parser.add_argument("--samples", type=int, help="in the batch (default: 32; vgg16-bn 8)")
    parser.add_argument("--seed", type=int, default=1, help="of pictures, labels and weights (default: 1)")
    parser.add_argument("--extents", type=lambda text: [int(n) for n in text.split("x")], default=[3, 32, 32],
                        metavar="CxHxW", help="of a picture (default: 3x32x32)")
    parser.add_argument("--all", action="store_true", help="print every constant, not only the worst")
    parser.add_argument("--program", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def draw_constants(network, random):
    """Numbers that all begin alike, such as scales of 1 and shifts of 0, say little: they are drawn, too."""
    for name, numbers in network.trained.items():
        if numbers.size == 1 or numpy.ptp(numbers) > 0:
            continue
        drawn = random.uniform(0.5, 1.5, numbers.shape) if numbers.flat[0] else random.normal(0, 0.1, numbers.shape)
        network.trained[name] = drawn.astype(numpy.float32)
    for name, numbers in network.running.items():
        network.running[name] = random.uniform(0.5, 1.5, numbers.shape).astype(numpy.float32)


def step_by_jax(network, pictures, labels, kind):
    """Loss, logits, gradients and running statistics in that precision."""
    operators = graph.OPERATORS | {"Conv": graph.convolve_by_taps}
    cast = lambda numbers: {name: jax.numpy.asarray(number, kind) for name, number in numbers.items()}

    @jax.jit
    def step(trained, running, pictures, labels):
        def loss(trained):
            logits, after = network.apply(trained, running, pictures, operators)
            return graph.cross_entropy(logits, labels), (logits, after)
        (value, (logits, after)), gradients = jax.value_and_grad(loss, has_aux=True)(trained)
        return {"loss": value, "logits": logits, **{f"gradient.{name}": g for name, g in gradients.items()},
                **{f"running.{name}": numbers for name, numbers in after.items()}}
    found = step(cast(network.trained), cast(network.running), jax.numpy.asarray(pictures, kind), labels)
    assert all(numbers.dtype == kind for numbers in found.values())
    return {name: numpy.asarray(numbers, numpy.float64) for name, numbers in found.items()}


def step_by_edgemesh(program, network, pictures, labels, folder):
    network.write(folder / "network.onnx")
    pictures.astype("<f4").tofile(folder / "inputs")
    labels.astype("<f4").tofile(folder / "labels")
    call(program, "step", folder / "network.onnx", folder / "inputs", folder / "labels", folder / "results")
    return {path.name: numpy.fromfile(path, "<f4").astype(numpy.float64) for path in (folder / "results").iterdir()}


def call(*command):
    child = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if child.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command[:3])}: {child.stdout.strip()} {child.stderr.strip()}")


def differences(found, reference):
    """Of each array, the largest difference, of the array's largest number."""
    largest = max(abs(numbers).max() for name, numbers in reference.items() if name.startswith("gradient."))
    result = {}
    for name, numbers in reference.items():
        scale = abs(numbers).max()
        if name.startswith("gradient.") and scale < VANISHING * largest:
            scale = largest
        other = found[name].reshape(numbers.shape)
        result[name] = abs(other - numbers).max() / scale if numpy.isfinite(other).all() else numpy.inf
    return result


def draw(given, name, file):
    """A network, a batch for it, and how far the batch is from where a derivative is not continuous."""
    samples = given.samples or SAMPLES.get(name, 32)
    for attempt in range(ATTEMPTS):
        network = graph.Graph(file)
        random = numpy.random.default_rng([given.seed, attempt])
        draw_constants(network, random)
        pictures = random.uniform(0, 1, (samples, *network.input_shape[1:])).astype(numpy.float32)
        labels = random.integers(0, 10, samples)
        try:
            return network, pictures, labels, bends.straighten(network, pictures)
        except bends.Tie:
            continue
    sys.exit(f"{name}: {ATTEMPTS} batches of {samples} samples have maxima that are too much alike; take fewer samples")


def compare(given, name):
    """Whether the steps are alike; prints what differs how far."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        call(given.program, "network", name, folder / "network.onnx", "x".join(map(str, given.extents)), given.seed)
        network, pictures, labels, margin = draw(given, name, folder / "network.onnx")
        ours = step_by_edgemesh(given.program, network, pictures, labels, folder)
    double = step_by_jax(network, pictures, labels, numpy.float64)
    if ours.keys() != double.keys():
        other = sorted(ours.keys() ^ double.keys())
        print(f"{name}: {len(other)} that only one of both computes: {', '.join(other[:8])}")
        return False
    single = step_by_jax(network, pictures, labels, numpy.float32)
    ours, single = differences(ours, double), differences(single, double)
    kinds = {"loss": "loss", "logits": "logits", "gradient.": "gradients", "running.": "running statistics"}
    print(f"{name}, {len(labels)} samples, {len(network.trained)} trained constants of "
          f"{sum(numbers.size for numbers in network.trained.values())} numbers, loss {double['loss']:.6f}, "
          f"{margin:.0e} from bends")
    print(f"  {'largest difference from JAX in double':50} edgemesh  JAX in single")
    for start, title in kinds.items():
        names = [key for key in ours if key.startswith(start)]
        if not names:
            continue
        if given.all:
            for key in names:
                print(f"  {key:50} {ours[key]:8.1e}  {single[key]:8.1e}")
        worst = max(names, key=ours.get)
        words = f"{title}: {worst[len(start):]}" if worst != start else title
        print(f"  {words:50} {ours[worst]:8.1e}  {max(single[key] for key in names):8.1e}")
    wrong = [key for key in ours if not ours[key] <= TOLERANCE]
    for key in wrong:
        print(f"  wrong: {key}: {ours[key]:.1e}, more than {TOLERANCE:.0e}")
    return not wrong


def main():
    given = arguments()
    alike = [compare(given, name) for name in given.architectures]
    print(f"{len(alike)} networks, {alike.count(False)} with another step than JAX's")
    sys.exit(0 if all(alike) else 1)


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    main()
