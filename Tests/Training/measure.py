"""Measures training steps of edgemesh, JAX and ONNX Runtime in turns, and prints tables; `run speed` starts it. See README.md."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
LAYOUTS = ["jax-nchw", "jax-nhwc"]
TITLES = {"edgemesh": "edgemesh", "jax": "JAX", "onnxruntime": "ONNX Runtime"}


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/Training/run speed", description=__doc__)
    parser.add_argument("architectures", nargs="*", default=["resnet20"], metavar="ARCHITECTURE",
                        help="as `edgemesh train` knows them (default: resnet20)")
    parser.add_argument("--samples", type=int, default=128, help="in a batch (default: 128)")
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2],
                        metavar="N,...", help="numbers of threads (default: 1,2)")
    parser.add_argument("--rounds", type=int, default=3, help="of each, in turns (default: 3)")
    parser.add_argument("--seconds", type=float, default=4, help="of measuring in each round (default: 4)")
    parser.add_argument("--onnxruntime", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--program", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    if max(given.threads) > processors:
        parser.error(f"there are only {processors} processors to use")
    return given


class Worker:
    """A process that takes steps when it is told to, and sleeps in between."""

    def __init__(self, engine, file, samples, processors, python=sys.executable):
        self.child = subprocess.Popen(
            [python, HERE / "worker.py", engine, file, str(samples)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, processors))
        self.losses = self.answer()["losses"]

    def answer(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"a worker ended with status {self.child.wait()}")
        return json.loads(line)

    def measure(self, seconds):
        print(seconds, file=self.child.stdin, flush=True)
        return self.answer()

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def ours(given, name, threads, processors):
    child = subprocess.run(
        [given.program, "speed", name, str(given.samples), str(threads), str(given.seconds), "json"],
        capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, processors))
    if child.returncode != 0:
        sys.exit(f"training speed {name}: {child.stdout.strip()} {child.stderr.strip()}")
    return json.loads(child.stdout)


def faster(given, name, threads, file, processors):
    """JAX in the layout in which it is faster here, and that layout."""
    workers = {layout: Worker(layout, file, given.samples, processors) for layout in LAYOUTS}
    first, second = (worker.losses for worker in workers.values())
    if max(abs(a - b) for a, b in zip(first, second)) > 1e-2 * max(first):
        sys.exit(f"{name}: JAX's losses depend on the layout: {first} and {second}")
    # Twice in turns, the least: it is a choice, not a result.
    least = {layout: min(workers[layout].measure(given.seconds / 2)["least"] for _ in range(2)) for layout in LAYOUTS}
    for layout in LAYOUTS:
        print(f"{name}, {threads} threads: {layout} at least {1e3 * least[layout]:.0f} ms a step", file=sys.stderr)
    best = min(least, key=least.get)
    for layout, worker in workers.items():
        if layout != best:
            worker.end()
    return workers[best], best


def compare(given, name, threads):
    """All rounds of both."""
    processors = sorted(os.sched_getaffinity(0))[:threads]
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "network.onnx"
        subprocess.run([given.program, "network", name, file], check=True)
        workers = {}
        workers["jax"], layout = faster(given, name, threads, file, processors)
        if given.onnxruntime:
            workers["onnxruntime"] = Worker("onnxruntime", file, given.samples, processors, given.onnxruntime)
        rounds = {engine: [] for engine in ["edgemesh", *workers]}
        for turn in range(given.rounds):
            rounds["edgemesh"].append(ours(given, name, threads, processors))
            for engine, worker in workers.items():
                rounds[engine].append(worker.measure(given.seconds))
            print(f"{name}, {threads} threads, round {turn + 1}: " + ", ".join(
                f"{engine} {given.samples / runs[-1]['median']:.0f} (best {given.samples / runs[-1]['least']:.0f})"
                for engine, runs in rounds.items()) + " examples/s", file=sys.stderr)
        for worker in workers.values():
            worker.end()
    return rounds, layout


def row(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(given, found):
    engines = list(next(iter(found.values()))[0])
    ratios = [f"ours / {TITLES[engine]}" for engine in engines[1:]]
    titles = [f"{TITLES[engine]}" for engine in engines] + ratios
    speeds = [row(["examples/s", "threads", "figure", *titles, "JAX's layout"]),
              row(["---", "---:", "---"] + ["---:"] * len(titles) + ["---"])]
    shares = [row(["share of the FMA peak", "threads", "GFLOP/s at most", "forward", "backward", "step"]),
              row(["---"] + ["---:"] * 5)]
    for (name, threads), (rounds, layout) in found.items():
        for title, pick in (("median", lambda runs: statistics.median(run["median"] for run in runs)),
                            ("best", lambda runs: min(run["least"] for run in runs))):
            speed = {engine: given.samples / pick(runs) for engine, runs in rounds.items()}
            speeds.append(row([name, str(threads), title, *[f"{speed[engine]:.0f}" for engine in engines],
                               *[f"{speed['edgemesh'] / speed[engine]:.2f}" for engine in engines[1:]],
                               layout.removeprefix("jax-").upper()]))
        runs = rounds["edgemesh"]
        peak, operations = max(run["peak"] for run in runs), runs[0]["operations"]
        least = {part: min(run[part] for run in runs) for part in ("forward", "backward", "least")}
        part = lambda times, key: f"{100 * times * operations / least[key] / peak:.0f} %"
        shares.append(row([name, str(threads), f"{peak * 1e-9:.0f}", part(1, "forward"), part(2, "backward"),
                           part(3, "least")]))
    return "\n".join(speeds) + "\n\n" + "\n".join(shares)


def main():
    given = arguments()
    found = {(name, threads): compare(given, name, threads)
             for name in given.architectures for threads in given.threads}
    print(f"Batches of {given.samples}; medians, and the best, of {given.rounds} rounds of {given.seconds:g} s in turns.\n")
    print(markdown(given, found))


if __name__ == "__main__":
    main()
