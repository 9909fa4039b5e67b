"""Tables of what was measured, in Markdown."""
import datetime
import math
import os
import platform
import statistics

# Processors that others kept busy during a run, from which on it counts as disturbed.
DISTURBED = 0.08

TITLES = {"edgemesh": "edgemesh", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "litert": "LiteRT",
          "ncnn": "ncnn"}


class Figures:
    """The runs of one network, engine and number of threads; those that were not disturbed, where there are any."""

    def __init__(self, runs):
        quiet = [run for run in runs if run["others_processors"] < DISTURBED]
        self.is_disturbed = not quiet
        self.runs = quiet or runs
        self.all = runs

    def time(self, figure):
        times = [run[f"{figure}_ms"] for run in self.runs]
        return min(times) if figure == "min" else statistics.median(times)

    @property
    def load(self):
        """The least: from the second run on the files are in memory."""
        return min(run["load_ms"] for run in self.all)

    @property
    def memory(self):
        return statistics.median(run["peak_rss_mb"] for run in self.all)


def markdown(runs, given, differences):
    figures = {}
    for run in runs:
        figures.setdefault((run["network"], run["engine"], run["threads"]), []).append(run)
    figures = {key: Figures(value) for key, value in figures.items()}
    title = f"{datetime.date.today()}, {processor()}, {os.cpu_count()} processors; batch 1, single precision"
    parts = [title]
    for threads in given.threads:
        what = "least" if given.figure == "min" else "median"
        parts.append(table(
            f"{threads} {'thread' if threads == 1 else 'threads'}, {what} ms", given, figures, threads,
            lambda f: f.time(given.figure), milliseconds))
    first = given.threads[0]
    parts.append(table("peak resident MiB", given, figures, first, lambda f: f.memory, lambda x: f"{x:.0f}"))
    parts.append(table("start to first answer, ms", given, figures, first, lambda f: f.load, milliseconds))
    if len(given.threads) > 1:
        parts.append(scaling(given, figures))
    if differences:
        parts.append(agreement(differences))
    if any(f.is_disturbed for f in figures.values()):
        parts.append("`~`: every run was disturbed by other work on the machine.")
    return "\n\n".join(parts)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def header(title, given, more):
    cells = [title] + [TITLES[engine] for engine in given.engines] + more
    return [row(cells), row(["---"] + ["---:"] * (len(cells) - 1))]


def table(title, given, figures, threads, value, words):
    """Every engine's figure, and ours as a ratio to the best of the others."""
    compares = "edgemesh" in given.engines and len(given.engines) > 1
    lines = header(title, given, ["ours / best"] if compares else [])
    ratios = []
    for network in given.networks:
        cells, values = [network], {}
        for engine in given.engines:
            found = figures.get((network, engine, threads))
            if found is None:
                cells.append("-")
                continue
            values[engine] = value(found)
            cells.append(("~" if found.is_disturbed and "MiB" not in title else "") + words(values[engine]))
        if compares:
            peers = [v for engine, v in values.items() if engine != "edgemesh"]
            if peers and "edgemesh" in values:
                ratios.append(values["edgemesh"] / min(peers))
                cells.append(f"{ratios[-1]:.2f}")
            else:
                cells.append("-")
        lines.append(row(cells))
    if ratios:
        mean = math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))
        lines.append(row(["geometric mean"] + [""] * len(given.engines) + [f"{mean:.2f}"]))
    return "\n".join(lines)


def scaling(given, figures):
    first, last = given.threads[0], given.threads[-1]
    lines = header(f"{first} -> {last} threads, times as fast", given, [])
    for network in given.networks:
        cells = [network]
        for engine in given.engines:
            one, many = figures.get((network, engine, first)), figures.get((network, engine, last))
            cells.append(f"{one.time(given.figure) / many.time(given.figure):.2f}" if one and many else "-")
        lines.append(row(cells))
    return "\n".join(lines)


def agreement(differences):
    lines = [row(["largest difference of two outputs, of the largest output", "", "between"]), row(["---", "---:", "---"])]
    for network, (difference, a, b) in differences.items():
        lines.append(row([network, f"{difference:.1e}", f"{TITLES[a]}, {TITLES[b]}"]))
    return "\n".join(lines)


def milliseconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
