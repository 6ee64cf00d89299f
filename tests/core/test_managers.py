"""Whose contact becomes a contact's manager."""

from connector.core.plan import Plan
from tests.core.build import account, contact, linked, planned, psa, rules

OWNED = rules(fields={"manager": "directory"})


def managers(plan: Plan) -> list[object]:
    """What the plan writes as managers, in its order."""
    return [change.after["manager"] for change in plan.changes if "manager" in change.after]


def test_a_manager_that_is_no_distinguished_name_is_told() -> None:
    """One damaged value of an export does not stop the client."""
    plan = planned([account("jberg", manager_dn="Anna Dahl")], psa(contact(1)), OWNED, linked(("jberg", 1)))
    assert plan.changes == ()
    assert plan.warnings == ("Manager '' of 1 person: the manager is no person with a contact.",)


def test_nobody_is_their_own_manager() -> None:
    """Neither with a contact nor while it is made."""
    own = account("jberg", manager_dn=account("jberg").dn)
    assert managers(planned([own], psa(contact(1)), OWNED, linked(("jberg", 1)))) == []
    assert managers(planned([own], psa(), OWNED)) == []
