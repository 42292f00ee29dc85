"""Shows the day as plain lines, one for each thing worth telling, for pipes and terminals that cannot draw."""

import asyncio
from collections.abc import Callable

from stream.shell.demo.event import Event
from stream.shell.demo.scene import Scene
from stream.shell.demo.standing import (
    BlockLifted,
    BlockSet,
    Change,
    FindingTold,
    HoursTold,
    Object,
    QuietTold,
    Refused,
    instant,
)
from stream.shell.demo.words import collector, holds_back, outcome, reason, subject, until, who, windows

_KIND_WIDTH = 11


class Lines:
    """`print_line` takes each line as soon as there is something to tell."""

    def __init__(self, scene: Scene, print_line: Callable[[str], None]) -> None:
        self._scene = scene
        self._print = print_line
        self._quiet_told: set[str] = set()

    def step(self, text: str) -> None:
        """Something about the demo itself."""
        self._line(self._scene.clock_text, "", text)

    def sent(self, event: Event) -> None:
        """A sentence of the story."""
        if event.note:
            self._line(self._scene.clock_of(event.at), "", event.note)

    def told(self, change: Change) -> None:
        """A line for what an output topic says."""
        match change:
            case BlockSet(state, block, moved):
                self._line(self._at(state["decided_at"]), "STILL" if moved else "BLOCK", self._block(state, block))
            case BlockLifted(state, block):
                held = f"{holds_back(state, block)}s{subject(block)}"
                self._line(self._at(state["decided_at"]), "FREE", f"{who(state)}: {held} allowed again")
            case HoursTold(state):
                agreed = (
                    f"only {windows(state['hours'])}, as agreed" if state["hours"] else "at any hour the law allows"
                )
                self._line(self._at(state["decided_at"]), "HOURS", f"{who(state)}: {state['channel']} {agreed}")
            case QuietTold(state):
                self._quiet(state)
            case FindingTold(finding):
                self._line(self._at(finding["detected_at"]), outcome(change).upper(), _finding(finding))
            case Refused(_, word, message, topic):
                self._line(self._scene.clock_text, "DEAD", f"{topic}: {word}: {message}")

    async def show(self) -> None:
        """Nothing moves by itself here."""
        await asyncio.Event().wait()

    def _quiet(self, state: Object) -> None:
        # Every channel has a record; the hours are the institution's.
        if state["institution"] not in self._quiet_told:
            self._quiet_told.add(state["institution"])
            hours = " to ".join(state["quiet_hours"])
            self._line(self._at(state["decided_at"]), "QUIET", f"{state['institution']}: {hours} {state['zone']}")

    def _block(self, state: Object, block: Object) -> str:
        end = "until told otherwise" if block["until"] is None else f"until {until(self._scene.day, block)}"
        since = self._at(block["from"])[:5]
        what = f"{who(state)}: no {holds_back(state, block)}{subject(block)} {end}: {reason(block)}, since {since}"
        return f"{what} ({block['rule']} {block['article']})"

    def _at(self, text: str) -> str:
        return self._scene.clock_of(instant(text))

    def _line(self, clock: str, kind: str, text: str) -> None:
        self._print(f"{clock} {kind:{_KIND_WIDTH}} {text}")


def _finding(finding: Object) -> str:
    said = finding["message"]
    return f"{who(finding)} by {collector(finding)}: {said} ({finding['rule']} {finding['article']})"
