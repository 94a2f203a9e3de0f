"""Every text of the source stands in the Chinese catalog, once, with the same placeholders."""

import re
from pathlib import Path

from app import translations
from app.translations import ROOMS, ROOT, examine, room_of, stub


def test_both_languages_are_complete() -> None:
    state = examine()
    assert state.used
    assert state.unreadable == []
    assert [f"{text!r} {state.used[text][0]}" for text in state.missing] == []
    assert state.empty == []
    assert state.obsolete == []
    assert {text: state.translated[text] for text in state.doubled} == {}
    assert state.wrong == []


def test_faults_of_a_catalog_are_found(tmp_path: Path) -> None:
    catalog = tmp_path / "core.po"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    catalog.write_text(
        head
        + 'msgid "Cancel"\nmsgstr "取消"\n\nmsgid "Cancel"\nmsgstr "取消"\n\nmsgid "Nobody says this"\nmsgstr "没人这么说"\n\n'
        + 'msgid "All my tasks"\nmsgstr "百分之百 100 % 的任务"\n\n'
        + 'msgid "Back"\nmsgstr ""\n\nmsgid "%(amount)s points"\nmsgstr "个百分点"\n'
    )
    known = translations.CATALOGS
    translations.CATALOGS = tmp_path
    try:
        state = examine()
    finally:
        translations.CATALOGS = known
    assert "Cancel" in state.doubled
    assert "Nobody says this" in state.obsolete
    assert ("Back", "core.po") in state.empty
    assert ("%(amount)s points", "core.po") in state.wrong
    assert ("All my tasks", "core.po") in state.wrong  # a single % in a text that a template fills in
    assert "Search" in state.missing


def test_a_text_belongs_to_the_room_that_uses_it() -> None:
    assert room_of("core/web.py:3") == "core"
    assert room_of("templates/errors/conflict.html:3") == "core"
    assert room_of("templates/overview/trail.html:3") == "app"
    assert room_of("templates/accounts/people.html:3") == "accounts"
    assert 'msgid_plural "%(num)d rows"' in stub(("%(num)d row", "%(num)d rows"))


def test_no_text_hides_in_an_f_string() -> None:
    """Extractors look into none before Python 3.12; a text should be seen by any of them."""
    hidden = re.compile(r"\{_[nlp]*\(['\"]")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if hidden.search(line)
    ]
    assert found == []


def test_one_english_word_may_have_a_chinese_one_for_each_thing() -> None:
    from core import lazytext
    from core.i18n import _, _lp, _p, force_locale

    assert _p("complaint", "Withdrawn") == "Withdrawn"
    with force_locale("zh"):
        assert _("Withdrawn") == "已撤销"
        assert _p("complaint", "Withdrawn") == "已撤回"
        assert str(_lp("complaint", "Withdrawn")) == "已撤回"
        assert str(lazytext._lp("complaint", "Withdrawn")) == "已撤回"
    assert lazytext._lp("complaint", "Withdrawn") != lazytext._l("Withdrawn")
    entry = stub(f"complaint{translations.GLUE}Withdrawn")
    assert entry == 'msgctxt "complaint"\nmsgid "Withdrawn"\nmsgstr ""\n'


def test_faults_of_texts_with_a_context_are_found(tmp_path: Path) -> None:
    catalog = tmp_path / "core.po"
    catalog.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgctxt "unit"\nmsgid "Close"\nmsgstr "停用"\n\nmsgid "Close"\nmsgstr "关闭"\n\n'
        'msgctxt "nobody"\nmsgid "Close"\nmsgstr "停用"\n\nmsgctxt "buttons"\nmsgid "Action"\nmsgstr ""\n'
    )
    known = translations.CATALOGS
    translations.CATALOGS = tmp_path
    try:
        state = examine()
    finally:
        translations.CATALOGS = known
    glue = translations.GLUE
    assert state.doubled == []
    assert f"nobody{glue}Close" in state.obsolete
    assert f"unit{glue}Close" not in state.obsolete
    assert f"trail{glue}After" in state.missing
    assert (f"buttons{glue}Action", "core.po") in state.empty


def test_a_text_inside_an_f_string_counts_as_used() -> None:
    """A call around the text hides it from the line above, not from the syntax tree."""
    state = examine()
    assert [place.partition(":")[0] for place in state.used["please answer"]] == [
        "satisfaction/views/questions.py"
    ]
