"""Published record-linkage data sets, in the shape of a people table, with their truth apart.

For measuring only. What a data set has and a people table has not is left out; what a people table has and the data
set has not is empty. A date that does not exist keeps its year, as 1 January.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from peelian.core.errors import MissingError


@dataclass(frozen=True)
class Published:
    """A data set: ``people`` to resolve, ``truth`` (record_id, person and groups) to measure by, how it was fitted."""

    people: pa.Table
    truth: pa.Table
    fitted: str


FOLDER = "entity_resolution"
FITTED = {
    "historical_50k": "full name as an alias, birth place as address, invented postcode; occupation unused; "
    "sex (as recorded) and period of birth only to group the errors by",
    "fake_1000": "e-mail as the system's own number, town as address",
    "febrl1": "social security number as the system's own number",
    "febrl2": "social security number as the system's own number",
    "febrl3": "social security number as the system's own number",
}
"""Name of the data set, and how its columns were fitted to those of a people table."""


def read_published(folder: Path, name: str) -> Published:
    """Read a published data set.

    Parameters
    ----------
    folder : Path
        Folder of data sets; these lie in its ``entity_resolution``.
    name : str
        One of :data:`FITTED`.

    Raises
    ------
    MissingError
        ``dataset-missing`` when there is no such data set, or its file is not there.
    """
    path = folder / FOLDER / f"{name}.{'parquet' if name == 'historical_50k' else 'csv'}"
    if name not in FITTED or not path.is_file():
        raise MissingError(
            "dataset-missing",
            "There is no such published data set here.",
            why=f"Known are {', '.join(sorted(FITTED))}; their files are looked for in the folder {FOLDER}.",
            do="Name a known one, and the folder of data sets with --data or PEELIAN_DATA.",
        )
    sql = _SQL["febrl" if name.startswith("febrl") else name]
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"CREATE TABLE raw AS FROM {_PARQUET if path.suffix == '.parquet' else _CSV}", {"path": str(path)})
        con.execute(f"CREATE TABLE whole AS {sql}")
        people = con.sql(f"SELECT {_PEOPLE} FROM whole").to_arrow_table()
        groups = "person, sex, born" if name == "historical_50k" else "person"
        truth = con.sql(f"SELECT record_id, {groups} FROM whole").to_arrow_table()
    return Published(people, truth, FITTED[name])


_PARQUET = "read_parquet($path)"
_CSV = "read_csv($path, all_varchar = true)"
_PEOPLE = "record_id, source, person_ref, forenames, surname, aliases, birth_on, address, postcode, phones"


def _day(text: str) -> str:
    return f"coalesce(try_cast({text} AS DATE), try_cast(({text})[:4] || '-01-01' AS DATE))"


_FEBRL_DAY = "concat_ws('-', trim(date_of_birth)[:4], trim(date_of_birth)[5:6], trim(date_of_birth)[7:8])"
_SQL = {
    "historical_50k": f"""
        SELECT unique_id AS record_id, 'historical' AS source, '' AS person_ref, first_name AS forenames, surname,
            full_name AS aliases, {_day("dob")} AS birth_on, birth_place AS address, postcode_fake AS postcode,
            '' AS phones, cluster AS person, CASE WHEN gender IN ('female', 'male') THEN gender END AS sex,
            CASE WHEN year(birth_on) < 1800 THEN 'before 1800' WHEN year(birth_on) < 1850 THEN '1800 to 1849'
                WHEN year(birth_on) < 1900 THEN '1850 to 1899' END AS born
        FROM raw""",
    "fake_1000": f"""
        SELECT unique_id AS record_id, 'fake' AS source, email AS person_ref, first_name AS forenames, surname,
            '' AS aliases, {_day("dob")} AS birth_on, city AS address, '' AS postcode, '' AS phones, cluster AS person
        FROM raw""",
    "febrl": f"""
        SELECT trim(rec_id) AS record_id, 'febrl' AS source, trim(soc_sec_id) AS person_ref,
            trim(given_name) AS forenames, trim(surname) AS surname, '' AS aliases, {_day(_FEBRL_DAY)} AS birth_on,
            concat_ws(' ', trim(street_number), trim(address_1), trim(address_2)) AS address,
            trim(postcode) AS postcode, '' AS phones, regexp_extract(rec_id, 'rec-(\\d+)-', 1) AS person
        FROM raw""",
}
