"""Indicator systems beside the questionnaires and waves that they rest on."""

from typing import Any

from core.slots import Panel
from satisfaction.models import Wave
from satisfaction.queries import indicator_scores as scores
from satisfaction.queries import indicators as queries


def beside_wave(wave: Wave, person: Any) -> Panel | None:
    """Scores of the wave by the versions in force, and the systems that have none of it yet."""
    systems = queries.list_of_questionnaire(wave.version.questionnaire_id, person)
    if not systems or wave.state == "draft":
        return None
    kept = {each.version.system_id: each for each in scores.list_rollups_of_wave(wave.id)}
    return Panel(
        "indicators/panel_wave.html", {"indicator_systems": systems, "indicator_scores": kept}, order=30
    )
