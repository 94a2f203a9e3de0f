"""Is there a demonstration in a folder? Known without loading anything, since each start asks."""

import json
from pathlib import Path

#: lies in the data folder while a build runs, and says when it is done
MARKER = "demo.json"
ACCOUNTS = "demo-accounts.json"
VERSION = 3  # counted up when the demonstration holds more; an older one is built anew


def write(folder: Path, *, done: bool) -> None:
    (folder / MARKER).write_text(json.dumps({"done": done, "version": VERSION}), "utf-8")


def is_begun(folder: Path) -> bool:
    return (folder / MARKER).exists()


def is_built(folder: Path) -> bool:
    try:
        found = json.loads((folder / MARKER).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found.get("done")) and found.get("version") == VERSION


def holds_something_else(folder: Path) -> bool:
    return (folder / "plumbline.db").exists() and not is_begun(folder)
