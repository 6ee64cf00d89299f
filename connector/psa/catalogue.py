"""Catalogue items by their identifiers."""

from collections.abc import Iterable

from connector.core.model import Product
from connector.psa import records
from connector.psa.query import field, lookups
from connector.psa.rest import PsaRest

_PATH = "/procurement/catalog"


def read_products(http: PsaRest, identifiers: Iterable[str]) -> tuple[Product, ...]:
    """The catalogue items with one of ``identifiers`` in any letter case; those the PSA does not have are left out."""
    wanted = dict.fromkeys(identifiers)
    keys = {identifier.casefold() for identifier in wanted}
    queries = lookups(_PATH, field("identifier"), wanted, {"fields": records.PRODUCT_FIELDS})
    products = [records.product(row) for query in queries for row in http.pages(_PATH, query)]
    found = {product.id: product for product in products if product.identifier.casefold() in keys}
    return tuple(found.values())
