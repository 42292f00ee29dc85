"""Says the one thing that pyproject.toml cannot: `schemas/` is beside the package here, and inside it in a wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["stream", "stream.*"]), "stream.schemas"],
    package_dir={"stream.schemas": "schemas"},
)
