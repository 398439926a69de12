"""Simulated time: how long AWS takes for what ministack does at once, divided by the speed of the emulator.

What takes time carries the moment of its end. Nothing waits for it: a call after that moment sees the end.
"""

import os
import time

SPEED = float(os.environ.get("LOCAL_SPEED") or 1)


def after(seconds: float) -> float:
    """The moment that is this many simulated seconds away."""
    return time.monotonic() + seconds / SPEED


def over(moment: float | None) -> bool:
    """Whether a moment has passed; None never does."""
    return moment is not None and time.monotonic() >= moment


def pause(seconds: float) -> None:
    """Sleeps simulated seconds, never so briefly that a loop around it would be busy."""
    time.sleep(max(0.05, seconds / SPEED))
