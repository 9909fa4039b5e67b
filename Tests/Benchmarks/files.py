"""The networks' files for every engine, an input, and whether outputs agree."""
import importlib.util
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy

from networks import ALL

SUFFIXES = {
    "edgemesh": [".onnx"], "onnxruntime": [".onnx"], "openvino": [".onnx"], "litert": [".tflite"],
    "ncnn": [".ncnn.param", ".ncnn.bin"],
}


def provide(network, folder, engines):
    """Writes the files that are not there yet. They are the same every time."""
    missing = lambda suffixes: any(not (folder / f"{network}{suffix}").exists() for suffix in suffixes)
    if not any(missing(SUFFIXES[engine]) for engine in engines):
        return
    print(f"writing {network}", file=sys.stderr)
    description = ALL[network]()
    if missing([".onnx"]):
        import onnx_file
        write_whole(folder / f"{network}.onnx", lambda path: onnx_file.write(description, path))
    if "litert" in engines and missing(SUFFIXES["litert"]):
        import litert_file
        write_whole(folder / f"{network}.tflite", lambda path: litert_file.write(description, path))
    if "ncnn" in engines and missing(SUFFIXES["ncnn"]):
        convert_for_ncnn(network, folder, description.shape(0))


def write_whole(path, write):
    """So that an interrupted run leaves no half file."""
    partial = path.with_name(f"{path.name}.partial")
    write(str(partial))
    partial.rename(path)


def convert_for_ncnn(network, folder, shape):
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        model = pathlib.Path(scratch) / f"{network}.onnx"
        model.symlink_to((folder / f"{network}.onnx").resolve())
        # Found without being imported: the package would ask for PyTorch, which reading ONNX does not take.
        pnnx = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
        shape = ",".join(str(extent) for extent in (1, *shape))
        # fp16=0: weights as they are.
        child = subprocess.run(
            [pnnx, model, f"inputshape=[{shape}]", "fp16=0"], cwd=scratch, capture_output=True, text=True)
        for suffix in SUFFIXES["ncnn"]:
            made = pathlib.Path(scratch) / f"{network}{suffix}"
            if not made.exists():
                sys.exit(f"pnnx made no {made.name}: {(child.stdout + child.stderr)[-2000:]}")
            made.rename(folder / made.name)


def write_input(network, path):
    random = numpy.random.default_rng(1)
    numpy.save(path, random.uniform(-1, 1, (1, *ALL[network]().shape(0))).astype(numpy.float32))


def differences(networks, engines, scratch):
    """For each network the largest difference between two engines' outputs, as a share of the largest output, and
    which two these are; nothing where there are not two."""
    found = {}
    for network in networks:
        outputs = {}
        for engine in engines:
            path = pathlib.Path(scratch) / f"{network}-{engine}.npy"
            if path.exists():
                outputs[engine] = numpy.load(path).reshape(-1)
        pairs = []
        for a, b in itertools.combinations(outputs, 2):
            largest = max(numpy.abs(outputs[a]).max(), numpy.abs(outputs[b]).max())
            difference = numpy.abs(outputs[a] - outputs[b]).max() / largest
            # What is not a number agrees with nothing.
            pairs.append((difference if numpy.isfinite(difference) else numpy.inf, a, b))
        if pairs:
            found[network] = max(pairs)
    return found
