"""The promise, checked: the topics say of the day exactly what `replay` says of the same events (contract §8)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from stream.core.rulebook import Rulebook
from stream.shell.demo.event import Event
from stream.shell.demo.standing import Object, Standing, holds
from stream.shell.replay.replay import Replay
from stream.shell.replay.sources import block_of
from stream.shell.replay.worker import Orders


@dataclass(frozen=True, slots=True)
class Truth:
    """What is said of a log at one moment: findings and states by name, dead letters by word and bytes."""

    findings: Mapping[str, Object]
    states: Mapping[str, Object]
    letters: Counter[tuple[str, str]]

    def counts(self) -> str:
        """How much that is, in words."""
        return f"{len(self.findings)} findings, {len(self.states)} block states, {self.letters.total()} dead letters"


def replayed(rulebook: Rulebook, events: Iterable[Event], as_of: int) -> Truth:
    """What `duewatch replay --as-of` gives of the events."""
    with Replay(Orders(rulebook)) as engine:
        engine.read([block_of("demo", (event.value for event in events))])
        engine.judge(as_of)
        findings, states, letters = (
            [orjson.loads(line) for line in lines]
            for lines in (engine.findings(), engine.blocks(), engine.dead_letters())
        )
    return Truth(
        {finding["finding_id"]: finding for finding in findings},
        {f"{state['institution']}|{state['debtor']} {state['channel']}": state for state in states},
        Counter((letter["error"], letter["raw"]) for letter in letters),
    )


def told(standing: Standing, now: int) -> Truth:
    """The same from the topics: without what is retracted, over, empty, or about everybody."""
    states = {}
    for (key, channel), state in standing.states.items():
        left = [block for block in state["blocks"] if holds(block, now)]
        if left or state["hours"] is not None:
            states[f"{key} {channel}"] = {**_without(state, "version", "decided_at"), "blocks": left}
    return Truth(
        {f["finding_id"]: _without(f, "version", "detected_at") for f in standing.standing_findings()},
        states,
        Counter((letter.word, letter.raw.decode("utf-8", "replace")) for letter in standing.letters),
    )


def differences(expected: Truth, found: Truth) -> list[str]:
    """What the topics lack, have too much, or say otherwise; empty where the promise holds."""
    letters = [
        f"dead letter {word}, {count} too few" for (word, _), count in (expected.letters - found.letters).items()
    ]
    letters += [
        f"dead letter {word}, {count} too many" for (word, _), count in (found.letters - expected.letters).items()
    ]
    return [
        *_differences("finding", expected.findings, found.findings),
        *_differences("blocks of", expected.states, found.states),
        *letters,
    ]


def _differences(what: str, expected: Mapping[str, Object], found: Mapping[str, Object]) -> Iterator[str]:
    for name in sorted({*expected, *found}):
        if name not in found:
            yield f"{what} {name} is missing on the topic"
        elif name not in expected:
            yield f"{what} {name} is on the topic, replay does not know it"
        elif expected[name] != found[name]:
            fields = [
                field for field in {**expected[name], **found[name]} if _differ(field, expected[name], found[name])
            ]
            yield f"{what} {name} differs in {', '.join(fields)}"


def _differ(field: str, one: Object, other: Object) -> bool:
    return field not in one or field not in other or one[field] != other[field]


def _without(record: Object, *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}
