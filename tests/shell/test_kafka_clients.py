"""Every Kafka client of the product is made where the security settings are known."""

import ast
from pathlib import Path

import stream

ROOT = Path(stream.__file__).parent
PLACE = ROOT / "shell" / "kafka" / "clients.py"


def made(module: Path) -> list[str]:
    calls = [node.func for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = [call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls]
    return [name for name in names if name.startswith("AIOKafka")]


def test_clients_are_made_in_one_place() -> None:
    """No module but one calls the constructor of a Kafka client: none can forget TLS or the password."""
    assert len(made(PLACE)) == 3
    elsewhere = [module for module in ROOT.rglob("*.py") if module != PLACE and made(module)]
    assert not elsewhere, f"made elsewhere: {elsewhere}; use stream/shell/kafka/clients.py"
