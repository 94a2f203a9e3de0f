# ruff: noqa: S608 - names are quoted and texts are literals or bound (database.py), nothing else is put into SQL
"""The cases of several Parquet batches as one table, in which the latest batch's row of a case wins."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from core.columnar import literal, quoted
from delivery.engine.calendar_table import CalendarTable, calendar_key
from delivery.engine.clock import Clock, LoadedCalendar
from delivery.engine.errors import InputError, SpecError
from delivery.engine.load import milestone_column, text_column
from delivery.engine.reader import CASE, LINE
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import DAY, microseconds
from standards.rules.calendar import WorkingCalendar

# Rows up to which several batches are put together in memory for a measurement; above, each query reads the files.
_GATHERED_MOST = 2_000_000
_GATHERED = "gathered"


@dataclass(frozen=True, slots=True)
class Batches:
    """paths: oldest first. milestones / texts: name -> whether it is in each batch, in the order of paths.

    gathered: the latest row of each case stands in a table of the connection. calendars: those that are in it, by what
    they say and their first and last day.
    """

    paths: tuple[Path, ...]
    milestones: Mapping[str, tuple[bool, ...]]
    texts: Mapping[str, tuple[bool, ...]]
    gathered: bool = False
    calendars: dict[tuple[str, int, int], LoadedCalendar] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> "Batches":
        milestones: dict[str, list[bool]] = {}
        texts: dict[str, list[bool]] = {}
        for number, path in enumerate(paths):
            try:
                described = connection.execute(
                    f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})"
                ).fetchall()
            except duckdb.Error as error:
                reason = type(error).__name__
                raise InputError(
                    "batch.unreadable", f"the batch cannot be read ({reason}).", where=path.name
                ) from None
            for name in (str(row[0]) for row in described):
                for prefix, found in (("at_", milestones), ("x_", texts)):
                    if name.startswith(prefix):
                        found.setdefault(name.removeprefix(prefix), [False] * len(paths))[number] = True
        return cls(
            tuple(paths),
            {name: tuple(each) for name, each in milestones.items()},
            {name: tuple(each) for name, each in texts.items()},
        )

    def gather(
        self, connection: duckdb.DuckDBPyConnection, milestones: Collection[str], texts: Collection[str]
    ) -> "Batches":
        """The same cases with these columns, put together once. A query over several files plans every column of every
        requirement for each of them, which takes longer than reading a log of usual size.
        """
        if len(self.paths) < 2:
            return self
        files = ", ".join(literal(str(path)) for path in self.paths)
        (rows,) = connection.execute(f"SELECT count(*) FROM read_parquet([{files}])").fetchone() or (0,)
        if rows > _GATHERED_MOST:
            return self
        kept_milestones = {name: each for name, each in self.milestones.items() if name in milestones}
        kept_texts = {name: each for name, each in self.texts.items() if name in texts}
        columns = self.sql(
            {name: quoted(milestone_column(name)) for name in kept_milestones},
            {name: quoted(text_column(name)) for name in kept_texts},
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {_GATHERED} AS {columns}")
        return Batches(self.paths, kept_milestones, kept_texts, gathered=True)

    def check(self, requirements: Iterable[RequirementSpec], group_by: Sequence[str]) -> None:
        for requirement in requirements:
            for name in sorted(requirement.milestones):
                if name not in self.milestones:
                    listed = ", ".join(self.milestones)
                    raise SpecError(
                        "spec.unknown_milestone",
                        f"“{name}” is not a milestone of the log (there are {listed}).",
                        where=f"requirement {requirement.id}",
                    )
            for column in requirement.where:
                self._check_text(column, f"requirement {requirement.id}.where")
        for column in group_by:
            self._check_text(column, "group_by")

    def _check_text(self, column: str, where: str) -> None:
        if column not in self.texts:
            listed = ", ".join(f"“{name}”" for name in list(self.texts)[:50])
            raise SpecError(
                "spec.unknown_column",
                f"the log has no column “{column}” besides its case and times (there are {listed}).",
                where=where,
                column=column,
            )

    def sql(
        self,
        milestones: Mapping[str, str],
        texts: Mapping[str, str],
        *,
        identity: bool = False,
        latest: bool = True,
    ) -> str:
        """SELECT over all batches: milestones in µs and texts under the short names given, and with `identity` also
        case_id, line_no and batch (number from 0). Without `latest` also rows that a later batch replaced.
        """
        if self.gathered and not identity:
            columns = [f"{quoted(milestone_column(name))} AS {short}" for name, short in milestones.items()]
            columns += [f"{quoted(text_column(name))} AS {short}" for name, short in texts.items()]
            return f"SELECT {', '.join(columns) or '1 AS one'} FROM {_GATHERED}"
        selects = []
        for number, path in enumerate(self.paths):
            chosen = [
                f"epoch_us({quoted(milestone_column(name))}) AS {short}"
                if self.milestones[name][number]
                else f"NULL::BIGINT AS {short}"
                for name, short in milestones.items()
            ]
            chosen += [
                f"coalesce({quoted(text_column(name))}, '') AS {short}"
                if self.texts[name][number]
                else f"'' AS {short}"
                for name, short in texts.items()
            ]
            if identity:
                chosen += [CASE, LINE, f"{number} AS batch"]
            later = self.paths[number + 1 :] if latest else ()
            outdone = ""
            if later:
                listed = ", ".join(literal(str(each)) for each in later)
                outdone = f" ANTI JOIN (SELECT {CASE} FROM read_parquet([{listed}])) AS later USING ({CASE})"
            selects.append(
                f"SELECT {', '.join(chosen) or '1 AS one'} FROM read_parquet({literal(str(path))}) AS batch{outdone}"
            )
        return " UNION ALL ".join(selects)


class Workplace:
    """A clock over batches, its calendars loaded. Made once for the requirements that are measured together."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        batches: Batches,
        requirements: Sequence[RequirementSpec],
        *,
        calendar: WorkingCalendar,
        timezone: str,
        as_of: dt.datetime,
        columns: Sequence[str],
        identity: bool = False,
    ) -> None:
        self.connection = connection
        self.calendar = calendar
        self.timezone = timezone
        names = sorted({name for each in requirements for name in each.milestones})
        texts = dict.fromkeys([*columns, *(column for each in requirements for column in each.where)])
        self.milestones = {name: f"m{number}" for number, name in enumerate(names)}
        self.texts = {name: f"t{number}" for number, name in enumerate(texts)}
        self.source = batches.sql(self.milestones, self.texts, identity=identity)
        self._calendars = batches.calendars
        self.first, self.last, self.turned = self._look(batches, requirements, microseconds(as_of))
        self.clock = Clock(self.milestones, self.texts, self._calendar, as_of)

    def _look(
        self, batches: Batches, requirements: Sequence[RequirementSpec], as_of: int
    ) -> tuple[int, int, frozenset[tuple[str, str]]]:
        """First and last day number that any milestone can fall on, and the pairs of which an end may lie before
        its start.
        """
        pairs = list(dict.fromkeys((each.start, each.end) for each in requirements))
        asked = [f"min({short}), max({short})" for short in self.milestones.values()]
        asked += [
            f"coalesce(bool_or({self.milestones[end]} < {self.milestones[start]}), false)"
            for start, end in pairs
        ]
        every = batches.sql(self.milestones, {}, latest=False)
        row = self.connection.execute(f"SELECT {', '.join(asked)} FROM ({every})").fetchone() or ()
        ends = 2 * len(self.milestones)
        known = [int(value) for value in row[:ends] if value is not None] + [as_of]
        turned = frozenset(pair for pair, found in zip(pairs, row[ends:], strict=True) if found)
        return min(known) // DAY - 3, max(known) // DAY + 3, turned

    def _calendar(self, own: WorkingCalendar | None) -> LoadedCalendar:
        calendar = own or self.calendar
        key = calendar_key(calendar), self.first, self.last
        if key not in self._calendars:
            name = f"calendar{len(self._calendars)}"
            table = CalendarTable(calendar, self.timezone, self.first, self.last)
            self._calendars[key] = LoadedCalendar(name, table, table.load(self.connection, name))
        return self._calendars[key]

    def layered(self, keep: Sequence[str]) -> str:
        """FROM clause that offers `keep` and every flag of the clock's sheet."""
        sheet = self.clock.sheet
        walls = "".join(f", {sql} AS {name}" for sql, name in [*sheet.marks.items(), *sheet.walls.items()])
        days = "".join(f", {sql} AS {name}" for sql, name in sheet.days.items())
        joins = " ".join(sheet.joins.values())
        flags = [f"{sql} AS {name}" for sql, name in sheet.flags.items()]
        return (
            f"(SELECT {', '.join([*keep, *flags])} FROM "
            f"(SELECT *{days} FROM (SELECT *{walls} FROM ({self.source}))) AS cases {joins})"
        )
