"""Where Faust, aiokafka and the worker may say what they like: a file, named only when something fails."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.shell.demo.failure import DemoFailed


@contextmanager
def logging_to_file() -> Iterator[Path]:
    """All logging goes to a file in a new temporary folder, which is kept only where the block raises DemoFailed."""
    folder = Path(tempfile.mkdtemp(prefix="duewatch-demo-"))
    kept = False
    try:
        with _only(logging.FileHandler(folder / "demo.log", encoding="utf-8")):
            yield folder / "demo.log"
    except DemoFailed:
        kept = True
        raise
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _only(handler: logging.Handler) -> Iterator[None]:
    root = logging.getLogger()
    level, before = root.level, root.handlers[:]
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        # What was cut off in its work complains when it is collected, and nobody has use for that.
        root.handlers[:] = before or [logging.NullHandler()]
        root.setLevel(level)
        handler.close()
