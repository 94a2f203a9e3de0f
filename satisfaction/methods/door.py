"""The door of the engine: a method by its name, on answers and a specification, to a result that JSON can hold."""

import importlib.util
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np

from core.lazytext import LazyText, _l
from satisfaction.methods import ENGINE_VERSION, METHODS, OPTIONS, load
from satisfaction.methods.answers import Answers
from satisfaction.methods.refusal import Refusal, Sentence, Wording


def check_method(method: str) -> None:
    """Refuse a name that is no method, with the likeliest one meant."""
    if method in METHODS and importlib.util.find_spec(f"satisfaction.methods.{method}"):
        return
    near = get_close_matches(method, METHODS, 1)
    if near and near[0] != method:
        raise Refusal(_l("There is no method “%(field)s”; “%(near)s” is one."), field=method, near=near[0])
    raise Refusal(
        _l("There is no method “%(field)s”; there are: %(known)s."), field=method, known=", ".join(METHODS)
    )


def run(
    method: str,
    data: Answers | None,
    spec: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    *,
    spec_sha256: str | None = None,
    spoken: bool = False,
) -> dict[str, Any]:
    """Run `method`; the result is plain: text keys, finite numbers, lists, None for what is undefined.

    spoken: with `variant_said` beside `variant`, the sentences to say it by in another language.
    Raises Refusal for wrong input. A number that is not finite is our fault and raises ArithmeticError.
    """
    check_method(method)
    given = {key: value for key, value in (options or {}).items() if value is not None and value is not False}
    for key in given:
        if key != "seed" and key not in OPTIONS.get(method, ()):  # a seed does no harm where nothing is drawn
            raise Refusal(
                _l("The method “%(method)s” has no option “--%(field)s”."), field=key, method=method
            )
    takes = METHODS[method]
    if takes == "data" and data is None:
        raise Refusal(_l("The method “%(field)s” needs a file of answers before the SPEC."), field=method)
    if takes == "spec" and data is not None:
        raise Refusal(_l("The method “%(field)s” takes a SPEC alone, no file of answers."), field=method)
    made = load(method)(data, dict(spec), given)
    found = plain(made, method)
    if spoken and isinstance(made["variant"], Wording):
        found["variant_said"] = plain(list(made["variant"].parts))
    found = {"method": method, **found, "engine_version": ENGINE_VERSION}
    found["input_sha256"] = data.sha256 if data is not None else spec_sha256
    if spec_sha256 is not None:
        found["spec_sha256"] = spec_sha256
    return found


def plain(value: Any, where: str = "") -> Any:
    """The value as JSON knows it. Raises ArithmeticError naming the place of a number that is not finite."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return str(value)
        case float():
            if not math.isfinite(value):
                raise ArithmeticError(f"{where} is {value}")
            return value
        case np.generic():
            return plain(value.item(), where)
        case np.ndarray():
            return plain(value.tolist(), where)
        case Sentence():
            return value.as_dict()
        case LazyText():
            return Sentence(value).as_dict()
        case Mapping():
            return {str(key): plain(each, f"{where}.{key}") for key, each in value.items()}
        case list() | tuple():
            return [plain(each, f"{where}[{place}]") for place, each in enumerate(value)]
    raise TypeError(f"{where} is a {type(value).__name__}")
