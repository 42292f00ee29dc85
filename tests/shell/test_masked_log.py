"""What a person reads of a worker shows nobody's number."""

import logging
from collections.abc import Iterator

import pytest

from stream.cli.masked_log import log_to_stderr
from stream.shell.codec.personal import masked_reference
from tests.parts.inputs import ID_CARD, MOBILE


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The logger of all, without what a test has put on it afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_a_traceback(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """An error that nobody has foreseen may have a record's value in it: the log has asterisks, and all the rest."""
    root.handlers.clear()  # pytest's own, which come with the test
    log_to_stderr("info")
    try:
        raise KeyError(f"bank-a|{MOBILE}", {"person": ID_CARD})  # noqa: TRY301
    except KeyError:
        root.exception("%s went wrong", MOBILE)
    said = capsys.readouterr().err
    assert MOBILE not in said
    assert ID_CARD not in said
    assert "*********** went wrong" in said
    assert "KeyError: ('bank-a|***********'" in said


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("张伟", "张*"),
        ("with 欧阳娜娜 at 12:00", "with 欧*** at 12:00"),
        (r'{"remark":"\u5f20\u4f1f"}', r'{"remark":"\u5f20*"}'),
        (f"张伟 {MOBILE}", "张* ***********"),
        ("c-17 by agency-1", "c-17 by agency-1"),
        ("张", "张"),
        ("Zhang Wei", "Zhang Wei"),
    ],
)
def test_names(text: str, masked: str) -> None:
    """Of a Chinese name the first character is left; what is in another script stays, nobody can tell what it is."""
    assert masked_reference(text) == masked
