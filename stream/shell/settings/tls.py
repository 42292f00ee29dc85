import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tls:
    """The PEM files of one encrypted connection; without a `ca_file` the machine's own authorities are trusted.

    The server's certificate has to be in force, trusted and for the host that was named; there is no way around that.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None

    def context(self) -> ssl.SSLContext:
        """Make what a client connects with. Raises ValueError where a file is not what it should be."""
        try:
            made = ssl.create_default_context(cafile=self.ca_file)
        except ssl.SSLError:
            raise ValueError("the authorities' file holds no certificate in PEM form") from None
        if self.certificate_file is not None:
            self._load_own(made)
        return made

    def _load_own(self, context: ssl.SSLContext) -> None:
        assert self.certificate_file is not None  # noqa: S101 - the caller has looked
        try:
            # Without a password's source OpenSSL would ask for one on the terminal.
            context.load_cert_chain(self.certificate_file, self.key_file, password=_encrypted)
        except ssl.SSLError:
            raise ValueError("certificate and key are not PEM, or do not belong together") from None


NO_FILES: Final = Tls()
"""What the machine trusts, and no certificate of one's own."""


def tls_mistakes(client: str, tls: Tls) -> Iterator[str]:
    """Say what is wrong with the files of `client` (`DUEWATCH_KAFKA`, say), naming the settings."""
    if (tls.certificate_file is None) != (tls.key_file is None):
        there, missing = ("CERTIFICATE", "KEY") if tls.key_file is None else ("KEY", "CERTIFICATE")
        yield f"{client}_{there}_FILE: needs {client}_{missing}_FILE beside it"
        return
    try:
        tls.context()
    except ValueError as reason:
        yield f"{client}_CA_FILE, _CERTIFICATE_FILE, _KEY_FILE: {reason}"


def _encrypted() -> str:
    raise ValueError("the key is encrypted; give one that is not, readable for this process alone")
