"""Runs one network in one engine for a while, in this process alone, and prints what that took as one JSON object.

engine.py ENGINE FOLDER NETWORK THREADS SECONDS INPUT.npy OUTPUT.npy

Threads are bound by whoever starts it. Memory is what the engine adds to the bare interpreter with numpy.
"""
import json
import os
import sys
import time

import numpy


def resident_peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024


def busy_seconds():
    """Of all processors, with anything, since the machine started."""
    ticks = [int(word) for word in open("/proc/stat").readline().split()[1:9]]
    user, nice, system, _, _, interrupts, soft, stolen = ticks
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def onnxruntime(folder, network, threads, input):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    begin = time.perf_counter()
    session = onnxruntime.InferenceSession(f"{folder}/{network}.onnx", options, providers=["CPUExecutionProvider"])
    return begin, lambda: session.run(None, {"input": input})[0]


def openvino(folder, network, threads, input):
    import openvino
    begin = time.perf_counter()
    compiled = openvino.Core().compile_model(f"{folder}/{network}.onnx", "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()

    def run():
        request.infer({0: input}, share_inputs=True, share_outputs=True)
        return request.get_output_tensor(0).data
    return begin, run


def litert(folder, network, threads, input):
    from ai_edge_litert.interpreter import Interpreter
    last = numpy.ascontiguousarray(input.transpose(0, 2, 3, 1))
    begin = time.perf_counter()
    interpreter = Interpreter(f"{folder}/{network}.tflite", num_threads=threads)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def run():
        interpreter.set_tensor(given, last)
        interpreter.invoke()
        return interpreter.get_tensor(made)
    return begin, run


def ncnn(folder, network, threads, input):
    import ncnn
    begin = time.perf_counter()
    net = ncnn.Net()
    net.opt.num_threads = threads
    # Single precision throughout, as the others compute.
    for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
        if hasattr(net.opt, f"use_{name}"):
            setattr(net.opt, f"use_{name}", False)
    net.load_param(f"{folder}/{network}.ncnn.param")
    net.load_model(f"{folder}/{network}.ncnn.bin")
    given, made = net.input_names()[0], net.output_names()[0]
    sample = ncnn.Mat(numpy.ascontiguousarray(input[0])).clone()

    def run():
        extractor = net.create_extractor()
        extractor.input(given, sample)
        return numpy.array(extractor.extract(made)[1])
    return begin, run


def main():
    engine, folder, network, threads, seconds, given, made = sys.argv[1:]
    seconds = float(seconds)
    input = numpy.load(given)
    bare = resident_peak()
    begin, run = {"onnxruntime": onnxruntime, "openvino": openvino, "litert": litert, "ncnn": ncnn}[engine](
        folder, network, int(threads), input)
    output = run()
    load = time.perf_counter() - begin

    start = time.perf_counter()
    while time.perf_counter() - start < seconds / 5:
        run()
    samples = []
    start, busy, own = time.perf_counter(), busy_seconds(), time.process_time()
    while len(samples) < 10 or time.perf_counter() - start < seconds:
        sample = time.perf_counter()
        run()
        samples.append(time.perf_counter() - sample)
    wall = time.perf_counter() - start
    others = max(busy_seconds() - busy - (time.process_time() - own), 0) / wall
    samples.sort()
    numpy.save(made, numpy.asarray(output, numpy.float32).reshape(-1))
    print(json.dumps({
        "median_ms": 1e3 * float(numpy.median(samples)), "min_ms": 1e3 * samples[0],
        "p90_ms": 1e3 * samples[int(0.9 * len(samples))], "runs": len(samples), "load_ms": 1e3 * load,
        "peak_rss_mb": resident_peak() - bare, "others_processors": others}))


if __name__ == "__main__":
    main()
