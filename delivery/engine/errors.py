"""Errors that the person who gave the input can put right. `code` is stable: pages translate by it."""

from typing import Any


class EngineError(ValueError):
    """`code` names the kind of error, `where` the field, column or file; `facts` fill a translated sentence."""

    def __init__(self, code: str, message: str, *, where: str = "", **facts: Any) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.code = code
        self.where = where
        self.reason = message
        self.facts = facts


class SpecError(EngineError):
    """The specification is wrong; `where` is the path of the field, like requirements[1].within."""


class InputError(EngineError):
    """The file cannot be read as a log; `facts` may hold line, column, columns."""
