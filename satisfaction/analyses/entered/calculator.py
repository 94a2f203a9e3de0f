"""What a calculator consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from satisfaction.analyses.entered.forms import EnteredForm
from satisfaction.analyses.entered.forms import said as said_of
from satisfaction.analyses.inputs.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Calculator:
    """form: what is asked. prepare: from `asked` to what the engine takes; raises Refusal naming row and column."""

    form: type[EnteredForm]
    prepare: Callable[[Mapping[str, Any]], Prepared]

    def said(self, asked: Mapping[str, Any]) -> list[tuple[str, str]]:
        return said_of(self.form, asked)
