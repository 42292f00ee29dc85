"""Nobody reads a phone number, an ID-card number or a name that some producer put into some field (第十九条（二）3)."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from stream.shell.topics.schema_folder import schema_folder
from tests.e2e.last_word import past_evening
from tests.e2e.world import World
from tests.parts.inputs import ID_CARD, MOBILE
from tests.parts.kafka import KafkaServer

NAME = "欧阳娜娜"
PERSONAL = (MOBILE, ID_CARD, NAME, NAME[1:])
TOPICS = ("dials", "messages", "visits", "letters", "facts", "registry")
ALL = f"{NAME} {MOBILE} {ID_CARD}"
VALUES: tuple[Any, ...] = (MOBILE, ID_CARD, NAME, int(MOBILE), [MOBILE, NAME], {NAME: MOBILE}, ALL)
SHOWN = 12


def examples(topic: str) -> Iterator[dict[str, Any]]:
    """The valid examples of a topic's records."""
    folder = schema_folder().joinpath(f"examples/{topic}/valid")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        record: dict[str, Any] = json.loads(file.read_text("utf-8"))
        yield record


def fed(topic: str) -> Iterator[dict[str, Any]]:
    """For each field of a topic's records, and for one that nobody knows, a record with each of the values in it."""
    holding: dict[str, dict[str, Any]] = {}
    for record in examples(topic):
        for field in record:
            holding.setdefault(field, record)
    holding[NAME + MOBILE] = next(examples(topic))
    for field, record in holding.items():
        for number, value in enumerate(VALUES):
            identity = {
                name: f"{topic}-{field.encode().hex()}-{number}"
                for name in ("contact_id", "fact_id", "id")
                if name in record
            }
            yield record | identity | {field: value}


async def send(address: str, prefix: str, records: list[tuple[str, dict[str, Any]]], moment: datetime) -> None:
    """Sends them to their topics, whatever they say that they are, with the keys that they ask for."""
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", linger_ms=5) as producer:
        for topic, record in records:
            names = ("institution", "kind", "id") if topic == "registry" else ("institution", "debtor")
            await producer.send(
                f"{prefix}-{topic}",
                json.dumps(record, ensure_ascii=False).encode(),
                key="|".join(str(record.get(name)) for name in names).encode(),
                timestamp_ms=round(moment.timestamp() * 1000),
                headers=[(NAME, MOBILE.encode()), ("traceparent", MOBILE.encode())],
            )
        await producer.flush()


def known(moment: datetime) -> list[dict[str, Any]]:
    """A debtor of whom all is blocked, with personal data in every reference that `explain` names."""
    common = {"institution": "bank-p", "debtor": "D-P"}
    at = [(moment - timedelta(hours=n)).isoformat() for n in range(6)]
    dial = {**common, "type": "dial", "mode": "interactive", "agency": NAME, "operator": NAME}
    answered = {"talk_seconds": 60, "answered_by": "human", "intent": "yes"}
    dials: list[dict[str, Any]] = [
        {**dial, **answered, "contact_id": reference, "started_at": at[n], "answered_at": at[n]}
        for n, reference in enumerate((MOBILE, ID_CARD, NAME, f"{NAME} {MOBILE}"), start=1)
    ]
    fact = {**common, "type": "fact", "at": at[5], "recorded_at": at[5]}
    facts: list[dict[str, Any]] = [
        {**fact, "fact_id": MOBILE, "kind": "refused", "person": NAME},
        {**fact, "fact_id": ID_CARD, "kind": "settled", "debt": MOBILE},
        {**fact, "fact_id": NAME, "kind": "agreement", "hours": [["09:00", "20:00"]]},
    ]
    return [*dials, *facts]


def scan(what: str, text: str) -> None:
    found = [data for data in PERSONAL if data in text]
    assert not found, f"{what} shows {found}:\n" + "\n".join(
        line for line in text.splitlines() if any(data in line for data in PERSONAL)
    )


def messages(letters: list[Any]) -> str:
    """What dead letters say in their own words."""
    return "\n".join(
        f"{name}: {given.decode()}"
        for letter in letters
        for name, given in letter.headers
        if name.startswith(("__streams.errors.", "duewatch-", "ce_"))
    )


async def page(world: World, worker: str, path: str) -> str:
    """A page of the worker's listener."""
    begin = world.log(worker).index("http://") + len("http://")
    address = world.log(worker)[begin:].partition("/")[0]
    with await asyncio.to_thread(urllib.request.urlopen, f"http://{address}{path}", timeout=20) as answer:
        text: str = answer.read().decode()
        return text


async def test_nobody_reads_it(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A number or a name in any field of any record, in a key, and in bytes that are no record, is in no log, page,
    metric, message of a dead letter, or output of `explain` and `dead-letters`.
    """
    moment, shift = past_evening()
    records = [(topic, record) for topic in TOPICS for record in fed(topic)]
    broken = [f'{{"type":"dial","debtor":"{MOBILE}","name":"{NAME}"', f"{NAME} {MOBILE} {ID_CARD}", f'"{ID_CARD}"']
    settings = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}", "DUEWATCH_DEAD_LETTERS_RUN_MAX": "0"}
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1", DUEWATCH_LOG="debug")
        await send(kafka.address, topic_prefix, records, moment)
        await world.produce([*broken, *known(moment)], moment)
        await world.caught_up()

        letters = await world.read("dead-letters")
        words = {dict(letter.headers)["__streams.errors.exception"] for letter in letters}
        assert {b"not-json", b"wrong-type", b"bad-value", b"personal-data"} <= words
        assert len(letters) > len(records) / 4
        scan("a dead letter", messages(letters))
        for path in ("/metrics", "/readyz", "/healthz"):
            scan(path, await page(world, "w1", path))
        scan("the log", world.log("w1"))

        told = world.duewatch("explain", "bank-p", "D-P")
        assert told.stdout.count("NIFA-16-2-CALLS") >= 1, told.stdout + told.stderr
        assert "欧***" in told.stdout
        scan("explain", told.stdout + told.stderr)
        absent = world.duewatch("explain", "bank-p", MOBILE)
        assert absent.returncode == 1
        scan("explain", absent.stderr)

        listed = world.duewatch("dead-letters", "list", "--limit", "100000")
        assert listed.stdout.count("\nletter\t") == len(letters)
        scan("dead-letters list", listed.stdout + listed.stderr)
        holding = [each for each in letters if any(data.encode() in (each.value or b"") for data in PERSONAL)]
        for letter in holding[:: max(1, len(holding) // SHOWN)]:
            shown = world.duewatch("dead-letters", "show", f"{letter.partition}:{letter.offset}")
            assert "value" in shown.stdout, shown.stderr
            scan("dead-letters show", shown.stdout + shown.stderr)
        assert world.stop("w1") == 0


async def test_the_last_words_of_a_worker(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A worker that stops at too many bad records says why without showing any of them."""
    moment, shift = past_evening()
    settings = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}", "DUEWATCH_DEAD_LETTERS_RUN_MAX": "3"}
    bad = {"type": "dial", "institution": "bank-p", "debtor": MOBILE, "mode": NAME, "contact_id": ID_CARD, NAME: MOBILE}
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        await world.produce([bad | {"contact_id": f"{ID_CARD}-{n}"} for n in range(9)], moment)
        assert await world.ended("w1") == 70
        assert "dead letters" in world.log("w1")
        scan("the log", world.log("w1"))
