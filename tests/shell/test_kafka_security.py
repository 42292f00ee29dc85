"""Kafka behind TLS and passwords: how clients get in, and what they are told when they do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.shell.settings.settings import read
from stream.shell.topics.admin import KafkaUnavailableError, connect, partition_counts
from tests.parts.certificates import Certificates
from tests.parts.secure_kafka import SecureKafka

PASSWORDS = {"worker": "worker-secret", "dialer": "dialer-secret"}
TIMEOUT_SECONDS = 15


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secure(certificates: Certificates) -> Iterator[SecureKafka]:
    with SecureKafka(certificates, PASSWORDS, certificates.server) as kafka:
        yield kafka


async def visible(settings: dict[str, str]) -> dict[str, int]:
    async with connect(read(settings).kafka_access, TIMEOUT_SECONDS) as client:
        return await partition_counts(client)


async def refused(settings: dict[str, str]) -> str:
    with pytest.raises(KafkaUnavailableError) as error:
        await visible(settings)
    assert not any(password in str(error.value) for password in (*PASSWORDS.values(), "guessed"))
    return str(error.value)


@pytest.mark.parametrize(
    ("security", "user", "sasl"),
    [
        ("ssl", None, "none"),
        ("sasl_ssl", "worker", "plain"),
        ("sasl_ssl", "worker", "scram-sha-256"),
        ("sasl_ssl", "worker", "scram-sha-512"),
        ("sasl_plaintext", "worker", "plain"),
        ("sasl_plaintext", "worker", "scram-sha-512"),
    ],
)
async def test_getting_in(secure: SecureKafka, security: str, user: str | None, sasl: str) -> None:
    """TLS with a client's certificate, TLS with a password, and a password alone get in, by every mechanism."""
    assert await visible(secure.settings(security, user, sasl)) == {}


@pytest.mark.parametrize("sasl", ["plain", "scram-sha-512"])
async def test_wrong_password(secure: SecureKafka, sasl: str, tmp_path: Path) -> None:
    """A wrong password is refused with the broker's reason."""
    (tmp_path / "password").write_text("guessed")
    wrong = {"DUEWATCH_KAFKA_PASSWORD_FILE": str(tmp_path / "password")}
    said = await refused(secure.settings("sasl_ssl", "worker", sasl) | wrong)
    assert "over sasl_ssl" in said
    assert "Authentication failed" in said


async def test_wrong_authority(secure: SecureKafka, certificates: Certificates) -> None:
    """A broker whose certificate is from another authority is not talked to: nobody is shown the password."""
    said = await refused(
        secure.settings("sasl_ssl", "worker", "plain") | {"DUEWATCH_KAFKA_CA_FILE": str(certificates.stranger)}
    )
    assert "certificate verify failed" in said
    unset = {key: value for key, value in secure.settings("sasl_ssl", "worker").items() if "CA_FILE" not in key}
    assert "certificate verify failed" in await refused(unset)


async def test_wrong_name(secure: SecureKafka) -> None:
    """A broker whose certificate is for another name than was asked for is not talked to either."""
    settings = secure.settings("sasl_ssl", "worker", "plain")
    address = settings["DUEWATCH_KAFKA"].replace("127.0.0.1", "localhost")
    assert "Hostname mismatch" in await refused(settings | {"DUEWATCH_KAFKA": address})


async def test_wrong_security(secure: SecureKafka) -> None:
    """Who comes without TLS, or without the certificate that is asked for, is told over what it was tried."""
    address = secure.settings("sasl_ssl", "worker")["DUEWATCH_KAFKA"]
    assert "over plaintext" in await refused({"DUEWATCH_KAFKA": address})
    bare = {
        key: value for key, value in secure.settings("ssl").items() if "CERTIFICATE" not in key and "KEY" not in key
    }
    assert "over ssl" in await refused(bare)
