"""Printing figures: always beside a floor or a peer measured in the same run, because machines differ and drift."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, process_time


def milliseconds(action: Callable[[], object]) -> float:
    begun = perf_counter()
    action()
    return (perf_counter() - begun) * 1000


def cpu_milliseconds(action: Callable[[], object]) -> float:
    """Of work that neither waits nor calls anybody: the same on a busy machine as on an idle one."""
    begun = process_time()
    action()
    return (process_time() - begun) * 1000


def side_by_side(ours: Callable[[], float], floor: Callable[[], float], *, rounds: int) -> tuple[float, float, float]:
    """Medians of both and of their ratio, measured in turn, so that a slow moment meets both."""
    pairs = [(ours(), floor()) for _ in range(rounds)]
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def row(what: str, measured: tuple[float, float, float], unit: str = "ms") -> None:
    ours, floor, ratio = measured
    print(f"{what:<46} {ours:9.2f} {unit}   floor {floor:9.2f} {unit}   ratio {ratio:5.2f}")


def heading(title: str, notes: Sequence[str] = ()) -> None:
    print(f"\n{title}\n{'-' * len(title)}")
    for note in notes:
        print(note)
