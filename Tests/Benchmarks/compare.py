"""Measures edgemesh beside other engines on the same networks, and prints tables; `run` starts it. See README.md."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import files
import report
from networks import ALL, NETWORKS

PEERS = ["onnxruntime", "openvino", "litert", "ncnn"]
ENGINES = ["edgemesh"] + PEERS
HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run", description=__doc__)
    choose = lambda known: lambda text: [check(name, known) for name in text.split(",")]

    def check(name, known):
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return name
    parser.add_argument("--networks", type=choose(ALL), default=list(NETWORKS), metavar="NAME,...",
                        help=", ".join(ALL))
    parser.add_argument("--engines", type=choose(ENGINES), default=ENGINES, metavar="NAME,...", help=", ".join(ENGINES))
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2],
                        metavar="N,...", help="numbers of threads (default: 1,2)")
    parser.add_argument("--seconds", type=float, default=2, help="of measuring a run (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each engine, in turns (default: 3)")
    parser.add_argument("--tries", type=int, default=3, help="most runs for one that is not disturbed (default: 3)")
    parser.add_argument("--figure", choices=["median", "min"], default="median",
                        help="what of a run's times is compared: on a busy machine the least (default: median)")
    parser.add_argument("--record", type=pathlib.Path, help="also append every run to this file, one JSON object a line")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("."), help="for the networks' files")
    parser.add_argument("--smoke", action="store_true", help="edgemesh alone, a tiny network, a moment")
    parser.add_argument("--edgemesh", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    # Some tools are started in a folder of their own.
    given.folder, given.edgemesh = given.folder.resolve(), given.edgemesh.resolve()
    if given.smoke:
        given.networks, given.engines, given.threads, given.seconds, given.rounds = ["tiny"], ["edgemesh"], [1], 0.05, 1
    return given


def run(command, processors):
    """The one JSON object that a child prints, bound to the processors; None where it fails."""
    child = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, processors))
    if child.returncode != 0:
        print(f"{' '.join(str(word) for word in command[:6])}: status {child.returncode}\n{child.stderr[-400:]}",
              file=sys.stderr)
        return None
    return json.loads(child.stdout.strip().splitlines()[-1])


class Comparison:
    def __init__(self, given, scratch):
        self.given, self.scratch = given, pathlib.Path(scratch)
        self.processors = sorted(os.sched_getaffinity(0))
        self.runs = []
        self.broken = set()

    def measure(self, network, engine, threads):
        """One undisturbed run, or the least disturbed of some tries."""
        best = None
        for _ in range(self.given.tries):
            figures = run(self.command(network, engine, threads), self.processors[:threads])
            if figures is None:
                self.broken.add((network, engine, threads))
                return
            if best is None or figures["others_processors"] < best["others_processors"]:
                best = figures
            if best["others_processors"] < report.DISTURBED:
                break
        best |= {"network": network, "engine": engine, "threads": threads}
        self.runs.append(best)
        if self.given.record:
            with open(self.given.record, "a") as record:
                record.write(json.dumps(best) + "\n")
        print(f"{network} {engine} {threads}: median {best['median_ms']:.3f} ms, least {best['min_ms']:.3f}, others "
              f"{best['others_processors']:.2f}", file=sys.stderr)

    def command(self, network, engine, threads):
        if engine == "edgemesh":
            return [self.given.edgemesh, "bench", self.given.folder / f"{network}.onnx", "--threads", threads,
                    "--seconds", self.given.seconds, "--json"]
        return [sys.executable, HERE / "engine.py", engine, self.given.folder, network, threads, self.given.seconds,
                self.scratch / f"{network}.npy", self.scratch / f"{network}-{engine}.npy"]

    def compare(self, network):
        files.write_input(network, self.scratch / f"{network}.npy")
        if "edgemesh" in self.given.engines:
            subprocess.run(
                [str(self.given.edgemesh), "run", str(self.given.folder / f"{network}.onnx"),
                 "--input", f"input={self.scratch / network}.npy", "--output", str(self.scratch)],
                check=True, stdout=subprocess.DEVNULL)
            # Named after the input; the peers' are named after themselves.
            (self.scratch / f"{network}.npy.npy").rename(self.scratch / f"{network}-edgemesh.npy")
        for threads in self.given.threads:
            for turn in range(self.given.rounds):
                # Nobody is always the first, or always after the same one.
                shift = turn % len(self.given.engines)
                for engine in self.given.engines[shift:] + self.given.engines[:shift]:
                    if (network, engine, threads) not in self.broken:
                        self.measure(network, engine, threads)


def main():
    given = arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    for network in given.networks:
        files.provide(network, given.folder, given.engines)
    with tempfile.TemporaryDirectory() as scratch:
        comparison = Comparison(given, scratch)
        if max(given.threads) > len(comparison.processors):
            sys.exit(f"there are only {len(comparison.processors)} processors to use")
        for network in given.networks:
            comparison.compare(network)
        print(report.markdown(comparison.runs, given, files.differences(given.networks, given.engines, scratch)))
    if comparison.broken:
        sys.exit("failed: " + ", ".join(f"{n} {e} {t}" for n, e, t in sorted(comparison.broken)))


if __name__ == "__main__":
    main()
