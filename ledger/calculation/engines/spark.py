"""Apache Spark: on this machine, or on a cluster by Spark Connect. Our SQL is translated by sqlglot.

Spark rounds products of wide decimals silently unless it is told not to. Three settings make its sums those of DuckDB:
they are set, read back, and held against the type that it gives a product; where one is otherwise nothing runs.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ledger.calculation.engines.engine import Columns, Part, is_data
from ledger.errors import Misuse, Refused
from ledger.store import Arrow
from ledger.store.bounds import threads_set

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REQUIRED = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a null
    "spark.sql.session.timeZone": "UTC",  # hours and days are of UTC
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # products keep every decimal place
}
"""The settings on which equal digits rest."""
PORT = 15002
"""Where a Spark Connect server listens unless it is told otherwise."""
_LOCAL = {
    "spark.app.name": "ghg",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
_QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %m%n
logger.start.name = org.apache.spark.api.python.PythonGatewayServer
logger.start.level = error
"""
_PROBE = "select cast(1 as decimal(18,6)) * cast(1 as decimal(20,12)) as product"
_FUNCTIONS = {"EPOCH_US": "UNIX_MICROS"}
"""DuckDB's names that sqlglot leaves as they are."""


class Spark:
    """An engine (:class:`ledger.calculation.engines.Engine`)."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self.title = f"Spark {session.version}"
        check_settings(session.conf)
        product = session.sql(_PROBE).schema[0].dataType.simpleString()
        if product != "decimal(38,18)":
            raise Refused(f"Spark gives a product the type {product}, which rounds it", "use Spark 4 or later")

    def parts(self, folder: str, wanted: Callable[[str], bool]) -> list[Part]:
        """The files below a folder, listed, hashed and counted by Spark, which alone may be able to see them."""
        root = folder.rstrip("/") if "://" in folder else str(Path(folder).resolve())
        listed = self._files(root).select("path").collect()
        names = {row.path: _below(root, row.path) for row in listed}
        kept = sorted((path for path, name in names.items() if is_data(name) and wanted(name)), key=names.__getitem__)
        if not kept:
            return []
        hashed = self._files(*kept).selectExpr("path", "length", "sha2(content, 256) as digest").collect()
        rows = self._session.read.parquet(*kept).groupBy("_metadata.file_path").count().collect()
        counts = {_below(root, row[0]): int(row[1]) for row in rows}
        found = sorted((names[row.path], row) for row in hashed)
        return [Part(name, row.path, int(row.length), row.digest, counts.get(name, 0)) for name, row in found]

    def _files(self, *places: str) -> Any:
        reader = self._session.read.format("binaryFile").option("pathGlobFilter", "*.parquet")
        return reader.option("recursiveFileLookup", "true").load(list(places))

    def table(self, name: str, places: Sequence[str]) -> Columns:
        """A view of the rows of some files."""
        self._session.read.parquet(*places).createOrReplaceTempView(name)
        return {field.name: str(field.type) for field in self.arrow(f"select * from {name} limit 0").schema}

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a SQL file; what DuckDB keeps as a table Spark keeps from its first use on."""
        from sqlglot import exp

        made = _tree(sql)
        if not isinstance(made, exp.Create):
            raise TypeError(f"no statement that makes a table: {sql[:60]}")
        rows = self._session.sql(made.expression.sql("spark"), args=dict(params or {}))
        kept = rows.persist() if made.kind == "TABLE" else rows
        kept.createOrReplaceTempView(made.this.name)

    def arrow(self, sql: str, params: Mapping[str, Any] | None = None) -> Arrow:
        """The rows of a query."""
        return self._session.sql(_tree(sql).sql("spark"), args=dict(params or {})).toArrow()


def _below(root: str, address: str) -> str:
    """The name of a file below a folder, of an address as Spark writes it: encoded, `file:` with one slash or three."""
    plain = [re.sub("^file:/+", "/", place) for place in (root, unquote(address))]
    return plain[1].removeprefix(f"{plain[0]}/")


def _tree(sql: str) -> Any:
    """A statement of DuckDB's dialect as sqlglot reads it, with Spark's names for what is called otherwise there."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, read="duckdb")
    for call in tree.find_all(exp.Anonymous):
        if name := _FUNCTIONS.get(str(call.this).upper()):
            call.set("this", name)
    return tree


def check_settings(conf: Any) -> None:
    """Raises Refused where a session has not the settings that were asked of it."""
    held = {name: str(conf.get(name)) for name in REQUIRED}
    wrong = [f"{name} = {value}" for name, value in held.items() if value.casefold() != REQUIRED[name].casefold()]
    if wrong:
        needed = ", ".join(f"{name}={value}" for name, value in REQUIRED.items())
        raise Refused(
            f"Spark runs with {'; '.join(wrong)}: its digits would not be those of the ledger",
            f"let whoever runs the server allow these for a session: {needed}",
        )


def make_findable() -> None:
    """Let Python find Spark in its own folder: `GHG_SPARK_PACKAGES`, else `spark` in the environment's.

    Beside our own packages Spark would be imported at every start, by libraries that look for it.
    """
    folder = os.environ.get("GHG_SPARK_PACKAGES") or str(Path(sys.prefix) / "spark")
    if Path(folder).is_dir() and folder not in sys.path:
        sys.path.append(folder)


@contextmanager
def spark(connect: str | None) -> Iterator[Spark]:
    """Spark on this machine, or at the address of a Spark Connect server."""
    make_findable()
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # we use none of it
    try:
        import sqlglot  # noqa: F401
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession  # noqa: F401
    except ImportError as fault:
        raise Misuse(
            f"Spark is not installed here ({fault.name})", "docs/spark.md says how it is installed, with Java 17"
        ) from fault
    try:
        with _connected(connect) if connect is not None else _local() as session:
            for name, value in REQUIRED.items():
                session.conf.set(name, value)
            yield Spark(session)
    except PySparkException as fault:
        raise Refused(f"Spark: {_first_line(fault)}", "nothing was recorded; mend that and run it again") from fault


@contextmanager
def _connected(address: str) -> Iterator[SparkSession]:
    """A session of its own at a Spark Connect server."""
    from pyspark.errors import PySparkException

    try:
        _check_answers(address)
        from pyspark.sql.connect.session import SparkSession as Remote

        session: Any = Remote.builder.remote(address).create()
        session.version  # noqa: B018 — the first word to the server
    except (PySparkException, ValueError, ImportError, OSError) as fault:
        raise Misuse(
            f"no Spark Connect server answers at {address}: {_first_line(fault)}",
            "give its address as sc://HOST:15002; docs/spark.md says how one is started",
        ) from fault
    try:
        yield session
    finally:
        session.stop()


def _check_answers(address: str) -> None:
    """Raises ValueError for what is no address, OSError where nobody listens: Spark itself would ask for minutes."""
    found = urlsplit(address)
    if found.scheme != "sc" or not found.hostname:
        raise ValueError("the address does not begin with sc://HOST")
    with socket.create_connection((found.hostname, found.port or PORT), timeout=20):
        pass


@contextmanager
def _local() -> Iterator[SparkSession]:
    """A session of the Spark that this process runs in already; else of one of its own, which ends with it."""
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        yield active.newSession()
        return
    with tempfile.TemporaryDirectory(prefix="ghg-spark-") as folder:
        session = _started(Path(folder))
        try:
            yield session
        finally:
            session.stop()


def _started(folder: Path) -> SparkSession:
    """Spark in a Java process of its own on this machine, which leaves nothing behind and listens to nobody else."""
    from pyspark.sql import SparkSession

    if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
        raise Misuse("Spark needs Java 17 or later, and there is none", "Debian: apt-get install default-jre-headless")
    threads = threads_set()
    (folder / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
    own = {
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.memory": os.environ.get("GHG_SPARK_MEMORY") or "2g",
        "spark.sql.shuffle.partitions": threads,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
    }
    builder = SparkSession.builder.master(f"local[{threads}]")
    for name, value in (_LOCAL | own | REQUIRED).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _first_line(fault: BaseException) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
