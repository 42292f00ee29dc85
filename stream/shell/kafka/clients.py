"""The one place where Kafka's clients are made: each of them gets in as the settings say."""

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from stream.shell.kafka.readable import read_any_header
from stream.shell.settings.kafka_access import KafkaAccess


def new_consumer(kafka: KafkaAccess, *topics: str, **options: Any) -> AIOKafkaConsumer:
    """Make a consumer, which is to be started, in the running loop; `options` are aiokafka's."""
    read_any_header()
    return AIOKafkaConsumer(*topics, **kafka.options(), **options)


def new_producer(kafka: KafkaAccess, **options: Any) -> AIOKafkaProducer:
    """Make a producer, likewise."""
    return AIOKafkaProducer(**kafka.options(), **options)


def new_admin(kafka: KafkaAccess, **options: Any) -> AIOKafkaAdminClient:
    """Make an admin client, likewise."""
    return AIOKafkaAdminClient(**kafka.options(), **options)
