"""Reads everything the PSA holds for one client."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from connector.core.model import Addition, Agreement, Company, Contact, CustomField, Link, OpenWork, PsaSnapshot, Site
from connector.core.normalize import text
from connector.core.rules import AgreementSelector, ClientRules
from connector.psa import records
from connector.psa.agreements import read_additions
from connector.psa.catalogue import read_products
from connector.psa.company import find_company
from connector.psa.contacts import PATH, read_contacts
from connector.psa.keeping import Keeping
from connector.psa.query import chunked_in, field
from connector.psa.rest import PsaRest
from connector.psa.setup import SetupTables
from connector.psa.work import read_open_work


@dataclass(frozen=True)
class PsaReader:
    """The :class:`~connector.sync.ports.PsaSource` of one client. ``region`` is the country of its phone numbers."""

    http: PsaRest
    tables: SetupTables
    region: str

    def read(self, rules: ClientRules, links: Collection[Link]) -> PsaSnapshot:
        """Read all of it or raise a ``PsaError``; ``PsaMissing`` when the company does not exist. Writes nothing."""
        company = self._company(rules.company)
        keeping = Keeping.of(rules.contacts, self.region)
        contacts = self._contacts(company, keeping)
        agreements = self._agreements(company)
        return PsaSnapshot(
            company=company,
            contacts=contacts,
            elsewhere=self._elsewhere(company, contacts, links, keeping),
            agreements=agreements,
            additions=self._additions(agreements, rules),
            products=read_products(self.http, (profile.product for profile in rules.billing if profile.product)),
            sites=self._sites(company),
            departments=self.tables.departments(),
            relationships=self.tables.relationships() if rules.contacts.relationship else (),
            contact_types=self.tables.contact_types(),
            communication_types=self.tables.communication_types(),
        )

    def lines_of(self, rules: ClientRules, agreement_ids: Collection[int]) -> PsaSnapshot:
        """The company, its agreements, and every line of those that are named, whatever their state."""
        company = self._company(rules.company)
        agreements = self._agreements(company)
        lines = (line for one in agreements if one.id in agreement_ids for line in read_additions(self.http, one.id))
        return PsaSnapshot(company, agreements=agreements, additions=tuple(lines))

    def open_work(self, contact_ids: Collection[int]) -> OpenWork:
        """The open tickets of these contacts, and what else refers to them; see :func:`work.read_open_work`."""
        return read_open_work(self.http, contact_ids)

    def custom_fields(self) -> tuple[CustomField, ...]:
        """The custom fields of contacts; see :meth:`SetupTables.custom_fields`."""
        return self.tables.custom_fields()

    def _company(self, identifier: str) -> Company:
        row = find_company(self.http, identifier, records.COMPANY_FIELDS)
        return records.company(row, self.tables.inactive_statuses())

    def _contacts(self, company: Company, keeping: Keeping) -> tuple[Contact, ...]:
        return read_contacts(self.http, field("company/id") == company.id, keeping)

    def _elsewhere(
        self, company: Company, own: Iterable[Contact], links: Iterable[Link], keeping: Keeping
    ) -> tuple[Contact, ...]:
        missing = sorted({remembered.contact_id for remembered in links} - {contact.id for contact in own})
        queries = chunked_in(PATH, field("id"), missing, {"fields": records.contact_fields(keeping)})
        rows = (row for query in queries for row in self.http.pages(PATH, query))
        found = (records.contact(row, keeping) for row in rows)
        return tuple(contact for contact in found if contact.company_id != company.id)

    def _agreements(self, company: Company) -> tuple[Agreement, ...]:
        query = {"conditions": str(field("company/id") == company.id), "fields": records.AGREEMENT_FIELDS}
        return tuple(records.agreement(row) for row in self.http.pages("/finance/agreements", query))

    def _additions(self, agreements: Iterable[Agreement], rules: ClientRules) -> tuple[Addition, ...]:
        """The lines of every agreement a profile could mean: there is no list across agreements (api.md 4.8)."""
        selectors = [profile.agreement for profile in rules.billing]
        active = [one for one in agreements if one.status == "Active"]
        meant = [one for one in active if any(_could_be(selector, one) for selector in selectors)]
        return tuple(line for one in meant for line in read_additions(self.http, one.id))

    def _sites(self, company: Company) -> tuple[Site, ...]:
        rows = self.http.pages(f"/company/companies/{company.id}/sites", {"fields": records.SITE_FIELDS})
        return tuple(records.site(row) for row in rows if row.get("inactiveFlag") is not True)


def _could_be(selector: AgreementSelector, agreement: Agreement) -> bool:
    """Whether the selector may mean the agreement; its parent's name is left to the decision."""
    return (
        selector.id in (None, agreement.id)
        and (not selector.type or text(selector.type).casefold() == text(agreement.type).casefold())
        and (not selector.name or text(selector.name).casefold() == text(agreement.name).casefold())
    )
