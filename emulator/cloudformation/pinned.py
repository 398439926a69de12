"""The version of ministack that these modules patch: another one has other internals, and would fail late and strangely."""

import sys
from importlib.metadata import version
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


def check(found: str | None = None) -> None:
    """Ends the process with a sentence when another version is installed."""
    found = found or version("ministack")
    lines = REQUIREMENTS.read_text().split()
    pinned = next(line.removeprefix("ministack==") for line in lines if line.startswith("ministack=="))
    if found != pinned:
        sys.exit(
            f"ministack {found} is installed, and emulator/cloudformation patches {pinned}: "
            "remove .venv/emulator and run make again"
        )
