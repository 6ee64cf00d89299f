"""Where the PSA, and so the sandbox and the connector, is otherwise than the vendor's document says, with the facts.

Everything else that differs is a bug: of the sandbox, or of the connector.
"""

from tests.contract.checker import A_LIST
from tests.contract.findings import UNKNOWN, Deviation

PATCH_VALUE = "api.md 1 'Spec poverty' [spec], 4.1 [doc D1]: the document has an object, the PSA takes any JSON value"
DEFINITION = "api.md 12.4 [client code C1]: a definition has these beside podId and screenId"
CUSTOM_VALUE = (
    "api.md 4.3, 4.6 [client code C1]: the document has an object, the PSA gives the value itself, null when empty"
)

NOTES = (
    "the subset leaves them out; ConnectWiseManageAPI New-CWMTicketNote.ps1 posts them, Jetbuilt/connect_wise "
    "docs/ServiceNote.md is generated from the whole document [client code]"
)
STATUSES = "the subset leaves them out; Jetbuilt/connect_wise docs/BoardStatus.md, generated likewise [client code]"
DOWNLOAD = "api.md 4.9 [spec], 12.8 [client code]: a download is the file's bytes, in its own type"
FORM = "the path's name alone [spec]: a sample form is a page"

DEVIATIONS = (
    *(
        Deviation("PatchOperation", "value", kind, PATCH_VALUE)
        for kind in ("a string", "a boolean", "an integer", "a number", "an array")
    ),
    *(Deviation("CustomFieldValue", "value", kind, CUSTOM_VALUE) for kind in ("a string", "a number", "null")),
    *(Deviation("UserDefinedField", name, UNKNOWN, DEFINITION) for name in ("podDescription", "screenDescription")),
    Deviation(A_LIST, "pagination-type", UNKNOWN, "api.md 3.3 [doc D1]: the header of forward-only paging"),
    *(
        Deviation("GET /system/documents/{id}/download", "content-type", kind, DOWNLOAD)
        for kind in ("text/plain", "message/rfc822", "application/octet-stream", "application/pdf", "text/html")
    ),
    Deviation("GET /system/documents/uploadsample", "body", UNKNOWN, FORM),
    Deviation("/service/tickets/{parent}/notes", "GET", UNKNOWN, NOTES),
    Deviation("/service/tickets/{parent}/notes", "POST", UNKNOWN, NOTES),
    Deviation("/service/boards/{parent}/statuses", "GET", UNKNOWN, STATUSES),
    Deviation("/system/members", "GET", UNKNOWN, "api.md 3.2, 12.8 [client code]: members are read by clients"),
)
"""The table. The entries of one field are separate, so that each must be met."""
