"""From runs to medians, ratios and tables."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.contestants import CONTESTANTS, LIMIT, OURS

Run = dict[str, Any]
Summary = dict[str, Any]

COLUMNS = {  # key of a run: heading
    "import_s": "import",
    "first_s": "first",
    "steady_s": "steady",
    "process_s": "process",
    "peak_mb": "memory",
    "loss": "loss",
}
COMPARED = ("import_s", "first_s", "steady_s", "process_s", "peak_mb")


def good(runs: Sequence[Run]) -> list[Run]:
    """The runs that ended well."""
    return [run for run in runs if "error" not in run and "left_out" not in run]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": median(values), "min": min(values), "max": max(values)}


def summarize(runs: Sequence[Run]) -> Summary:
    """Median and spread of every number in the runs; or what kept the contestant out."""
    fine = good(runs)
    if not fine and runs and "left_out" in runs[0]:
        return dict(runs[0])
    if not fine:
        return {"error": runs[0]["error"] if runs else "not run"}
    keys = [key for key, value in fine[0].items() if isinstance(value, int | float)]
    return {
        "runs": len(fine),
        **{key: spread([run[key] for run in fine if key in run]) for key in keys},
    }


def ratio(ours: Sequence[Run], theirs: Sequence[Run], key: str) -> dict[str, float] | None:
    """Median and spread of the ratios within each round; None where no round has both."""
    pairs = zip(ours, theirs, strict=False)
    values = [a[key] / b[key] for a, b in pairs if key in a and key in b and b[key]]
    return spread(values) if values else None


def best_peer(runs: dict[str, list[Run]], key: str) -> str | None:
    """The peer with the lowest median."""
    found = {}
    for name, listed in runs.items():
        values = [run[key] for run in good(listed) if key in run]
        if CONTESTANTS[name].peer and values:
            found[name] = median(values)
    return min(found, key=found.__getitem__) if found else None


def compare(runs: dict[str, list[Run]], one: str = OURS) -> dict[str, Any]:
    """For each compared column: one contestant's ratio to the best peer, and to the limit."""
    table: dict[str, Any] = {}
    for key in COMPARED:
        peer = best_peer(runs, key)
        row = {
            "best_peer": peer,
            "to_best_peer": peer and ratio(runs.get(one, []), runs[peer], key),
        }
        table[key] = {**row, "to_limit": ratio(runs.get(one, []), runs.get(LIMIT, []), key)}
    return table


def unit(seconds: float) -> tuple[str, float]:
    """The unit in which a duration reads best."""
    for name, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return name, size
    return "ns", 1e-9


def duration(seconds: float) -> str:
    """A duration, with its unit."""
    name, size = unit(seconds)
    return f"{digits(seconds / size)} {name}"


def digits(value: float) -> str:
    """Three digits, and no powers of ten."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def share(value: dict[str, float] | None, size: float = 1) -> str:
    """A median with its spread; ratios have size 1."""
    if value is None:
        return "-"
    middle, least, most = (digits(value[key] / size) for key in ("median", "min", "max"))
    return f"{middle} ({least}-{most})"


def cell(key: str, value: dict[str, float] | None) -> str:
    """A figure as a table shows it: times with their spread."""
    if value is None:
        return "-"
    if key.endswith("_s"):
        name, size = unit(value["median"])
        return f"{share(value, size)} {name}"
    return f"{value['median']:.0f} MB" if key.endswith("_mb") else f"{value['median']:.4f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns of equal width, the first row as the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def figures(runs: dict[str, list[Run]]) -> str:
    """The table of one workload, and beneath it why some have no figures."""
    summaries = {name: summarize(listed) for name, listed in runs.items()}
    reasons = {
        name: one.get("left_out") or one["error"]
        for name, one in summaries.items()
        if "left_out" in one or "error" in one
    }
    keys = [key for key in COLUMNS if any(key in one for one in summaries.values())]
    rows = [["", *(COLUMNS[key] for key in keys)]]
    rows += [[name, *(cell(key, one.get(key)) for key in keys)] for name, one in summaries.items()]
    lines = [table(rows)] if keys else []
    return "\n".join(lines + [f"{name}: {why}" for name, why in reasons.items()])


def ratios(runs: dict[str, list[Run]]) -> str:
    """The ratios of Cornu, warm and cold, and of the limit: below 1 is less time or memory."""
    parts = []
    for one in (OURS, "cornu-cold", LIMIT):
        others = [name for name in runs if name != one and good(runs[name])]
        if not good(runs.get(one, [])) or not others:
            continue
        rows = [[f"{one}, ratio", "to best peer", "", "to limit" if one != LIMIT else ""]]
        for key, row in compare(runs, one).items():
            limit = share(row["to_limit"]) if one != LIMIT else ""
            rows.append([COLUMNS[key], share(row["to_best_peer"]), row["best_peer"] or "", limit])
        parts.append(table(rows))
    return "\n\n".join(parts)


def overview(everything: dict[str, dict[str, list[Run]]]) -> str:
    """A line for each workload: Cornu's medians against the best peer's, and against the limit's."""
    keys = [key for key in COMPARED if key != "import_s"]
    heading = [text for key in keys for text in (f"{COLUMNS[key]} / best peer", "/ limit")]
    rows = [["Cornu's", *heading]]
    for name, runs in everything.items():
        found = compare(runs)
        cells = []
        for key in keys:
            peer, limit = found[key]["to_best_peer"], found[key]["to_limit"]
            who = f" {found[key]['best_peer']}" if peer else ""
            cells += [digits(peer["median"]) + who if peer else "-"]
            cells += [digits(limit["median"]) if limit else "-"]
        rows.append([name, *cells])
    return table(rows)


def versions(runs: dict[str, list[Run]]) -> dict[str, str]:
    """The version that each contestant said it is."""
    return {name: good(listed)[0].get("version", "") for name, listed in runs.items() if good(listed)}


def document(runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Everything about one workload, for the JSON file."""
    return {
        "versions": versions(runs),
        "summary": {name: summarize(listed) for name, listed in runs.items()},
        "ratios": {
            one: compare(runs, one) for one in (OURS, "cornu-cold", LIMIT) if good(runs.get(one, []))
        },
        "runs": runs,
    }
