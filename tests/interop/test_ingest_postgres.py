"""A court's system runs on PostgreSQL: its tables are read where they are and give the rows that its export gives."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from peelian.ingest.catalogue import open_source
from peelian.ingest.database_door import _connected, mark_of
from peelian.ingest.table_door import parts_of, read_names
from tests.support.postgres import fresh_database, postgres  # noqa: F401
from tests.support.systems import order, orders_db, party, read_system, rows_of

ORDERS = [order("O1"), order("O2", "CB")]
PARTIES = [party("O1"), party("O2", 0, "PROTECTED"), party("O2", 1)]


@pytest.fixture
def address(postgres):  # noqa: F811
    """Give the address of a database that holds two orders, as a court would: dates are dates, times are times."""
    with fresh_database(postgres) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as con:
            con.exec_driver_sql(
                "CREATE TABLE orders (order_no text PRIMARY KEY, kind text, court text, conditions text, state text, "
                "from_date date, until_date date, updated timestamp)"
            )
            con.exec_driver_sql(
                "CREATE TABLE parties (order_no text, line integer, party text, nominal text, first text, last text, "
                "dob date, address text, postcode text, updated timestamp)"
            )
            for table, rows in (("orders", ORDERS), ("parties", PARTIES)):
                marks = ", ".join(["%s"] * len(rows[0]))
                con.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", rows)
        yield url, engine
        engine.dispose()


@pytest.mark.soak
def test_tables_of_a_server_give_the_rows_that_the_export_gives(address):
    """What a force knows must not depend on whether somebody exported it in between."""
    url, engine = address
    files = {"courts.url": url.encode()}
    assert parts_of("courts.url", files["courts.url"]) == ["orders", "parties"]
    assert "updated" in read_names("courts.url", files["courts.url"], "orders")
    by_server = read_system("courts", files)
    by_file = read_system("courts", {"orders.db": orders_db(ORDERS, PARTIES)})
    for table in ("court_order", "court_order_person"):
        ids = [{(r["record_id"], r["row_hash"]) for r in rows_of(s, table)} for s in (by_server, by_file)]
        assert ids[0] == ids[1] and ids[0]
    kind = open_source("courts").contract.kind("orders")
    before = mark_of(files["courts.url"], kind)
    with engine.begin() as con:
        con.exec_driver_sql("UPDATE orders SET state = 'END', updated = now() WHERE order_no = 'O1'")
    assert mark_of(files["courts.url"], kind) != before


@pytest.mark.soak
def test_a_server_is_held_to_reading(address):
    """A slip in a contract must not be able to change the court's own system."""
    url, _ = address
    with _connected(url.encode()) as con:
        assert con.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
