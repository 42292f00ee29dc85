"""Seeded logs of contacts, facts and registry entries, as realistic and as awkward as needed, for tests and demos."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal, overload

from tests.log_parts.broken import broken_line
from tests.log_parts.contacts import contact, revised
from tests.log_parts.dials import overrun_fields
from tests.log_parts.facts import fact, revised_fact
from tests.log_parts.matters import Matter, Record, all_matters, respelled, some_matter
from tests.log_parts.registry import registry_entries
from tests.log_parts.times import SHANGHAI, Span, after, local_midnight, written

Line = Record | str | bytes

START = datetime(2026, 11, 16, tzinfo=SHANGHAI)

# Below the cap of 100 contacts of one type and day, which is where live and replay may differ.
_CONTACTS_PER_DEBTOR_TYPE_DAY_MAX = 40
_DUPLICATE_SHARE = 0.05
_BURST_TYPES = ("dial",) * 5 + ("message",) * 6 + ("visit",) * 2 + ("letter",) * 2
_TOPICS = {
    "dial": "dials",
    "message": "messages",
    "visit": "visits",
    "letter": "letters",
    "fact": "facts",
    "registry": "registry",
}


@overload
def generate(
    seed: int,
    events: int,
    debtors: int = 60,
    start: datetime = START,
    days: int = 3,
    broken: Literal[0] = 0,
    *,
    shuffled: bool = True,
) -> list[Record]: ...
@overload
def generate(
    seed: int,
    events: int,
    debtors: int = 60,
    start: datetime = START,
    days: int = 3,
    broken: int = 0,
    *,
    shuffled: bool = True,
) -> list[Line]: ...
def generate(
    seed: int,
    events: int,
    debtors: int = 60,
    start: datetime = START,
    days: int = 3,
    broken: int = 0,
    *,
    shuffled: bool = True,
) -> list[Record] | list[Line]:
    """Exactly `events` readable records (and `broken` unreadable lines), the same for the same arguments.

    No two records of one id and revision differ in meaning, so what comes of a log does not depend on its order.
    About one record in twenty is a duplicate: byte for byte, or spelled otherwise. Contacts begin between `start` and
    nine hours before its `days` days are over; corrections move some an hour or two out of that, but the latest time
    in the log stays in its last day, so that limits filled on it still block. Letters fall 6, 7 and 8 days apart only
    where `days` leaves room for it. Without `shuffled`, records come in the order in which they would be written.
    """
    rng = Random(seed)
    span = Span(start.astimezone(UTC), days)
    fresh = _fresh(rng, events - int(events * _DUPLICATE_SHARE), all_matters(rng, debtors), span)
    records = [respelled(rng, record) for record in fresh]
    records += [_again(rng, rng.choice(records)) for _ in range(events - len(records))]
    lines: list[Line] = list(records)
    lines += [line for line, _word in broken_lines(seed, broken, start, days)]
    rng.shuffle(lines)
    return lines if shuffled else sorted(lines, key=_writing_time)


def broken_lines(seed: int, count: int, start: datetime = START, days: int = 3) -> list[tuple[str | bytes, str]]:
    """Make the unreadable lines that `generate` mixes in, each with the machine word of its dead letter."""
    rng = Random(-1 - seed)
    matters, span = all_matters(rng, 6), Span(start.astimezone(UTC), days)
    return [broken_line(rng, rng.choice(matters), span.instant(rng, span.day(rng)), number) for number in range(count)]


def to_topic(record: Record, prefix: str = "duewatch") -> tuple[str, str]:
    """Topic and key under which a record is produced."""
    topic = f"{prefix}-{_TOPICS[record['type']]}"
    if record["type"] == "registry":
        return topic, f"{record['institution']}|{record['kind']}|{record['id']}"
    return topic, f"{record['institution']}|{record['debtor']}"


def to_line(line: Line) -> bytes:
    """A line of a log file, without its end."""
    if isinstance(line, bytes):
        return line
    if isinstance(line, str):
        return line.encode()
    return json.dumps(line, ensure_ascii=False).encode()


def _fresh(rng: Random, count: int, matters: list[Matter], span: Span) -> list[Record]:
    """`count` records of which no two have the same id and revision."""
    records = registry_entries(rng, span)[: count // 8 + 1]
    ids: defaultdict[str, Iterator[int]] = defaultdict(lambda: iter(range(10**9)))
    taken: Counter[tuple[str, str, str, int]] = Counter()
    wasted = 0
    while len(records) < count:
        matter = some_matter(rng, matters)
        day = span.day(rng)
        if rng.random() < 0.2:
            records += _fact_and_revisions(rng, matter, f"f-{next(ids[matter.institution])}", span, day)
            continue
        kind = rng.choice(_BURST_TYPES)
        room = (matter.institution, matter.debtor, kind, day)
        if taken[room] >= _CONTACTS_PER_DEBTOR_TYPE_DAY_MAX:
            wasted += 1
            if wasted > 10_000:
                message = f"{count} events are too many for {len(matters)} debtors and {span.days} days"
                raise ValueError(message)
            continue
        burst = _burst(rng, matter, kind, ids[matter.institution], span, day=day)
        taken[room] += len(burst)
        records += burst
    return records[:count]


def _burst(rng: Random, matter: Matter, kind: str, ids: Iterator[int], span: Span, *, day: int) -> list[Record]:
    """Some contacts of one type with one debtor on one day, mostly of one mode: what fills and breaks limits.

    A letter may have one before it, as many days apart as the interval asks for, or one more or less.
    """
    mode = rng.choice(("notice", "interactive", None))
    days = [day] * (rng.choice((1, 1, 2, 4, 6)) if kind in ("dial", "visit") else 1)
    if kind == "letter" and day >= 6:
        days += [max(0, day - rng.choice((6, 7, 8)))]
    records: list[Record] = []
    for on_day in days:
        begun = span.instant(rng, on_day)
        first = contact(rng, matter, kind, f"c-{next(ids)}", begun)
        if mode is not None and kind in ("dial", "visit"):
            first["mode"] = mode
        quiet = after(local_midnight(span.start, on_day), 22 * 3600)
        if kind == "dial" and quiet < span.end and rng.random() < 0.1:
            begun, fields = overrun_fields(rng, quiet)
            first |= {**fields, "started_at": written(rng, begun)}
        if kind == "letter" and records:
            first |= {"product": records[0]["product"], "purpose": "collection", "direction": "outbound"}
        records += _with_revisions(rng, first, begun)
    return records


def _with_revisions(rng: Random, first: Record, begun: datetime) -> list[Record]:
    """A contact and, seldom, its later revisions; numbers may be left out, and the first one may never come."""
    records = [first]
    while rng.random() < 0.15 and len(records) < 4:
        last = records[-1]
        records.append(revised(rng, last, begun, last["revision"] + rng.choice((1, 1, 2))))
    return records[1:] if len(records) > 1 and rng.random() < 0.1 else records


def _fact_and_revisions(rng: Random, matter: Matter, fact_id: str, span: Span, day: int) -> list[Record]:
    instant = span.instant(rng, day)
    records = [fact(rng, matter, fact_id, instant, span.end)]
    if rng.random() < 0.12:
        records.append(revised_fact(rng, records[0], instant, 1))
    return records


def _again(rng: Random, record: Record) -> Record:
    """The same record once more; a contact may come under another permit, which makes it no other record."""
    if rng.random() < 0.7:
        return record
    again = respelled(rng, record)
    if record["type"] not in ("fact", "registry"):
        again["permit"] = rng.choice((None, "permit-1", "permit-3"))
    return again


def _writing_time(line: Line) -> datetime:
    """When a record would be written: a contact once it is over, a fact or registry entry once it is recorded."""
    if not isinstance(line, dict):
        return local_midnight(START, 0)
    text = line.get("recorded_at") or line.get("ended_at") or line.get("answered_at") or line["started_at"]
    return datetime.fromisoformat(text) + timedelta(seconds=line.get("revision") or 0)
