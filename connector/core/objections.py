"""Why a line waits for a person although it is known which line it is: each objection with the way out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from connector.core.holding import HoldError
from connector.core.lines import runs
from connector.core.model import Addition, Agreement, LineWrite, Product
from connector.core.normalize import same_text
from connector.core.plan import HeldKind
from connector.core.quantity import plain
from connector.core.rules import BillingProfile

FLAT_PRICE_FACTOR = 2
"""A single unit at this many times the catalogue price is a flat fee."""


def empty(profile: BillingProfile, counted: int, state: str) -> None:
    """Nobody is counted, and the profile does not say what that means. Raises HoldError."""
    if counted == 0 and profile.at_zero == "hold":
        raise HoldError(f"nobody is counted, and {state}", "If that is right, set at_zero to zero, minimum or cancel.")


def to_come(found: Addition) -> HoldError:
    """Somebody has made the line for a day that has not come yet."""
    return HoldError(
        f"line {found.id} of {found.product} only starts on {found.effective_date}",
        "Wait for its first day, or pin another line with addition = ….",
    )


def ending(found: Addition) -> None:
    """Somebody has given the line a last day. Raises HoldError."""
    if found.cancelled_date is not None:
        raise HoldError(
            f"line {found.id} ends on {found.cancelled_date}",
            "Remove its cancelled date, or pin the line that succeeds it.",
        )


def flat_price(found: Addition, wanted: Decimal, products: Sequence[Product]) -> None:
    """One unit at a multiple of the catalogue price is a flat fee, not one person. Raises HoldError."""
    price = next((one.price for one in products if one.id == found.product_id), None)
    if found.quantity == 1 and wanted > 1 and price and found.unit_price >= FLAT_PRICE_FACTOR * price:
        raise HoldError(
            f"line {found.id} is 1 x {found.unit_price}, which looks like a flat price (catalogue: {price} a unit)",
            "Set quantity and unit price by hand once, then the line can be kept.",
        )


def drift(profile: BillingProfile, found: Addition, last: LineWrite, wanted: Decimal) -> None:
    """Somebody else has set another quantity since our last write. Raises HoldError."""
    if profile.on_drift != "hold":
        return
    theirs = found.quantity - last.quantity
    offset = plain(profile.offset + theirs)
    keep = f'To keep the difference set offset = {offset}, or on_drift = "accept"'
    if wanted + theirs != found.quantity:
        keep = (
            f'To keep the difference set on_drift = "accept", or offset = {offset} and, for one run, '
            'on_drift = "overwrite", because the count has moved as well'
        )
    raise HoldError(
        f"the quantity was {plain(last.quantity)} after our run of {last.at:%Y-%m-%d}; "
        f"somebody has set it to {plain(found.quantity)} since",
        f'Ask who changed it. {keep}; to take our count set on_drift = "overwrite".',
        HeldKind.DRIFT,
    )


def policy(profile: BillingProfile, stands: Decimal, wanted: Decimal) -> None:
    """A person decides about changes in this direction. Raises HoldError."""
    way, chosen = ("increase", profile.increase) if wanted > stands else ("decrease", profile.decrease)
    if chosen == "hold" and wanted != stands:
        raise HoldError(
            f"{way} from {plain(stands)} to {plain(wanted)} waits for a person ({way} = hold)",
            f"Change the quantity by hand, or set {way} to now or next_period.",
        )


def missing(agreement: Agreement, product: str, ended: Addition | None, today: date) -> HoldError:
    """There is no line to bill people on; ``ended`` is the one that was there."""
    reason = f"{agreement.name} (agreement {agreement.id}) has no running line of {product or 'the product'}"
    if ended is None:
        return HoldError(reason, "Add the line in the PSA, or set create_line = true.")
    tense = "ends" if runs(ended, today) else "ended"
    return HoldError(
        f"{reason}: line {ended.id} {tense} on {ended.cancelled_date}",
        "Remove its cancelled date if it is to go on, or add a line that follows it; create_line = true does that.",
    )


def product(products: Sequence[Product], identifier: str) -> Product:
    """The catalogue's entry for a new line. Raises HoldError where it cannot be one."""
    found = [one for one in products if same_text(one.identifier, identifier)]
    chosen = min(found, key=lambda one: (one.inactive, one.id), default=None)
    if chosen is None or chosen.inactive or chosen.product_class == "Bundle" or chosen.price is None:
        raise HoldError(
            f"product {identifier} cannot be put on an agreement: "
            + ("it is not in the catalogue" if chosen is None else "it is inactive, a bundle, or has no price"),
            "Mend the product in the PSA's catalogue.",
        )
    return chosen
