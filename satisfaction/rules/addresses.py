"""Addresses of this room's pages for what has no request: findings, measures, jobs. A test holds them to the routes."""


def questionnaire_path(questionnaire_id: int) -> str:
    return f"/surveys/questionnaires/{questionnaire_id}"


def results_path(wave_id: int) -> str:
    return f"/surveys/waves/{wave_id}/results"


def item_path(wave_id: int, code: str) -> str:
    return f"/surveys/waves/{wave_id}/results/{code}"


def import_path(import_id: int) -> str:
    return f"/surveys/imports/{import_id}"


def analysis_path(analysis_id: int) -> str:
    return f"/surveys/analyses/{analysis_id}"


def indicators_path(system_id: int) -> str:
    return f"/surveys/indicators/{system_id}"


def judging_path(judge_id: int) -> str:
    return f"/surveys/indicators/judging/{judge_id}"


def rollup_path(rollup_id: int) -> str:
    return f"/surveys/indicators/scores/{rollup_id}"


def rollup_node_path(rollup_id: int, node_id: int) -> str:
    return f"{rollup_path(rollup_id)}/{node_id}"
