from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def schema_folder() -> Traversable:
    """Find the folder `schemas/`: inside the package when installed from a wheel, beside it in a checkout.

    It holds `topics.toml` and a JSON Schema per topic; in a checkout their examples, too.
    Raises FileNotFoundError where there is none.
    """
    packed = files("stream").joinpath("schemas")
    beside = Path(__file__).parents[3] / "schemas"
    for folder in (packed, beside):
        if folder.joinpath("topics.toml").is_file():
            return folder
    raise FileNotFoundError(f"schemas/topics.toml is neither in the package nor at {beside}")
