"""What the output topics say, kept as a reader keeps it, and what each record changes in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stream.core.ledger import EVERYBODY
from stream.shell.codec.instant import optional_instant, parse_instant
from stream.shell.demo.reader import Heard

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BlockSet:
    """A debtor is blocked now. `moved`: he was before, by the same rule, but since or until another moment."""

    state: Object
    block: Object
    moved: bool
    read_at: float


@dataclass(frozen=True, slots=True)
class BlockLifted:
    """A block is taken back before its time."""

    state: Object
    block: Object


@dataclass(frozen=True, slots=True)
class HoursTold:
    """A debtor's agreed hours on a channel begin, change or end (null)."""

    state: Object


@dataclass(frozen=True, slots=True)
class QuietTold:
    """An institution's quiet hours on a channel."""

    state: Object


@dataclass(frozen=True, slots=True)
class FindingTold:
    """A finding in a new version; `before` is the state that it had, None for a new one."""

    finding: Object
    before: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A dead letter: the record as it came, and the machine word and sentence of its headers."""

    raw: bytes
    word: str
    message: str
    topic: str


Change = BlockSet | BlockLifted | HoursTold | QuietTold | FindingTold | Refused


class Standing:
    """The newest state per debtor and channel, the newest version per finding, and every dead letter."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], Object] = {}
        self.quiet: dict[tuple[str, str], Object] = {}
        self.findings: dict[str, Object] = {}
        self.letters: list[Refused] = []
        self.blocks_set = 0
        self.blocks_lifted = 0

    def hear(self, heard: Heard, now: int) -> Iterator[Change]:
        """Take a record in; tells what it changes, at `now` on the demo's clock. An older version changes nothing."""
        if heard.topic == "dead-letters":
            yield self._refused(heard)
        elif heard.topic == "findings":
            yield from self._finding(heard.value)
        elif heard.value["debtor"] == EVERYBODY:
            self.quiet[heard.key, heard.value["channel"]] = heard.value
            yield QuietTold(heard.value)
        else:
            yield from self._state(heard, now)

    def blocks(self, now: int) -> list[tuple[Object, Object]]:
        """State and block of all that holds at `now`, the newest first."""
        holding = [(state, block) for state in self.states.values() for block in state["blocks"] if holds(block, now)]
        return sorted(holding, key=lambda pair: instant(pair[1]["from"]), reverse=True)

    def standing_findings(self) -> list[Object]:
        """The findings that are not taken back."""
        return [finding for finding in self.findings.values() if finding["state"] != "retracted"]

    def _refused(self, heard: Heard) -> Refused:
        said = {name: heard.headers.get(f"__streams.errors.{name}", "") for name in ("exception", "message", "topic")}
        letter = Refused(heard.raw, said["exception"], said["message"], said["topic"])
        self.letters.append(letter)
        return letter

    def _finding(self, finding: Object) -> Iterator[Change]:
        before = self.findings.get(finding["finding_id"])
        if before is not None and before["version"] > finding["version"]:
            return
        self.findings[finding["finding_id"]] = finding
        yield FindingTold(finding, before["state"] if before else None)

    def _state(self, heard: Heard, now: int) -> Iterator[Change]:
        state, name = heard.value, (heard.key, heard.value["channel"])
        before = self.states.get(name)
        if before is not None and before["version"] > state["version"]:
            return
        self.states[name] = state
        old = {_subject(block): block for block in (before["blocks"] if before else ()) if holds(block, now)}
        new = {_subject(block): block for block in state["blocks"]}
        for subject, block in new.items():
            if block != old.get(subject):
                moved = subject in old
                self.blocks_set += not moved
                yield BlockSet(state, block, moved, heard.read_at)
        for subject, block in old.items():
            if subject not in new:
                self.blocks_lifted += 1
                yield BlockLifted(state, block)
        if state["hours"] != (before["hours"] if before else None):
            yield HoursTold(state)


def instant(text: str) -> int:
    """The instant of a time in a record."""
    return parse_instant(text, "$")


def holds(block: Object, now: int) -> bool:
    """Whether a block that was told is not over yet; nobody tells of its end."""
    until = optional_instant(block["until"], "$")
    return until is None or until > now


def _subject(block: Object) -> tuple[object, ...]:
    return block["rule"], block.get("person"), block.get("debt")
