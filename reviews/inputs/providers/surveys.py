"""What customers said in the surveys of the period."""

from core.i18n import _l
from reviews.inputs.blocks import Block, both, figure, figures, nothing, words
from reviews.inputs.providers.asked import Asked
from satisfaction import reports as satisfaction
from satisfaction.showing import MEASURES


def felt(asked: Asked) -> list[Block]:
    rows = satisfaction.survey_rows(asked.unit, asked.first, asked.last)
    if not rows:
        return [nothing(_l("No survey ended in this period."))]
    earlier = {
        (row.questionnaire_code, row.item_code, row.measure): row.figure
        for row in satisfaction.survey_rows(asked.unit, *asked.before)
    }
    made: list[Block] = []
    waves = dict.fromkeys(
        (row.wave_id, row.wave_code, row.questionnaire_title, row.wave_name, row.unit) for row in rows
    )
    for wave_id, code, title, name, unit in waves:
        block = figures(
            " · ".join(part for part in (title, name, unit) if part),  # as people wrote it
            [
                figure(
                    both(row.text_en, row.text_zh),
                    row.figure,
                    earlier.get((row.questionnaire_code, row.item_code, row.measure)),
                    below={
                        language: f"{row.item_code} · {text}"
                        for language, text in words(MEASURES[row.measure]).items()
                    },
                    href=f"/surveys/waves/{wave_id}/results/{row.item_code}",
                    measure=row.measure,
                    better="up",
                )
                for row in rows
                if row.wave_code == code
            ],
        )
        made.append(block)
    return made
