"""ONNX's checker and ONNX Runtime on a folder of ONNX backend tests, each with what edgemesh computed."""

import pathlib
import sys

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime


def tensors(folder, kind):
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda file: int(file.stem.split("_")[1]))
    return [onnx.numpy_helper.to_array(onnx.load_tensor(file)) for file in files]


def judge(test):
    """Nothing where all is well, else what is not, in a line."""
    model = onnx.load(test / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    opset = [entry.version for entry in model.opset_import]
    if opset != [17] or model.ir_version != 8:
        return f"opset {opset}, IR version {model.ir_version}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(test / "model.onnx", options, providers=["CPUExecutionProvider"])
    data = test / "test_data_set_0"
    types = {"tensor(int64)": numpy.int64, "tensor(bool)": numpy.bool_, "tensor(float)": numpy.float32}
    given = {
        value.name: tensor.astype(types[value.type]) for value, tensor in zip(session.get_inputs(), tensors(data, "input"))
    }
    for value, expected, found in zip(session.get_outputs(), tensors(data, "output"), session.run(None, given)):
        if expected.shape != found.shape:
            return f"{value.name}: {found.shape}, edgemesh {expected.shape}"
        found = found.astype(numpy.float64)
        scale = max(numpy.abs(found).max(initial=0), 1e-3)
        worst = numpy.abs(found - expected).max(initial=0)
        if not worst <= 1e-4 * scale:
            return f"{value.name}: differs by {worst:.3g} at a scale of {scale:.3g}"
    return None


def main(folder):
    failed = lacking = 0
    tests = sorted(path for path in pathlib.Path(folder).iterdir() if (path / "model.onnx").exists())
    for test in tests:
        try:
            fault = judge(test)
        except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented as error:
            # The file is right, as the checker has said; ONNX Runtime lacks the operator for such elements.
            lacking += 1
            print(f"{test.name}: not in ONNX Runtime: {str(error).strip().splitlines()[0]}")
            continue
        except Exception as error:  # Whatever a tool says against a file is what we want to hear.
            fault = str(error).strip().splitlines()[0]
        if fault:
            failed += 1
            print(f"{test.name}: {fault}")
    print(f"{len(tests) - failed - lacking} agreed, {failed} did not, {lacking} that ONNX Runtime cannot run")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
