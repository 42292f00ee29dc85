"""`duewatch dead-letters`: what people see of dead letters, and what is sent again."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from click.testing import CliRunner

from stream.cli.main import main
from stream.core.partition import murmur2, partition_of
from stream.shell.dead_letters.reader import opened
from stream.shell.delivery.records import OutRecord
from stream.shell.settings.settings import read
from stream.shell.topics.admin import KafkaUnavailableError, connect, create_missing
from stream.shell.topics.declared import declared
from tests.parts.command import Said, duewatch
from tests.parts.inputs import ID_CARD, MOBILE, dial, written
from tests.parts.kafka import KafkaServer
from tests.parts.letters import everything, letter, publish

PARTITIONS = 3
RECORDED_MS = 1_763_877_911_000
NOBODY = "127.0.0.1:1"


@dataclass
class Desk:
    """An installation with its topics, and somebody who works with its dead letters."""

    kafka: KafkaServer
    prefix: str

    @property
    def settings(self) -> dict[str, str]:
        return {"DUEWATCH_KAFKA": self.kafka.address, "DUEWATCH_PREFIX": self.prefix}

    def topic(self, short: str) -> str:
        return f"{self.prefix}-{short}"

    def place(self, offset: int, short: str = "dials", partition: int = 1) -> tuple[str, int, int]:
        return self.topic(short), partition, offset

    def run(self, *arguments: str, expect: int = 0, settings: Mapping[str, str] | None = None) -> Said:
        return duewatch("dead-letters", *arguments, expect=expect, settings={**self.settings, **(settings or {})})

    def rows(self, *arguments: str) -> list[list[str]]:
        return [line.split("\t") for line in self.run(*arguments).stdout.splitlines()]

    def letters(self, *letters: OutRecord, partition: int = 0) -> list[int]:
        return asyncio.run(publish(self.kafka.address, self.topic("dead-letters"), letters, partition))

    def sent(self, short: str = "dials") -> list[Any]:
        return asyncio.run(everything(self.kafka.address, self.topic(short), PARTITIONS))

    def takes_no_old_records(self, short: str) -> None:
        asyncio.run(self._set_no_old_records(short))

    async def create(self) -> None:
        async with connect(self.kafka.access, 10) as client:
            await create_missing(client, declared(self.prefix, PARTITIONS, 1), {})

    async def _set_no_old_records(self, short: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.address)
        await admin.start()
        day = ConfigResource(
            ConfigResourceType.TOPIC, self.topic(short), {"message.timestamp.before.max.ms": "86400000"}
        )
        await admin.alter_configs([day])
        asked = ConfigResource(ConfigResourceType.TOPIC, self.topic(short))
        while b"86400000" not in str(await admin.describe_configs([asked])).encode():
            await asyncio.sleep(0.1)
        # What the broker tells of itself is a moment ahead of what it does.
        await asyncio.sleep(0.5)
        await admin.close()


@pytest.fixture
def desk(kafka: KafkaServer, topic_prefix: str) -> Desk:
    made = Desk(kafka, topic_prefix)
    asyncio.run(made.create())
    return made


@pytest.fixture(autouse=True)
def restored_log_level() -> Iterator[None]:
    logger = logging.getLogger("aiokafka")
    level = logger.level
    yield
    logger.setLevel(level)


def test_list_counts_and_shows_the_newest(desk: Desk) -> None:
    """In a pipe: how many there are of each topic and error, then the newest, each with place, origin and message."""
    desk.letters(*(letter(desk.place(n)) for n in range(3)))
    desk.letters(letter(desk.place(0, "facts"), "not-json", message="no JSON"), partition=2)
    counts = [row for row in desk.rows("list") if row[0] == "count"]
    assert [row[1:4] for row in counts] == [
        [desk.topic("dials"), "bad-value", "3"],
        [desk.topic("facts"), "not-json", "1"],
    ]
    letters = [row for row in desk.rows("list", "--limit", "2") if row[0] == "letter"]
    assert [row[1] for row in letters] == ["2:0", "0:2"]
    assert letters[0][3:] == [f"{desk.topic('facts')} 1:0", "not-json", "no JSON"]
    assert abs(datetime.fromisoformat(letters[0][2]).timestamp() - time.time()) < 60


def test_choosing(desk: Desk) -> None:
    """Errors, topics (with or without the prefix) and a time leave out the others, in any combination."""
    desk.letters(letter(desk.place(0)), letter(desk.place(1), "not-json"), letter(desk.place(0, "facts")))
    assert desk.rows("list", "--error", "bad-value", "--limit", "0")[0][1:4] == [desk.topic("dials"), "bad-value", "1"]
    assert len(desk.rows("list", "--error", "bad-value", "--error", "not-json", "--limit", "0")) == 3
    assert len(desk.rows("list", "--topic", "facts", "--limit", "0")) == 1
    assert len(desk.rows("list", "--topic", desk.topic("dials"), "--limit", "0")) == 2
    assert desk.rows("list", "--since", datetime.fromtimestamp(time.time() + 60, UTC).isoformat()) == [
        ["no dead letters"]
    ]
    assert len(desk.rows("list", "--since", "2020-01-01T00:00:00Z", "--limit", "0")) == 3


def test_what_was_said_twice_counts_once(desk: Desk) -> None:
    """A worker that died before committing says its dead letters again; that makes them no more."""
    desk.letters(letter(desk.place(7)), letter(desk.place(7)), letter(desk.place(7, partition=2)))
    assert desk.rows("list", "--limit", "0")[0][3] == "2"


def test_records_of_others_on_the_topic(desk: Desk) -> None:
    """A record without the headers of a dead letter is listed as unknown, and shown; sent again it is not."""
    desk.letters(OutRecord("dead-letters", None, None, b"hello", (("a", b"1"),)))
    assert [row[:4] for row in desk.rows("list", "--limit", "0")] == [["count", "-", "unknown", "1"]]
    assert "value     hello" in desk.run("show", "0:0").stdout
    said = desk.run("replay", expect=1).stdout.split("\t")
    assert said[:3] == ["-", "unknown", "1"]
    assert said[3].startswith("left out: it names no input topic")


def test_list_on_a_terminal(desk: Desk) -> None:
    """On a terminal both parts are tables with headings, and what a record says cannot colour them."""
    desk.letters(letter(desk.place(0), message="[red]$.x\x1b[31m is bad"))
    settings = {**desk.settings, "FORCE_COLOR": "1", "COLUMNS": "200"}
    shown = CliRunner().invoke(main, ["dead-letters", "list"], env=settings).stdout
    assert "letters" in shown
    assert "message" in shown
    assert r"[red]$.x\x1b[31m is bad" in shown
    assert "\t" not in shown


def test_show(desk: Desk) -> None:
    """One dead letter with all that is known of it, its own headers, key and value."""
    headers = [("traceparent", b"00-ab-cd-01"), ("bytes", b"\xff"), ("none", None)]
    (offset,) = desk.letters(letter(desk.place(7), value=b'{"mode":\n1}', headers=headers, timestamp_ms=RECORDED_MS))
    shown = dict(line.split(maxsplit=1) for line in desk.run("show", f"0:{offset}").stdout.splitlines() if line)
    assert shown["from"] == f"{desk.topic('dials')} 1:7"
    assert datetime.fromisoformat(shown["recorded"]).timestamp() * 1000 == RECORDED_MS
    assert shown["error"] == "bad-value"
    assert shown["key"] == "bank-a|D1"
    assert shown["value"] == r'{"mode":\n1}'
    text = desk.run("show", f"0:{offset}").stdout
    assert r"bytes: \xff" in text
    assert "none: " in text


def test_nobody_sees_a_number(desk: Desk) -> None:
    """Phone and ID-card numbers are asterisks wherever they stand: in value, key, headers, however they are written."""
    value = written({**dial(debtor=MOBILE), "note": f"call 0{MOBILE} or 139-1234-5678", "id": ID_CARD})
    value = value[:-1] + rb', "escaped": "1391234567\u0038"}'
    desk.letters(letter(desk.place(0), value=value, key=f"bank-a|{MOBILE}".encode(), headers=[("x", MOBILE.encode())]))
    shown = desk.run("show", "0:0").stdout
    digits = "".join(each for each in shown if each not in "- \\")
    for secret in (MOBILE, ID_CARD, "1391234567"):
        assert secret not in digits
    assert '"note": "call ************ or ***-****-****"' in shown
    assert "2026-11-23T14:05:11+08:00" in shown


def test_a_time_that_is_none(desk: Desk) -> None:
    """A record without a timestamp, or with one of no year, is shown; what it says is not taken for a time to send."""
    desk.letters(letter(desk.place(0), timestamp_ms=-1), letter(desk.place(1), timestamp_ms=10**18 - 1, value=b"x"))
    assert "recorded  20" in desk.run("show", "0:0").stdout
    assert "recorded  9999-12-" in desk.run("show", "0:1").stdout
    assert "refused by Kafka: InvalidTimestampError" in desk.run("replay", expect=1).stdout
    assert [record.value for record in desk.sent()] == [b"{}"]


@pytest.mark.parametrize("place", ["0:1", "2:0", "9:0", "0:999999999999999999"])
def test_a_place_without_a_dead_letter(desk: Desk, place: str) -> None:
    """A place where none is: one line that says so, exit code 1, for show and for replay, which sends nothing."""
    desk.letters(letter(desk.place(0)))
    for command in (("show", place), ("replay", "--only", place)):
        said = desk.run(*command, expect=1)
        assert said.stderr == (
            f"duewatch: there is no dead letter at {place}; `duewatch dead-letters list` says where they are\n"
        )
    assert not desk.sent()


@pytest.mark.parametrize("place", ["", "1", "1:", ":1", "a:b", "-1:0", "1:2:3", "１:2"])
def test_what_is_no_place(place: str) -> None:
    """Something else than PARTITION:OFFSET is refused before Kafka is asked."""
    assert "is not PARTITION:OFFSET" in duewatch("dead-letters", "show", "--", place, expect=2).stderr


def test_replay_sends_what_first_was_sent(desk: Desk) -> None:
    """Key, value, own headers and timestamp are the original ones; the partition is murmur2's, whatever it was."""
    headers = [("traceparent", b"00-ab"), ("a", b"1"), ("a", b"2"), ("none", None)]
    for number in range(5):
        key = f"bank-a|D{number}".encode()
        record = letter(
            desk.place(number), value=b'{"n":%d}' % number, key=key, headers=headers, timestamp_ms=RECORDED_MS
        )
        desk.letters(record)
    assert desk.rows("replay") == [[desk.topic("dials"), "bad-value", "5", "sent"]]
    sent = sorted(desk.sent(), key=lambda record: record.value)
    for number, record in enumerate(sent):
        assert (record.key, record.value) == (f"bank-a|D{number}".encode(), b'{"n":%d}' % number)
        assert list(record.headers) == headers
        assert record.timestamp == RECORDED_MS
        assert record.partition == partition_of(f"bank-a|D{number}", PARTITIONS)


def test_replay_of_records_without_a_key(desk: Desk) -> None:
    """A record without a key goes to the partition that it was in; one whose key is no text to murmur2's."""
    desk.letters(
        letter(desk.place(0), "key-mismatch", b"a", None), letter(desk.place(0), "key-mismatch", b"b", b"\xff")
    )
    desk.letters(letter(desk.place(1, partition=2), "key-mismatch", b"c", None))
    desk.run("replay")
    partitions = {record.value: record.partition for record in desk.sent()}
    assert partitions == {b"a": 1, b"b": murmur2(b"\xff") % PARTITIONS, b"c": 2} or partitions == {b"a": 1, b"c": 2}


def test_replay_leaves_out_what_is_not_what_was_sent(desk: Desk) -> None:
    """Masked records and cut ones are refused, and what came from no input topic; the others are sent."""
    cut = "the record has 2000000 bytes, at most 65536 are read; of its 2000000 bytes the dead letter has 999000"
    desk.letters(
        letter(desk.place(0), "personal-data"),
        letter(desk.place(1), "too-large", message=cut),
        letter(desk.place(2, "blocks-dial")),
        letter(("somebody-elses", 0, 0)),
        letter(desk.place(3), value=b'{"good":1}'),
    )
    rows = desk.rows("replay")
    assert {(row[0], row[1]): row[3].partition(":")[0] for row in rows} == {
        (desk.topic("dials"), "personal-data"): "left out",
        (desk.topic("dials"), "too-large"): "left out",
        (desk.topic("blocks-dial"), "bad-value"): "left out",
        ("somebody-elses", "bad-value"): "left out",
        (desk.topic("dials"), "bad-value"): "sent",
    }
    assert [record.value for record in desk.sent()] == [b'{"good":1}']
    assert not desk.sent("blocks-dial")
    refused = desk.run("replay", "--error", "personal-data", expect=1).stdout
    assert "its numbers are masked, it is no longer what was sent" in refused


def test_replay_of_what_failed_again(desk: Desk) -> None:
    """A record that was sent again and became a dead letter again is sent once more, not twice as often each time."""
    desk.letters(letter(desk.place(0)), letter(desk.place(50)), letter(desk.place(51)))
    assert [row[2:] for row in desk.rows("replay")] == [
        ["2", "left out: the same key and value as one before it"],
        ["1", "sent"],
    ]
    assert len(desk.sent()) == 1


def test_replay_of_one(desk: Desk) -> None:
    """`--only` sends the dead letters at these places and no others."""
    desk.letters(*(letter(desk.place(n), value=b"%d" % n) for n in range(5)))
    assert desk.rows("replay", "--only", "0:3", "--only", "0:1")[0][2:] == ["2", "sent"]
    assert {record.value for record in desk.sent()} == {b"1", b"3"}


def test_dry_run(desk: Desk) -> None:
    """A dry run says what would be sent and what not, and sends nothing."""
    desk.letters(letter(desk.place(0)), letter(desk.place(1), "personal-data"))
    assert [row[3].partition(":")[0] for row in desk.rows("replay", "--dry-run")] == ["would be sent", "left out"]
    assert not desk.sent()


def test_replay_of_nothing(desk: Desk) -> None:
    """Where no dead letter is meant nothing is sent, which is said and is no failure."""
    assert desk.run("replay", "--error", "not-jsn").stdout == "no dead letter is meant; nothing was sent\n"


def test_what_kafka_refuses(desk: Desk) -> None:
    """A record that the topic takes no more is reported as refused, exit code 1; those beside it are sent."""
    desk.takes_no_old_records("dials")
    desk.letters(
        letter(desk.place(0), value=b"new", timestamp_ms=int(time.time() * 1000)),
        letter(desk.place(1), value=b"old", timestamp_ms=RECORDED_MS),
    )
    said = desk.run("replay", expect=1).stdout
    assert "refused by Kafka: InvalidTimestampError" in said
    assert [record.value for record in desk.sent()] == [b"new"]


@pytest.mark.parametrize("command", [("list",), ("show", "0:0"), ("replay",), ("replay", "--dry-run")])
def test_without_kafka(command: tuple[str, ...]) -> None:
    """Kafka down: one line with the setting and the address, exit code 69."""
    said = duewatch("dead-letters", *command, expect=69, settings={"DUEWATCH_KAFKA": NOBODY})
    head = "duewatch: Kafka cannot be used at 127.0.0.1:1 (DUEWATCH_KAFKA) over plaintext: no connection: "
    assert said.stderr.startswith(head)
    assert said.stderr.count("\n") == 1


def test_a_kafka_that_stops_answering(desk: Desk) -> None:
    """A Kafka that is silent in the middle is given up after the request time-out, with what it is about."""
    names = ("REQUEST_TIMEOUT", "SESSION_TIMEOUT", "REBALANCE_TIMEOUT")
    quick = {f"DUEWATCH_{name}_SECONDS": "2" for name in names} | {"DUEWATCH_GROUP_HEARTBEAT_SECONDS": "1"}

    async def read_on() -> None:
        async with opened(read({**desk.settings, **quick})) as reader:
            async for _ in reader.letters():
                desk.kafka.pause()

    large = b"x" * 200_000
    desk.letters(*(letter(desk.place(n), value=large) for n in range(30)))
    try:
        with pytest.raises(KafkaUnavailableError, match=r"\(DUEWATCH_KAFKA\) over plaintext"):
            asyncio.run(asyncio.wait_for(read_on(), 20))
    finally:
        desk.kafka.resume()


def test_without_topics(kafka: KafkaServer, topic_prefix: str) -> None:
    """No topics under this prefix: one line that says how they come to be, exit code 78, and none is created."""
    settings = {"DUEWATCH_KAFKA": kafka.address, "DUEWATCH_PREFIX": topic_prefix}
    for _ in range(2):
        said = duewatch("dead-letters", "list", expect=78, settings=settings)
        assert said.stderr == (
            f"duewatch: the topic {topic_prefix}-dead-letters does not exist; `duewatch topics` creates it\n"
        )


def test_with_a_wrong_setting() -> None:
    """A wrong setting ends every command with 78 before Kafka is asked."""
    said = duewatch("dead-letters", "list", expect=78, settings={"DUEWATCH_KAFKA": "nowhere"})
    assert "DUEWATCH_KAFKA" in said.stderr
