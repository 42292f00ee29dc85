"""The latencies: everybody under each pace, beside the bare loop that is the floor."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.entrants import FLOOR, Entrant
from bench.measure.ground import Ground
from bench.measure.latency import Pace, SilentError, latencies
from bench.measure.process import EndedError
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError


def paces(entrants: Sequence[Entrant], wanted: Sequence[Pace], ground: Ground, terminal: Terminal) -> dict[str, Any]:
    """Figures by name and pace, and who failed why."""
    figures: dict[str, list[dict[str, Any]]] = {}
    failed: dict[str, str] = {}
    for entrant in (FLOOR, *entrants):
        with terminal.working(f"latency, {entrant.name}") as working:
            try:
                found = latencies(entrant, ground, wanted, working)
            except (EndedError, SilentError, StartupError) as error:
                failed[entrant.name] = str(error)
                terminal.say(f"latency  {entrant.name}  failed: {error}")
                continue
        figures[entrant.name] = [asdict(each) for each in found]
        said = "   ".join(f"{each.per_second}/s: {each.p50_ms:.1f} / {each.p99_ms:.1f} ms" for each in found)
        terminal.say(f"latency  {entrant.name:<26}  {said}")
    return {"figures": figures, "failed": failed, "paces": [asdict(pace) for pace in wanted]}
