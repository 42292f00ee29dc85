"""A real Kafka behind TLS, passwords and access-control lists, for tests."""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.shell.embedded.ports import LOOPBACK, free_port
from tests.parts.certificates import Certificates, Identity
from tests.parts.kafka import KafkaServer

_JAAS = "org.apache.kafka.common.security"
_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_PROTOCOLS = ("SSL", "SASL_SSL", "SASL_PLAINTEXT")
_PROPERTIES = """
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,{protocols}
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={identity.both}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# Whoever comes without TLS and password is the test itself.
super.users=User:ANONYMOUS
"""


class SecureKafka:
    """One broker that listens four ways: openly for the test itself, with TLS and a client's certificate, with TLS and
    a password, with a password alone. Users may do nothing but what a test grants them.

    `passwords` has the users; `identity` is the certificate that it shows.
    """

    def __init__(self, certificates: Certificates, passwords: Mapping[str, str], identity: Identity) -> None:
        self._certificates = certificates
        self.passwords = dict(passwords)
        self._ports = {protocol: free_port() for protocol in _PROTOCOLS}
        with ExitStack() as unless_started:
            self._folder = unless_started.enter_context(tempfile.TemporaryDirectory())
            self.server = KafkaServer(
                listeners=self._ports, properties=self._properties(identity), formatting=self._formatting()
            )
            self._open = unless_started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()
        self._open.close()

    def settings(self, security: str, user: str | None = None, sasl: str = "scram-sha-512") -> dict[str, str]:
        """The DUEWATCH_ settings with which a user gets in; the password stands in a file."""
        settings = {
            "DUEWATCH_KAFKA": f"{LOOPBACK}:{self._ports[security.upper()]}",
            "DUEWATCH_KAFKA_SECURITY": security,
        }
        if security.endswith("ssl"):
            settings["DUEWATCH_KAFKA_CA_FILE"] = str(self._certificates.authority)
        if security == "ssl":
            client = self._certificates.client
            settings |= {
                "DUEWATCH_KAFKA_CERTIFICATE_FILE": str(client.certificate),
                "DUEWATCH_KAFKA_KEY_FILE": str(client.key),
            }
        if user is not None:
            path = Path(self._folder) / user
            path.write_text(self.passwords[user] + "\n")
            settings |= {
                "DUEWATCH_KAFKA_SASL": sasl,
                "DUEWATCH_KAFKA_USER": user,
                "DUEWATCH_KAFKA_PASSWORD_FILE": str(path),
            }
        return settings

    def _properties(self, identity: Identity) -> str:
        protocols = ",".join(f"{protocol}:{protocol}" for protocol in _PROTOCOLS)
        text = _PROPERTIES.format(protocols=protocols, identity=identity, authority=self._certificates.authority)
        users = " ".join(f'user_{user}="{password}"' for user, password in self.passwords.items())
        for listener in ("sasl_ssl", "sasl_plaintext"):
            name = f"listener.name.{listener}"
            text += f"{name}.plain.sasl.jaas.config={_JAAS}.plain.PlainLoginModule required {users};\n"
            for mechanism in _SCRAM:
                login = f"{_JAAS}.scram.ScramLoginModule required;"
                text += f"{name}.{mechanism.lower()}.sasl.jaas.config={login}\n"
        return text

    def _formatting(self) -> list[str]:
        return [
            word
            for user, password in self.passwords.items()
            for mechanism in _SCRAM
            for word in ("--add-scram", f"{mechanism}=[name={user},password={password}]")
        ]
