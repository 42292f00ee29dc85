import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from stream.shell.settings.secret import Secret
from stream.shell.settings.tls import NO_FILES, Tls

PLAINTEXT: Final = "plaintext"
NO_SASL: Final = "none"


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where Kafka is and how a client gets in. `str` gives the addresses as they were given.

    `security` is plaintext, ssl, sasl_plaintext or sasl_ssl; `sasl` is none, plain, scram-sha-256 or scram-sha-512.
    """

    servers: tuple[str, ...]
    security: str = PLAINTEXT
    sasl: str = NO_SASL
    user: str | None = None
    password: Secret | None = None
    tls: Tls = NO_FILES

    def __str__(self) -> str:
        return ",".join(self.servers)

    @property
    def encrypted(self) -> bool:
        """Whether connections are TLS."""
        return self.security.endswith("ssl")

    def options(self) -> dict[str, Any]:
        """Give what each of aiokafka's clients is told; it holds the password."""
        options: dict[str, Any] = {"bootstrap_servers": list(self.servers), "security_protocol": self.security.upper()}
        if self.encrypted:
            options["ssl_context"] = _context(self.tls)
        if self.sasl != NO_SASL:
            options |= {
                "sasl_mechanism": self.sasl.upper(),
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password.text if self.password else None,
            }
        return options


@lru_cache(8)
def _context(tls: Tls) -> ssl.SSLContext:
    return tls.context()
