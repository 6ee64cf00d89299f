"""The scenarios once more, with the client's directory in a real Active Directory (Samba) instead of an export.

Every test of ``tests/scenarios`` is taken over as it is; only its fixture ``build`` is another one. A new test there
runs here without further ado. What a real directory cannot show is named in ``LEFT_OUT``, with the reason.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.scenarios
from tests.real.ad.domain import Domain
from tests.real.ad.live import LiveDirectory
from tests.scenarios.conftest import Build, building

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("ad-scenarios")]

OWN_CHANGES = "a server writes whenChanged itself"
PSA_ALONE = "it is about the PSA: what it answers, or how an agreement stands"
ABOUT_THE_PSA = (
    *(
        f"test_s{number}_"
        for number in (
            51,
            52,
            53,
            54,
            59,
            60,
            62,
            63,
            64,
            66,
            67,
            68,
            70,
            71,
            73,
            74,
            75,
            76,
            77,
            78,
            79,
            80,
            81,
            82,
            85,
            86,
            88,
            89,
        )
    ),
    "test_s69_s71_",
    "test_a_month_of_joiners_",
    "test_profiles_of_all_clients_",
    "test_s91_line_that_moved_",
    "test_s91_record_edited_",
    "test_people_get_the_configured_relationship_",
    "test_an_unknown_relationship_",
    "test_contacts_there_are_get_the_types_",
    "test_the_end_is_right_whichever_way_",
    "test_check_is_right_whichever_way_",
    "test_wrong_keys_",
    "test_a_wrong_client_id_",
    "test_an_unknown_company_",
    "test_a_missing_right_",
)
LEFT_OUT = {
    "build": "it is made below",
    "test_s45_cut_export_": "it cuts the file; test_directory_real cuts the connection",
    "test_s33_days_of_grace_": OWN_CHANGES,
    "test_s33_a_later_change_": OWN_CHANGES,
    "test_a_directory_that_cannot_be_read_is_a_ticket_": "it takes the file away; test_ldap has no server",
    "test_trouble_with_tickets_of_a_failed_run_": "it takes the file away",
    "test_values_that_are_too_long_": "a server allows 128 letters in a title, 256 in an address",
    "test_s38_a_group_above_1500_": "1,600 people take half a minute; test_directory_real reads a group in ranges",
    **dict.fromkeys(ABOUT_THE_PSA, PSA_ALONE),
}
"""How the names begin of what is not taken over, and why."""


@pytest.fixture(params=["ldap"])
def build(tmp_path: Path, domain: Domain) -> Iterator[Build]:
    """Builds worlds whose directory is the domain (see :func:`building`)."""
    with building(tmp_path, LiveDirectory(tmp_path, domain)) as make:
        yield make
    domain.wipe()


def _take_over() -> None:
    """Put the tests and fixtures of all modules into this one."""
    found: set[str] = set()
    folder = Path(*tests.scenarios.__path__)
    for name in ["conftest", *sorted(path.stem for path in folder.glob("test_*.py"))]:
        module = importlib.import_module(f"tests.scenarios.{name}")
        assert not hasattr(module, "pytestmark"), f"{module}: marks of a module are not taken over; mark its tests"
        for what, one in vars(module).items():
            if what.startswith("test_") or isinstance(one, type(build)):
                assert what not in found, f"{module}: there is another {what}"
                found.add(what)
                if not what.startswith(tuple(LEFT_OUT)):
                    globals()[what] = one
    for start in LEFT_OUT:
        assert any(what.startswith(start) for what in found), f"LEFT_OUT names {start}, which is not there"


_take_over()
