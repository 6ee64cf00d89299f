"""Fill Samba's database with the population, or change it; run by the distribution's Python, which has Samba's modules.

seed.py --smb-conf DIR/smb.conf --people 1000 --password PW --expect expect.json
seed.py --smb-conf DIR/smb.conf --people 1000 --password PW --churn 1
"""

import argparse
import json
from pathlib import Path
from typing import Any

import ldb  # type: ignore[import-not-found]
from samba.auth import system_session  # type: ignore[import-not-found]
from samba.param import LoadParm  # type: ignore[import-not-found]
from samba.samdb import SamDB  # type: ignore[import-not-found]

from tests.real.ad.population import Operation, Population

_BATCH = 2000  # operations in one transaction; one for all takes gigabytes at 50,000 people


class Writer:
    """Straight into sam.ldb through Samba's own modules, as SYSTEM, in large transactions."""

    def __init__(self, smb_conf: str) -> None:
        parameters = LoadParm()
        parameters.load(smb_conf)
        # without these options every add copies the index, so it slows as it grows
        self._db = SamDB(
            url=parameters.private_path("sam.ldb"),
            session_info=system_session(parameters),
            lp=parameters,
            options=["batch_mode:1", "transaction_index_cache_size:200000"],
        )
        self._pending = 0

    def apply(self, operation: Operation) -> None:
        """Do one operation."""
        if self._pending == 0:
            self._db.transaction_start()
        getattr(self, f"_{operation.kind}")(operation)
        self._pending += 1
        if self._pending >= _BATCH:
            self.commit()

    def commit(self) -> None:
        """Write what is pending."""
        if self._pending:
            self._db.transaction_commit()
            self._pending = 0

    def _message(self, operation: Operation, values: Any, flag: int) -> Any:
        message = ldb.Message(ldb.Dn(self._db, operation.dn))
        for name, each in values.items():
            message[name] = ldb.MessageElement(each, flag, name)
        return message

    def _add(self, operation: Operation) -> None:
        # relax:0 lets objectGUID be chosen
        self._db.add(self._message(operation, operation.values, ldb.FLAG_MOD_ADD), ["relax:0"])

    def _join(self, operation: Operation) -> None:
        self._db.modify(self._message(operation, {"member": list(operation.targets)}, ldb.FLAG_MOD_ADD))

    def _replace(self, operation: Operation) -> None:
        self._db.modify(self._message(operation, operation.values, ldb.FLAG_MOD_REPLACE))

    def _primary(self, operation: Operation) -> None:
        group = self._db.search(operation.targets[0], ldb.SCOPE_BASE, attrs=["primaryGroupToken"])[0]
        values = {"primaryGroupID": [str(group["primaryGroupToken"])]}
        self._db.modify(self._message(operation, values, ldb.FLAG_MOD_REPLACE))

    def _rename(self, operation: Operation) -> None:
        self._db.rename(ldb.Dn(self._db, operation.dn), ldb.Dn(self._db, operation.targets[0]))

    def _delete(self, operation: Operation) -> None:
        self._db.delete(ldb.Dn(self._db, operation.dn))


def main() -> None:
    """Read the options and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smb-conf", required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--password", required=True, help="of the first ten people and the first service account")
    parser.add_argument("--base", default="DC=ad,DC=contoso,DC=test")
    parser.add_argument("--churn", type=int, metavar="TURN")
    parser.add_argument("--expect", type=Path, metavar="FILE", help="write what a reader must find, as JSON")
    options = parser.parse_args()
    population = Population(options.base, options.people, with_password=10, password=options.password)
    writer = Writer(options.smb_conf)
    for operation in population.operations() if options.churn is None else population.churn(options.churn):
        writer.apply(operation)
    writer.commit()
    if options.expect:
        options.expect.write_text(json.dumps(population.expectation(), ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
