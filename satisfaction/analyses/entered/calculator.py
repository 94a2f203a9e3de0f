"""What a calculator consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from satisfaction.analyses.entered.forms import EnteredForm
from satisfaction.analyses.inputs.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Calculator:
    """form: what is asked. prepare: from `asked` to what the engine takes. said: what was asked, in words."""

    form: type[EnteredForm]
    prepare: Callable[[Mapping[str, Any]], Prepared]
    said: Callable[[Mapping[str, Any]], list[tuple[str, str]]]
