"""LDIF and CSV exports pass the suite that every source must pass."""

from pathlib import Path

import pytest

from connector.directory.file import FileDirectory
from tests.directory import conformance, seeded
from tests.directory.export import csvde, ldifde

_FORMS = {
    "export.ldf": (ldifde, "utf-8"),
    "export-unicode.ldf": (ldifde, "utf-16"),
    "export.csv": (csvde, "utf-8"),
    "export-unicode.csv": (csvde, "utf-16"),
    "export-without-extension-ldif": (ldifde, "utf-8"),
    "export-without-extension-csv": (csvde, "utf-8"),
}


@pytest.fixture(scope="module", params=_FORMS)
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> conformance.Reading:
    write, encoding = _FORMS[request.param]
    population, records = seeded.population()
    path: Path = tmp_path_factory.mktemp("export") / request.param
    path.write_bytes(write(records, encoding))
    return conformance.reading_of(FileDirectory(path), population.expectation())


@conformance.every_check
def test_an_export_conforms(check: object, reading: conformance.Reading) -> None:
    """Each rule of the suite holds for each kind of export."""
    assert callable(check)
    check(reading)


def test_ldif_and_csv_of_one_directory_give_the_same_accounts(tmp_path: Path) -> None:
    """The kind of export does not matter."""
    population, records = seeded.population()
    population.expectation()
    (tmp_path / "a.ldf").write_bytes(ldifde(records))
    (tmp_path / "a.csv").write_bytes(csvde(records))
    groups = list(population.groups)
    ldif, csv = (FileDirectory(tmp_path / name).read(groups) for name in ("a.ldf", "a.csv"))
    assert ldif.accounts == csv.accounts
