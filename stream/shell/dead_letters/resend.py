"""Sends the records of dead letters again, as they first were, to where they first were.

Sending one twice is harmless: a contact or fact whose revision is known, and a registry entry that is, are duplicates
(contract §2), and what still cannot be read is a dead letter again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from hashlib import blake2b
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream.core.partition import murmur2
from stream.shell.dead_letters.letter import DeadLetter
from stream.shell.worker.fitting import was_cut

SENT = "sent"
MASKED = "left out: its numbers are masked, it is no longer what was sent"
CUT = "left out: it was too large for a dead letter and is not whole"
NOT_OURS = "left out: it names no input topic that it came from"
REFUSED = "refused by Kafka"
AGAIN = "left out: the same key and value as one before it"

_CHUNK = 500

Sent = Counter[tuple[str, str, str]]
"""Topic, error and what became of them → how many."""


class Resend:
    """Sends to the input topics in `inputs` (name → partitions); with no producer it only says what it would do."""

    def __init__(self, inputs: Mapping[str, int], producer: AIOKafkaProducer | None) -> None:
        self.sent: Sent = Counter()
        self._inputs = inputs
        self._producer = producer
        self._digests: set[bytes] = set()

    async def send(self, letters: AsyncIterator[DeadLetter]) -> None:
        """Returns when Kafka has acknowledged or refused all; those of one key stay in their order, but for what goes
        in one batch with a refused one: that is sent again by itself.

        Raises KafkaError where Kafka is not there; `sent` says what was acknowledged until then.
        """
        chunk: list[DeadLetter] = []
        async for letter in letters:
            if (why_not := self._why_not(letter)) is not None:
                self._note(letter, why_not)
                continue
            chunk.append(letter)
            if len(chunk) == _CHUNK:
                await self._send_chunk(chunk)
                chunk = []
        await self._send_chunk(chunk)

    def _why_not(self, letter: DeadLetter) -> str | None:
        if letter.origin is None or letter.origin.topic not in self._inputs:
            return NOT_OURS
        if letter.error == "personal-data":
            return MASKED
        if was_cut(letter.message):
            return CUT
        # What was sent again and failed again stands there twice.
        digest = _digest(letter.origin.topic.encode(), letter.key, letter.value)
        if digest in self._digests:
            return AGAIN
        self._digests.add(digest)
        return None

    async def _send_chunk(self, chunk: list[DeadLetter]) -> None:
        results: list[Any] = [None] * len(chunk)
        if self._producer is not None:
            waiting = [await self._send(self._producer, letter) for letter in chunk]
            results = await asyncio.gather(*waiting, return_exceptions=True)
        failure: BaseException | None = None
        for letter, result in zip(chunk, results, strict=True):
            if isinstance(result, KafkaError) and not result.retriable:
                if len(chunk) > 1:
                    # Kafka refuses a whole batch for one of its records.
                    try:
                        await self._send_chunk([letter])
                    except KafkaError as error:
                        failure = failure or error
                else:
                    self._note(letter, f"{REFUSED}: {type(result).__name__}")
            elif isinstance(result, BaseException):
                failure = failure or result
            else:
                self._note(letter, SENT)
        if failure is not None:
            raise failure

    async def _send(self, producer: AIOKafkaProducer, letter: DeadLetter) -> asyncio.Future[Any]:
        assert letter.origin is not None  # noqa: S101 - those without were left out
        topic = letter.origin.topic
        number = letter.origin.partition if letter.key is None else murmur2(letter.key)
        sent: asyncio.Future[Any] = await producer.send(
            topic,
            letter.value,
            key=letter.key,
            partition=number % self._inputs[topic],
            timestamp_ms=letter.recorded_ms,
            headers=list(letter.headers),
        )
        return sent

    def _note(self, letter: DeadLetter, outcome: str) -> None:
        self.sent[letter.origin.topic if letter.origin else "", letter.error, outcome] += 1


def _digest(*parts: bytes | None) -> bytes:
    hashed = blake2b(digest_size=16)
    for part in parts:
        hashed.update(b"-" if part is None else b"%d:" % len(part) + part)
    return hashed.digest()
