from typing import Final

from stream.shell.settings.form import file, one_of, password, text
from stream.shell.settings.setting import Setting

ACCESS: Final[tuple[Setting, ...]] = (
    Setting(
        "DUEWATCH_KAFKA_SECURITY",
        one_of("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
        "plaintext",
        "how to connect to Kafka: ssl is TLS, sasl a user and password",
    ),
    Setting(
        "DUEWATCH_KAFKA_SASL",
        one_of("none", "plain", "scram-sha-256", "scram-sha-512"),
        "none",
        "how Kafka is shown the password",
    ),
    Setting("DUEWATCH_KAFKA_USER", text(), None, "user of Kafka"),
    Setting("DUEWATCH_KAFKA_PASSWORD", password(), None, "password of that user, never shown"),
    Setting("DUEWATCH_KAFKA_CA_FILE", file(), None, "authorities that Kafka's certificate may be from, PEM"),
    Setting("DUEWATCH_KAFKA_CERTIFICATE_FILE", file(), None, "certificate to show to Kafka, PEM"),
    Setting("DUEWATCH_KAFKA_KEY_FILE", file(), None, "key of that certificate, PEM, not encrypted"),
    Setting("DUEWATCH_REDIS_USER", text(), None, "user of Redis, where the URL has none"),
    Setting("DUEWATCH_REDIS_PASSWORD", password(), None, "password of Redis, where the URL has none; never shown"),
    Setting("DUEWATCH_REDIS_CA_FILE", file(), None, "authorities that Redis's certificate may be from, too, PEM"),
    Setting("DUEWATCH_REDIS_CERTIFICATE_FILE", file(), None, "certificate to show to Redis, PEM"),
    Setting("DUEWATCH_REDIS_KEY_FILE", file(), None, "key of that certificate, PEM, not encrypted"),
)
"""How Kafka and Redis let a client in: TLS, users and passwords (docs/security.md)."""
