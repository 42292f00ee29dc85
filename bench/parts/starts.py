"""The start-up times of Duewatch."""

from dataclasses import asdict
from typing import Any

from bench.measure.ground import Ground
from bench.measure.latency import SilentError
from bench.measure.process import EndedError
from bench.measure.startup import NotReadyError, startup
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError


def starts(times: int, ground: Ground, terminal: Terminal) -> dict[str, Any]:
    """Figures, or why there are none."""
    with terminal.working("start-up") as working:
        try:
            found = startup(ground, times, working)
        except (EndedError, NotReadyError, SilentError, StartupError) as error:
            terminal.say(f"start-up failed: {error}")
            return {"figures": {}, "failed": {"start-up": str(error)}}
    terminal.say(f"start-up  {found}")
    return {"figures": asdict(found), "failed": {}}
