"""An example judged as recorded events are: decoded, put into ledgers, each ledger given to `judge`."""

from collections.abc import Iterable
from typing import Any

from stream.core.contact import CHANNELS, Contact
from stream.core.finding import Finding, Judgement
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Entry, Registry
from stream.core.rulebook import Rulebook
from stream.rulebooks.examples import Blocked, Example, Fields, Found, RuleExamples
from stream.shell.codec.decode import Decoder
from stream.shell.output_shapes import block_object
from tests.rulebooks.records import moment


def judgements(rulebook: Rulebook, records: Iterable[bytes], now: int) -> dict[tuple[str, str], Judgement]:
    """(institution, debtor) → what is true of him."""
    decoder, registry = Decoder(rulebook.labels), Registry()
    ledgers: dict[tuple[str, str], Ledger] = {}
    for value in records:
        record = decoder.decode(value)
        if isinstance(record.item, Entry):
            assert registry.put(record.item) == "new"
            continue
        key = (record.institution, record.debtor)
        ledger = ledgers.setdefault(key, Ledger(institution=key[0], debtor=key[1]))
        item = record.item
        put = ledger.put_contact(item) if isinstance(item, Contact) else ledger.put_fact(item)
        assert put in ("new", "replaced", "duplicate")
    return {key: judge(rulebook, ledger, registry, now) for key, ledger in ledgers.items()}


def findings(judged: dict[tuple[str, str], Judgement]) -> list[Finding]:
    """All findings of all debtors, in order of contact and rule."""
    every = (finding for judgement in judged.values() for finding in judgement.findings.values())
    return sorted(every, key=lambda finding: (finding.contact_id, finding.rule))


def compared(finding: Finding, expected: Found) -> Fields:
    """Of a finding what an expectation says: always who, what and how surely, and what else it writes."""
    said: Fields = {name: getattr(finding, name) for name in ("rule", "severity", "state", "qualifier", "count")} | {
        "contact": finding.contact_id
    }
    for name in ("limit", "message"):
        if getattr(expected, name) is not None:
            said[name] = getattr(finding, name)
    if expected.counted is not None:
        said["counted"] = list(finding.counted or ())
    if expected.window is not None:
        said["window"] = [finding.window_start, finding.window_end]
    return said


def expectation(rulebook: Rulebook, law: RuleExamples, expected: Found) -> Fields:
    """The same of the expectation itself."""
    said: Fields = {"rule": expected.rule or law.rule}
    for name in ("contact", "severity", "state", "qualifier", "count"):
        said[name] = getattr(expected, name)
    optional = {name: getattr(expected, name) for name in ("limit", "message", "counted")}
    if expected.window is not None:
        optional["window"] = [moment(rulebook, end).isoformat() for end in expected.window]
    return said | {name: value for name, value in optional.items() if value is not None}


def blocks(rulebook: Rulebook, judged: dict[tuple[str, str], Judgement]) -> list[Fields]:
    """All blocks as their records hold them, with debtor and channel."""
    return [
        {"debtor": debtor, "channel": channel} | _plain(block_object(rulebook, block))
        for (_, debtor), judgement in sorted(judged.items())
        for channel in CHANNELS
        if channel in judgement.states
        for block in judgement.states[channel].blocks
    ]


def expected_blocks(rulebook: Rulebook, law: RuleExamples, example: Example) -> list[Fields]:
    """The same of the example, in the order of debtors and channels."""
    every = [_expected(rulebook, law, block, channel) for block in example.blocks or () for channel in _channels(block)]
    return sorted(every, key=lambda block: (block["debtor"], CHANNELS.index(block["channel"])))


def _expected(rulebook: Rulebook, law: RuleExamples, block: Blocked, channel: str) -> Fields:
    said: Fields = {"debtor": block.debtor, "channel": channel, "mode": block.mode, "rule": law.rule}
    said |= {"article": law.article, "from": moment(rulebook, block.since).isoformat()}
    said["until"] = None if block.until is None else moment(rulebook, block.until).isoformat()
    optional = {"limit": block.limit, "person": block.person, "debt": block.debt, "except": block.excepted}
    return said | {name: value for name, value in optional.items() if value is not None}


def _channels(block: Blocked) -> list[str]:
    return [block.channel] if isinstance(block.channel, str) else block.channel


def _plain(block: dict[str, Any]) -> Fields:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in block.items()}


def agreed_hours(judged: dict[tuple[str, str], Judgement]) -> Fields:
    """Channel → the agreed hours in its record."""
    return {
        channel: list(state.hours)
        for judgement in judged.values()
        for channel, state in judgement.states.items()
        if state.hours is not None
    }
