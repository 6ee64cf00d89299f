"""Who is on which billing profile: groups, OUs, attributes, aliases, precedence, units."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.model import Account
from connector.core.profiles import count, rule_for, unknown_values
from connector.core.rules import BillingProfile, PeopleRules
from tests.core.build import BASE, FRONTLINE, STAFF, account

D = Decimal
NURSES = f"OU=Nurses,{BASE}"
ALIASES = {"department": {"Surg.": "Surgery", "chirurgie": "Surgery"}}


def profile(name: str = "User", **fields: Any) -> BillingProfile:
    """A profile that takes everybody, unless a part of it says otherwise."""
    return BillingProfile(name=name, **fields)


def who(name: str, ou: str = "Staff", groups: Iterable[str] = (), **attributes: str | tuple[str, ...]) -> Account:
    """An account below an OU with these attributes."""
    values = {key.lower(): (one,) if isinstance(one, str) else one for key, one in attributes.items()}
    return account(name, groups=groups, dn=f"CN={name},OU={ou},{BASE}", attributes=values)


def taken(wanted: BillingProfile, *people: Account, **rules: Any) -> list[str]:
    """The account names on one profile."""
    return [one.account for one in count([wanted], people, PeopleRules(**rules))[wanted.name]]


def on(people: Iterable[Account], *profiles: BillingProfile, **rules: Any) -> dict[str, list[str]]:
    """The account names by profile."""
    found = count(profiles, list(people), PeopleRules(**rules))
    return {name: [one.account for one in counted] for name, counted in found.items()}


# parts of a profile


def test_one_of_the_groups_is_enough() -> None:
    """Whoever is in none of them is not taken."""
    people = [who("ada", groups=[STAFF]), who("ben", groups=[FRONTLINE]), who("cy")]
    assert taken(profile(groups=(STAFF, FRONTLINE)), *people) == ["ada", "ben"]


def test_a_group_is_known_in_any_spelling_of_its_name() -> None:
    """Letter case and blanks of a distinguished name do not matter."""
    spelt = STAFF.lower().replace(",", " , ")
    assert taken(profile(groups=(spelt,)), who("ada", groups=[STAFF])) == ["ada"]


def test_an_ou_takes_who_is_below_it_at_any_depth() -> None:
    """And nobody of an OU whose name only ends alike."""
    people = [who("ada", "Nurses"), who("ben", "Night,OU=Nurses"), who("cy", "Head Nurses"), who("dee")]
    assert taken(profile(ous=(NURSES.upper(),)), *people) == ["ada", "ben"]


def test_an_ou_whose_name_has_a_comma_is_one_ou() -> None:
    """Escaped by a backslash or by its number."""
    people = [who("ada", r"Boston\, MA"), who("ben", "MA")]
    assert taken(profile(ous=(rf"OU=Boston\2C MA,{BASE}",)), *people) == ["ada"]


def test_where_takes_who_has_a_fitting_value_in_any_letter_case() -> None:
    """Of the attribute's name as well as of its value."""
    people = [who("ada", department="SURGERY"), who("ben", department="Front desk"), who("cy")]
    assert taken(profile(where={"Department": ("surgery",)}), *people) == ["ada"]


def test_where_takes_patterns_of_the_whole_value() -> None:
    """``Lab*`` takes Lab 3 and not Collab."""
    people = [who("ada", department="Lab 3"), who("ben", department="Collab"), who("cy", department="lab")]
    assert taken(profile(where={"department": ("Lab*",)}), *people) == ["ada", "cy"]


def test_one_of_several_values_is_enough() -> None:
    """Of the attribute, and of the profile."""
    people = [who("ada", otherPager=("x", "Gold")), who("ben", otherPager=("x", "y")), who("cy", otherPager="silver")]
    assert taken(profile(where={"otherPager": ("gold", "Silver")}), *people) == ["ada", "cy"]


def test_every_attribute_of_where_must_fit() -> None:
    """Department and company together."""
    people = [who("ada", department="A", company="X"), who("ben", department="A", company="Y"), who("cy", company="X")]
    assert taken(profile(where={"department": ("A",), "company": ("X",)}), *people) == ["ada"]


@pytest.mark.parametrize("lacking", ["group", "ou", "where"])
def test_all_parts_of_a_profile_must_fit(lacking: str) -> None:
    """Who lacks one of group, OU and attribute is not taken."""
    wanted = profile(groups=(STAFF,), ous=(NURSES,), where={"employeeType": ("staff",)})
    whole = who("ada", "Nurses", [STAFF], employeeType="Staff")
    part = who("ben", "Staff" if lacking == "ou" else "Nurses", [] if lacking == "group" else [STAFF],
               employeeType="Temp" if lacking == "where" else "Staff")  # fmt: skip
    assert taken(wanted, whole, part) == ["ada"]
    assert rule_for(wanted, part, PeopleRules()) == ""


def test_the_rule_names_every_part_with_the_value_that_fits() -> None:
    """In the order group, OU, attributes, and in the words of the config; values as they are meant."""
    wanted = profile(groups=(STAFF,), ous=(NURSES,), where={"department": ("surg*",)})
    one = who("ada", "Nurses", [STAFF], department="chirurgie")
    words = f"member of {STAFF}, in {NURSES}, department = Surgery"
    assert rule_for(wanted, one, PeopleRules(value_aliases=ALIASES)) == words


def test_a_rule_is_told_whoever_else_takes_the_person() -> None:
    """Precedence is no part of it."""
    ada = who("ada")
    assert on([ada], profile("First"), profile("Second"))["Second"] == []
    assert rule_for(profile("Second"), ada, PeopleRules()) == "every person"


# aliases and unknown values


def test_s41_three_spellings_of_one_department_are_one() -> None:
    """As it is, and by two aliases, in any letter case."""
    people = [who("ada", department="Surgery"), who("ben", department="SURG."), who("cy", department="Chirurgie"),
              who("dee", department="Surgeyr")]  # fmt: skip
    wanted = profile(where={"department": ("Surgery",)})
    assert taken(wanted, *people, value_aliases=ALIASES) == ["ada", "ben", "cy"]
    assert taken(wanted, *people) == ["ada"]


def test_s41_an_alias_is_of_its_own_attribute_only() -> None:
    """The department's spelling means nothing in the title."""
    wanted = profile(where={"title": ("Surgery",)})
    assert taken(wanted, who("ada", title="Surg."), value_aliases=ALIASES) == []


def test_s41_an_alias_takes_the_place_of_what_the_directory_says() -> None:
    """Who is meant to be in Surgery is not on the line of the spelling."""
    wanted = profile(where={"department": ("Surg.",)})
    assert taken(wanted, who("ada", department="Surg."), value_aliases=ALIASES) == []


def unknown(
    profiles: Iterable[BillingProfile], people: Iterable[Account], aliases: Mapping[str, Any] = ALIASES
) -> list[str]:
    """The sentences about values that no profile knows."""
    return unknown_values(list(profiles), list(people), PeopleRules(value_aliases=aliases))


SURGEONS = profile("Surgeons", where={"department": ("Surgery",)})
LAB = profile("Lab", where={"Department": ("Lab*",)})


def test_s41_a_value_that_no_profile_knows_is_told_with_its_accounts() -> None:
    """By its spelling and name; a value that another profile knows is known."""
    people = [who("cy", department="Surgeyr"), who("ada", department="Surg."), who("ben", department="Lab 3")]
    assert unknown([SURGEONS, LAB], people) == [
        'department is "Surgeyr" for cy, and no billing profile knows it. If it is another spelling, add it to '
        "people.value_aliases."
    ]


def test_s41_who_has_no_value_at_all_is_not_told_as_an_unknown_one() -> None:
    """There is nothing to be spelt differently; such a person is unclassified."""
    assert unknown([SURGEONS], [who("ada"), who("ben", department=())]) == []


def test_s41_one_known_value_of_several_is_enough() -> None:
    """Nothing is told of the others."""
    assert unknown([SURGEONS], [who("ada", department=("Other", "Surgery"))]) == []


def test_s41_values_are_told_in_their_order_with_five_accounts_and_the_number_of_the_rest() -> None:
    """Seven accounts of one value, one of another."""
    people = [who(f"u{at}", department="B") for at in (7, 6, 5, 4, 3, 2, 1)] + [who("ada", department="A")]
    found = unknown([SURGEONS], people)
    assert [one.partition(", and no billing")[0] for one in found] == [
        'department is "A" for ada', 'department is "B" for u1, u2, u3, u4, u5 and 2 more',
    ]  # fmt: skip


def test_s41_attributes_that_no_profile_asks_about_are_not_told() -> None:
    """A profile of groups knows of no values."""
    assert unknown([profile(groups=(STAFF,))], [who("ada", department="Anything")]) == []


# precedence


def test_s39_the_first_of_three_exclusive_profiles_takes_a_person() -> None:
    """Each person is on one of them, in the order of the profiles."""
    people = [who("ada", "Nurses", [STAFF]), who("ben", groups=[STAFF]), who("cy", "Nurses")]
    first, second, third = profile("F", ous=(NURSES,)), profile("S", groups=(STAFF,)), profile("E")
    assert on(people, first, second, third) == {"F": ["ada", "cy"], "S": ["ben"], "E": []}
    assert on(people, third, second, first) == {"E": ["ada", "ben", "cy"], "S": [], "F": []}


def test_s32_an_additive_profile_takes_nobody_away() -> None:
    """Who is on it is on the next exclusive one as well, and on a second additive one."""
    people = [who("ada"), who("ben")]
    found = on(people, profile("Backup", exclusive=False), profile("User"), profile("Phone", exclusive=False))
    assert found == {"Backup": ["ada", "ben"], "User": ["ada", "ben"], "Phone": ["ada", "ben"]}


def test_people_are_listed_by_name_in_any_letter_case() -> None:
    """Whatever order they are read in."""
    people = [account("zoe", first_name="anna"), account("adam", first_name="Bea"), account("mia", first_name="Cleo")]
    assert taken(profile(), *people[::-1]) == ["zoe", "adam", "mia"]


# units


def test_s31_the_first_pattern_that_fits_says_the_units() -> None:
    """In any letter case; everybody else is one, times the units of the profile."""
    people = [who("kiosk-1"), who("KIOSK-2"), who("ada")]
    rules = PeopleRules(units={"kiosk-1": D(5), "Kiosk-*": D(3), "*": D(1)})
    found = count([profile(units=D(2))], people, rules)["User"]
    assert {one.account: one.units for one in found} == {"kiosk-1": D(10), "KIOSK-2": D(6), "ada": D(2)}


def test_s31_a_fraction_of_a_unit_is_kept() -> None:
    """A half-time desk at half a unit on a line at half a unit each is a quarter."""
    found = count([profile(units=D("0.5"))], [who("desk")], PeopleRules(units={"desk": D("0.5")}))["User"]
    assert [one.units for one in found] == [D("0.25")]


@given(st.lists(st.booleans(), min_size=1, max_size=5), st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3))))
def test_s39_everybody_is_on_at_most_one_exclusive_profile_and_on_every_additive_one(
    exclusive: list[bool], memberships: set[tuple[int, int]]
) -> None:
    """Whatever the profiles, and whoever is in whose group."""
    groups = [f"CN=G{at},{BASE}" for at in range(5)]
    people = [who(f"u{at}", groups=[groups[of] for of, member in memberships if member == at]) for at in range(4)]
    profiles = [profile(f"P{at}", groups=(groups[at],), exclusive=one) for at, one in enumerate(exclusive)]
    found = on(people, *profiles)
    for at in range(4):
        fitting = [one for one in range(len(exclusive)) if (one, at) in memberships]
        first = next((one for one in fitting if exclusive[one]), None)
        wanted = [f"P{one}" for one in fitting if not exclusive[one] or one == first]
        assert [name for name, accounts in found.items() if f"u{at}" in accounts] == wanted


def test_s41_aliases_of_an_attribute_whose_name_is_spelt_in_two_ways_add_up() -> None:
    """None of them is passed over in silence."""
    aliases = {"Department": {"Surg.": "Surgery"}, "department": {"Chirurgie": "Surgery"}}
    people = [who("ada", department="Surg."), who("ben", department="Chirurgie")]
    assert taken(SURGEONS, *people, value_aliases=aliases) == ["ada", "ben"]
