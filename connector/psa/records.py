"""From the PSA's JSON to values. Nulls, missing keys and empty references all mean "none" (api.md 3.3, 6.2)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connector import phones
from connector.core.model import (
    Addition,
    Agreement,
    Communication,
    CommunicationType,
    Company,
    Contact,
    CustomField,
    Named,
    Product,
    Site,
)
from connector.errors import PsaRejected
from connector.psa.keeping import Keeping

Record = Mapping[str, Any]

CONTACT_FIELDS = (
    "id,firstName,lastName,company/id,title,department,site,relationship,managerContact,communicationItems,types,"
    "inactiveFlag,defaultFlag,defaultBillingFlag,disablePortalLoginFlag,_info"
)
COMPANY_FIELDS = "id,identifier,name,status,deletedFlag,defaultContact,billingContact"
AGREEMENT_FIELDS = (
    "id,name,type,agreementStatus,parentAgreement,billingCycle,nextInvoiceDate,prorateFlag,periodType,currency,contact,"
    "billToContact"
)
ADDITION_FIELDS = (
    "id,agreementId,product,quantity,unitPrice,lessIncluded,billCustomer,effectiveDate,cancelledDate,description,"
    "invoiceDescription,_info"
)
PRODUCT_FIELDS = "id,identifier,productClass,inactiveFlag,price"
SITE_FIELDS = "id,name,addressLine1,addressLine2,city,primaryAddressFlag,inactiveFlag"
COMMUNICATION_TYPE_FIELDS = "id,description,emailFlag,phoneFlag,faxFlag,defaultFlag"


def company(record: Record, inactive_statuses: frozenset[int]) -> Company:
    """A company; inactive when it is deleted or its status is one of ``inactive_statuses`` (ids)."""
    status = named(record.get("status"))
    return Company(
        id=_id(record),
        identifier=_text(record, "identifier"),
        name=_text(record, "name"),
        status=status.name if status else "",
        inactive=_flag(record, "deletedFlag") or (status is not None and status.id in inactive_statuses),
        default_contact_id=_ref_id(record, "defaultContact"),
        billing_contact_id=_ref_id(record, "billingContact"),
    )


def contact_fields(keeping: Keeping) -> str:
    """What is asked for to read a contact."""
    return ",".join((CONTACT_FIELDS, *keeping.names))


def contact(record: Record, keeping: Keeping) -> Contact:
    """A contact with its communication items; its portal login is taken for disabled unless it is said not to be."""
    return Contact(
        id=_id(record),
        company_id=_ref_id(record, "company") or 0,
        first_name=_text(record, "firstName"),
        last_name=_text(record, "lastName"),
        title=_text(record, "title"),
        department=named(record.get("department")),
        site=named(record.get("site")),
        relationship=named(record.get("relationship")),
        manager=named(record.get("managerContact")),
        items=tuple(_item(item, keeping.region) for item in record.get("communicationItems") or []),
        types=tuple(kind for kind in map(named, record.get("types") or []) if kind),
        inactive=_flag(record, "inactiveFlag"),
        default=_flag(record, "defaultFlag"),
        default_billing=_flag(record, "defaultBillingFlag"),
        link=keeping.link.link(record),
        keep=keeping.keep.marks(record),
        portal=record.get("disablePortalLoginFlag") is False,
        updated=_updated(record),
    )


def agreement(record: Record) -> Agreement:
    """An agreement."""
    kind, cycle = named(record.get("type")), named(record.get("billingCycle"))
    return Agreement(
        id=_id(record),
        name=_text(record, "name"),
        type=kind.name if kind else "",
        status=_text(record, "agreementStatus"),
        parent_id=_ref_id(record, "parentAgreement"),
        billing_cycle=cycle.name if cycle else "",
        next_invoice_date=day(record, "nextInvoiceDate"),
        prorate=_flag(record, "prorateFlag"),
        period_type=_text(record, "periodType"),
        currency=_currency(record.get("currency")),
        contact_id=_ref_id(record, "contact"),
        billing_contact_id=_ref_id(record, "billToContact"),
    )


def addition(record: Record, agreement_id: int) -> Addition:
    """A line of the agreement under which it was read. Amounts the PSA leaves out are 0."""
    product_ref = record.get("product")
    reference = named(product_ref)
    if reference is None or not isinstance(product_ref, Mapping):
        raise PsaRejected(f"Line {_id(record)} of agreement {agreement_id} has no product in ConnectWise.")
    return Addition(
        id=_id(record),
        agreement_id=agreement_id,
        product_id=reference.id,
        product=_text(product_ref, "identifier"),
        quantity=amount(record, "quantity") or Decimal(0),
        unit_price=amount(record, "unitPrice") or Decimal(0),
        less_included=amount(record, "lessIncluded") or Decimal(0),
        bill_customer=_text(record, "billCustomer"),
        effective_date=day(record, "effectiveDate"),
        cancelled_date=day(record, "cancelledDate"),
        description=_text(record, "description"),
        invoice_description=_text(record, "invoiceDescription"),
        updated=_updated(record),
    )


def product(record: Record) -> Product:
    """A catalogue item."""
    return Product(
        id=_id(record),
        identifier=_text(record, "identifier"),
        product_class=_text(record, "productClass"),
        inactive=_flag(record, "inactiveFlag"),
        price=amount(record, "price"),
    )


def site(record: Record) -> Site:
    """A site; its address is street and city in one line."""
    parts = (_text(record, name) for name in ("addressLine1", "addressLine2", "city"))
    return Site(
        id=_id(record),
        name=_text(record, "name"),
        address=", ".join(part for part in parts if part),
        primary=_flag(record, "primaryAddressFlag"),
    )


def communication_type(record: Record) -> CommunicationType:
    """A communication type; the setup record calls its name ``description``."""
    return CommunicationType(
        id=_id(record),
        name=_text(record, "description"),
        email=_flag(record, "emailFlag"),
        phone=_flag(record, "phoneFlag"),
        fax=_flag(record, "faxFlag"),
        default=_flag(record, "defaultFlag"),
    )


def custom_field(record: Record) -> CustomField:
    """A custom field as a contact carries it, or as its definition has it, with other names (api.md 4.6)."""
    return CustomField(
        id=_id(record),
        caption=_text(record, "caption").strip(),
        type=_text(record, "type") or _text(record, "fieldTypeIdentifier"),
        entry=_text(record, "entryMethod") or _text(record, "entryTypeIdentifier"),
    )


def named(value: object) -> Named | None:
    """A reference or setup record by id and name; None when it is missing or has only ``_info``."""
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), int):
        return None
    return Named(value["id"], next((_text(value, key) for key in ("name", "description") if _text(value, key)), ""))


def amount(record: Record, key: str) -> Decimal | None:
    """A number exactly as the PSA wrote it; None when it is missing."""
    value = record.get(key)
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise PsaRejected(f"ConnectWise gives {key} as {value!r}, which is not a number.") from None


def day(record: Record, key: str) -> date | None:
    """The day of a date, which the PSA writes as midnight UTC (api.md 4.8)."""
    value = _text(record, key)
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        raise PsaRejected(f"ConnectWise gives {key} as {value!r}, which is not a date.") from None


def _currency(reference: object) -> str:
    """A currency by the first of its names there is; ``""`` where the agreement names none."""
    if not isinstance(reference, Mapping):
        return ""
    return next((text for key in ("name", "currencyCode", "symbol", "id") if (text := _text(reference, key))), "")


def _item(record: Record, region: str) -> Communication:
    kind, value, extension = _text(record, "communicationType"), _text(record, "value"), _text(record, "extension")
    return Communication(
        id=record.get("id"),
        type=named(record.get("type")) or Named(0),
        kind=kind,
        value=value,
        extension=extension,
        default=_flag(record, "defaultFlag"),
        phone=None if kind == "Email" else phones.parse(value, region, extension),
    )


def _id(record: Record) -> int:
    number = record.get("id")
    if not isinstance(number, int):
        raise PsaRejected("ConnectWise answered with something that is not a record: it has no id.")
    return number


def _ref_id(record: Record, key: str) -> int | None:
    reference = named(record.get(key))
    return reference.id if reference else None


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return "" if value is None else str(value)


def _flag(record: Record, key: str) -> bool:
    return record.get(key) is True


def _updated(record: Record) -> str:
    info = record.get("_info")
    return _text(info, "lastUpdated") if isinstance(info, Mapping) else ""
