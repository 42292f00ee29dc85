"""Dependencies point one way: cli → shell → rulebooks → core (architecture, "Layout")."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import stream

ROOT = Path(stream.__file__).parent
LAYERS = ("core", "rulebooks", "shell", "cli")
"""Each may import itself and those before it."""

PURE = {"msgspec"}
"""What the core may import beside the standard library and itself."""

SLOW = ("faust", "aiokafka", "redis", "mode", "aiohttp")


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """Give the full names of all that a module imports, inside functions too."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield str(node.module)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_those_below(layer: str) -> None:
    """No module imports one of a layer above its own, wherever in it the import stands."""
    above = LAYERS[LAYERS.index(layer) + 1 :]
    assert modules(layer), f"there is no {layer}"
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(layer)
        for name in imported(module)
        if name.startswith("stream.") and name.split(".")[1] in above
    ]
    assert not wrong


def test_every_module_is_in_a_layer() -> None:
    """There is no way around the layers."""
    outside = {path.relative_to(ROOT).parts[0] for path in ROOT.rglob("*.py")} - {*LAYERS, "__init__.py", "__main__.py"}
    assert not outside


def test_the_core_is_pure() -> None:
    """The core imports the standard library, msgspec and itself: nothing in it can wait, fail to connect, or log."""
    allowed = sys.stdlib_module_names | PURE
    wrong = [
        f"{module.name} imports {name}"
        for module in modules("core")
        for name in imported(module)
        if not name.startswith("stream.core") and name.split(".")[0] not in allowed
    ]
    assert not wrong
    telling = {"asyncio", "logging", "os", "socket", "time", "random", "pathlib", "subprocess", "threading"}
    worldly = [
        f"{module.name} imports {name}" for module in modules("core") for name in imported(module) if name in telling
    ]
    assert not worldly


@pytest.mark.parametrize("command", ["", "replay", "policy", "worker", "topics", "explain", "demo"])
def test_help_comes_at_once(command: str) -> None:
    """Asking for help imports neither Faust nor a client of Kafka or Redis where the command can do without."""
    asked = f"import sys; from stream.cli.main import main; sys.argv[1:] = {[*command.split(), '--help']!r}\n"
    told = "try:\n    main(prog_name='duewatch')\nfinally:\n    print('loaded', *sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", asked + told], capture_output=True, text=True, timeout=60, check=True)
    said, _, loaded = done.stdout.partition("loaded ")
    assert said.startswith(f"Usage: duewatch {command}".rstrip())
    needed = {"topics": {"aiokafka"}, "explain": {"redis"}}.get(command, set())
    assert not {name for name in loaded.split() if name in SLOW} - needed
