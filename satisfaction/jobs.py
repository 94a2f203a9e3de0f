"""Work of the worker: a file of answers into a wave, the figures of a wave, and the daily duties."""

import json
from contextlib import suppress
from typing import Any

from flask import g

from accounts import queries as accounts
from accounts.queries import get_person, with_holdings
from core.charts.serving import cache_dir
from core.db import mode, session
from core.errors import InvalidInput
from core.files import path_of
from core.i18n import _, force_locale
from core.jobs import Job, Progress, duty, handler
from satisfaction.operations import analyses, importing, waves
from satisfaction.operations.analyses import PRINT_JOB, RUN_JOB
from satisfaction.operations.answering import forget_old
from satisfaction.operations.importing import IMPORT_JOB
from satisfaction.operations.indicators import scores
from satisfaction.operations.indicators.scores import PRINT_JOB as PRINT_SCORES_JOB
from satisfaction.operations.indicators.scores import SCORES_JOB
from satisfaction.operations.waves import ANALYSE_JOB
from satisfaction.queries import analyses as analysis_queries
from satisfaction.queries import imports, indicator_scores, indicators
from satisfaction.queries import waves as waves_of
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.addresses import (
    analysis_path,
    import_path,
    indicators_path,
    results_path,
    rollup_path,
)
from satisfaction.rules.imports import ImportState, Mapping, words_of_options
from satisfaction.rules.items import columns_of
from satisfaction.storage import ANSWERS, engine


def _starter(job: Job) -> Any:
    return with_holdings(get_person(job.started_by_id)) if job.started_by_id else None


def _organisation() -> str:
    """Whose name stands on paper; moments are printed in its time zone."""
    root = accounts.find_root()
    g.organisation_zone = accounts.organisation_zone()
    return root.name if root is not None else ""


@handler(IMPORT_JOB)
def import_responses(job: Job, progress: Progress) -> dict[str, Any]:
    """Nothing is written to the database before the file is read to its end and its Parquet is on disk under its hash;
    one short transaction accepts it. Killed before that, only files without an owner are left, which `sweep` takes.
    """
    from satisfaction.loading.keeping import load

    import_id = int(json.loads(job.arguments)["import"])
    with mode("read"):
        batch = imports.get_import(import_id)
        state, name, mapping = batch.state, batch.file.name, Mapping.read(batch.mapping)
        path = path_of(batch.file_sha256)
        items = list_items(batch.wave.version_id)
        columns, options = columns_of(items), words_of_options(items)
        session.rollback()
    url = import_path(import_id)
    if state == ImportState.accepted:
        return {"url": url}
    if state != ImportState.mapped:
        raise InvalidInput(_("The import was changed or discarded meanwhile."))
    stem = f"import-{job.id}"
    try:
        with engine() as connection:
            loaded = load(
                path,
                name,
                mapping,
                columns,
                options,
                place=ANSWERS.workplace,
                stem=stem,
                connection=connection,
                progress=lambda rows: progress(rows, 0, str(_("Reading the answers"))),
            )
        progress(1, 1, str(_("Accepting the import")))
        ANSWERS.keep(loaded.parquet, loaded.parquet_sha256, "parquet")
        ANSWERS.keep(loaded.rejects_file, loaded.rejects_sha256, "csv")
        importing.accept(import_id, loaded, actor=_starter(job))
    finally:
        for left in ANSWERS.workplace.glob(f"{stem}.*"):
            with suppress(OSError):
                left.unlink()
    return {"url": url, "rows": loaded.rows, "accepted": loaded.accepted}


@handler(ANALYSE_JOB)
def compute_figures(job: Job, progress: Progress) -> dict[str, Any]:
    """The figures of a wave, and what falls short as findings."""
    from satisfaction import analysing

    asked = json.loads(job.arguments)
    wave_id = int(asked["wave"])
    progress(0, 1, str(_("Computing the figures")))
    with mode("read"):
        computed = analysing.compute(wave_id)
        scored = scores.compute_due(wave_id)
        session.rollback()
    found = analysing.store(wave_id, computed, actor=_starter(job), findings=asked.get("findings", True))
    for each in scored:
        scores.keep(each)
    return {"url": results_path(wave_id), **found}


@handler(SCORES_JOB)
def score_waves(job: Job, progress: Progress) -> dict[str, Any]:
    """Scores of waves by versions of an indicator system, when the answers are many."""
    versions, wave_ids = scores.read_job(job.arguments)
    computed = []
    with mode("read"):
        for place, wave_id in enumerate(wave_ids):
            progress(place, len(wave_ids), str(_("Computing the figures")))
            computed += [
                scores.compute(indicators.get_version(each), waves_of.get_wave(wave_id)) for each in versions
            ]
        session.rollback()
    for each in computed:
        scores.keep(each)
    found = [indicators.get_version(each) for each in versions]
    scores.recorded(
        found[0].system, found, [waves_of.get_wave(each) for each in wave_ids], actor=_starter(job)
    )
    return {"url": indicators_path(found[0].system_id), "waves": len(wave_ids)}


@handler(RUN_JOB)
def run_method(job: Job, progress: Progress) -> dict[str, Any]:
    """A method that takes long: computed in a read transaction, written in a short one at the end."""
    from satisfaction.analyses.inputs import run
    from satisfaction.rules.analyses import Method

    analysis_id = int(json.loads(job.arguments)["analysis"])
    progress(0, 2, str(_("Reading the answers")))
    with mode("read"):
        analysis = analysis_queries.get_analysis(analysis_id)
        wave, method, asked = analysis.wave, Method(analysis.method), analysis.asked
        assert wave is not None  # entered figures are computed at once
        progress(1, 2, str(_("Computing the figures")))
        outcome = run(method, wave, asked, actor=_starter(job))
        session.rollback()
    analyses.settle(analysis_queries.get_analysis(analysis_id), outcome, actor=_starter(job))
    return {"url": analysis_path(analysis_id)}


@handler(PRINT_JOB)
def print_report(job: Job, progress: Progress) -> dict[str, Any]:
    """The report of an analysis; nothing is written to the database."""
    from satisfaction.analyses import files

    asked = json.loads(job.arguments)
    progress(0, 1, str(_("Setting the pages")))
    with mode("read"), force_locale(asked["language"]):
        analysis = analysis_queries.get_analysis(int(asked["analysis"]))
        files.print_report(
            analysis,
            organisation=_organisation(),
            language=asked["language"],
            cache=cache_dir(),
        )
        session.rollback()
    return {"url": analysis_path(int(asked["analysis"])) + "/report.pdf"}


@handler(PRINT_SCORES_JOB)
def print_scores(job: Job, progress: Progress) -> dict[str, Any]:
    """The scores of a wave on paper; nothing is written to the database."""
    from satisfaction.indicators import printing

    asked = json.loads(job.arguments)
    progress(0, 1, str(_("Setting the pages")))
    with mode("read"), force_locale(asked["language"]):
        rollup = indicator_scores.get_rollup(int(asked["rollup"]))
        printing.print_scores(
            rollup,
            organisation=_organisation(),
            language=asked["language"],
            cache=cache_dir(),
        )
        session.rollback()
    return {"url": rollup_path(int(asked["rollup"])) + "/report.pdf"}


@duty("satisfaction.close", "%Y%m%d")
def close_waves() -> int:
    """Every night: waves whose last day is over."""
    return waves.close_overdue()


@duty("satisfaction.outdated", "%Y%m%d")
def compute_outdated() -> int:
    """Every night: waves whose kept figures are of an older version of the engine."""
    from satisfaction.results import ENGINE_VERSION

    return waves.queue_outdated(ENGINE_VERSION)


@duty("satisfaction.forget", "%Y%m%d%H")
def forget() -> int:
    return forget_old()


@duty("satisfaction.sweep", "%Y%m%d")
def sweep_files() -> int:
    return ANSWERS.sweep(importing.known_files())
