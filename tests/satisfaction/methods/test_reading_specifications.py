"""Answers and specifications: what is taken, what is refused, and in whose language."""

from typing import Any

import numpy as np
import pytest

from core.i18n import compile_catalog, force_locale
from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Answers, Refusal, Sentence
from satisfaction.methods.door import plain, run
from satisfaction.methods.source import FileSpec
from satisfaction.methods.specfile import parse_spec


def test_scalars_as_people_mean_them() -> None:
    found = parse_spec("a: 1e-7\nb: NO\nc: 007\nd: [1, -2.5, true, ~, '5', .5]\n1: on\ne: 12:30\n")
    assert found == {
        "a": 1e-7,
        "b": "NO",
        "c": "007",
        "d": [1, -2.5, True, None, "5", 0.5],
        "1": "on",
        "e": "12:30",
    }
    assert parse_spec('{"a": [1, 2]}') == {"a": [1, 2]}
    assert parse_spec("{a: [1, 2]}") == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: 1\na: 2", "line 2: “a” stands twice"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("x: " + "[" * 100_000, "nested too deeply"),
        ('{"x": ' + "[" * 100_000, "nested too deeply"),
        ("a: [1", "line 2"),
        ("? [1]\n: 2", "a name was expected"),
        ("a: !!python/object:os.x {}", "tags"),
        ("a: !!int '1'", "tags"),
        ("", "must hold parameters"),
        ("[1, 2]", "must hold parameters"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: \x01", "line"),
    ],
)
def test_specifications_that_are_none(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_spec(text)
    assert said in refused.value.english
    assert "\n" not in refused.value.english


def test_what_the_file_is_like_stands_apart_from_the_method() -> None:
    how, rest = FileSpec.split({"encoding": "gb18030", "data": {"delimiter": ";", "sheet": "w"}, "items": {}})
    assert how == FileSpec(encoding="gb18030", delimiter=";", sheet="w")
    assert rest == {"items": {}}
    assert FileSpec.split({"delimiter": "tab"})[0].delimiter == "\t"
    for wrong, field in (
        ({"encoding": "klingon"}, "encoding"),
        ({"data": {"delimiter": ";;"}}, "data.delimiter"),
        ({"data": {"delimitre": ";"}}, "data.delimitre"),
        ({"decimal": "x"}, "decimal"),
    ):
        with pytest.raises(Refusal) as refused:
            FileSpec.split(wrong)
        assert refused.value.field == field


@pytest.mark.parametrize("value", [True, "5", None, [1], float("nan"), float("inf"), 10**400, 11, -1])
def test_numbers_of_a_specification(value: Any) -> None:
    with pytest.raises(Refusal) as refused:
        specs.number(value, "x.y", low=0, high=10)
    assert refused.value.field == "x.y"


def test_numbers_of_answers() -> None:
    data = Answers.of({"a": [1, -99, None, 4], "b": ["1", "refused", " ", "n/a"], "c": [1.5, 2, np.inf, 0]})
    assert data.numbers("a", missing=[-99])[[0, 3]].tolist() == [1, 4]
    assert np.isnan(data.numbers("a", missing=[-99])[1])
    assert data.columns["a"][1] == -99
    assert np.isnan(data.numbers("b", missing=["refused"])[1:]).all()
    for wrong, said in (
        (lambda: data.numbers("b"), "“refused” is not a number"),
        (lambda: data.numbers("c"), "row 4: “inf” is not a finite number"),
        (lambda: data.numbers("a", valid=(1, 5)), "row 3: “-99” lies outside 1 to 5"),
        (
            lambda: data.take(np.array([0, 1, 3])).numbers("c", whole=True),
            "row 2: “1.5” is not a whole number",
        ),
        (lambda: data.numbers("z"), "no column “z”; the data have: a, b, c"),
        (lambda: data.weights("a"), "is negative"),
    ):
        with pytest.raises(Refusal) as refused:
            wrong()  # type: ignore[no-untyped-call]
        assert said in refused.value.english
    assert data.texts("a", missing=[-99]).tolist() == ["1", None, None, "4"]


def test_a_sentence_is_read_in_the_language_of_the_page() -> None:
    compile_catalog()
    refusal = Refusal(_l("“%(field)s” must be a list."), field="items")
    assert str(refusal) == refusal.english == "“items” must be a list."
    with force_locale("zh"):
        assert str(refusal) == "“items”必须是一个列表。"
        assert refusal.english == "“items” must be a list."
        stored = Sentence.from_dict(refusal.sentence.as_dict())
        assert str(stored) == str(refusal)
    inner = Sentence(_l("“%(field)s” must be a list."), field="x")
    outer = Sentence(_l("KMO and Bartlett are not defined: %(reason)s."), reason=inner)
    assert Sentence.from_dict(outer.as_dict()) == outer
    assert "“x” must be a list." in outer.english


def test_the_door_lets_no_undefined_number_out() -> None:
    assert plain({"a": np.float64(1), "b": np.array([1, 2]), "c": (np.bool_(True), None)}) == {
        "a": 1.0,
        "b": [1, 2],
        "c": [True, None],
    }
    for wrong in (float("nan"), np.float64("inf"), np.array([np.nan])):
        with pytest.raises(ArithmeticError) as raised:
            plain({"deep": [wrong]}, "kano")
        assert "kano.deep[0]" in str(raised.value)


def test_the_door_refuses_unknown_methods_and_options() -> None:
    data = Answers.of({"a": [1]})
    for method, given, options, said in (
        ("kanoo", data, {}, "“kano” is one"),
        ("nonsense", data, {}, "there are: pls"),
        ("../kano", data, {}, "there is"),
        ("kano", None, {}, "needs a file"),
        ("hierarchy", data, {}, "takes a SPEC alone"),
        ("kano", data, {"bootstrap": 5}, "no option “--bootstrap”"),
    ):
        with pytest.raises(Refusal) as refused:
            run(method, given, {"items": {}}, options)
        assert said.lower() in refused.value.english.lower()
