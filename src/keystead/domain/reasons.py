"""Why a request was refused: the wire's reason codes, each with its code in the CADF and HTTP sense.

Source: ``spec/kms-api.md`` section 1.13; ``spec/iam-and-provisioning.md`` section 1.7 for ``BXNIM`` codes.
"""

from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """A refusal's reason; the value is what the wire calls it."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST_ERR"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE_ERR"
    BAD_BODY = "BAD_BODY_ERR"
    BAD_INSTANCE = "BAD_INSTANCE_ERR"
    BEARER_SUB_EXTRACTION = "BEARER_SUB_EXTRACTION_ERR"
    INVALID_FIELD = "INVALID_FIELD_ERR"
    INVALID_QUERY_PARAM = "INVALID_QUERY_PARAM_ERR"
    NO_BODY = "NO_BODY_ERR"
    KEY_ROOT_REQUIRED = "KEY_ROOT_REQ_ERR"
    KEY_PAYLOAD_REQUIRED = "KEY_PAYLOAD_REQ_ERR"
    KEY_EXPIRED = "KEY_EXPIRED_ERR"
    KEY_RESTORE_EXPIRED = "KEY_RESTORE_EXPIRED"
    INCORRECT_NONCE = "INCORRECT_NONCE_ERR"
    INCORRECT_NONCE_IV = "INCORRECT_NONCE_IV_ERR"
    UNAUTHORIZED = "UNAUTHORIZED_ERR"
    ROUTE_NOT_FOUND = "ROUTE_NOT_FOUND_ERR"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED_ERR"
    KEY_NOT_FOUND = "KEY_NOT_FOUND_ERR"
    KEY_RING_NOT_FOUND = "KEY_RING_NOT_FOUND_ERR"
    IMPORT_TOKEN_NOT_FOUND = "IMPORT_TOKEN_NOT_FOUND_ERR"  # noqa: S105 - a reason code
    KEY_STATE = "KEY_ACTION_INVALID_STATE_ERR"
    TOO_EARLY = "REQ_TOO_EARLY_ERR"
    ROTATION_NOT_PERMITTED = "KEY_ROTATION_NOT_PERMITTED"
    IMPORT_TOKEN_EXPIRED = "IMPORT_TOKEN_EXPIRED_ERR"  # noqa: S105 - a reason code
    ALIAS_NOT_UNIQUE = "KEY_ALIAS_NOT_UNIQUE_ERR"
    ALIAS_QUOTA = "KEY_ALIAS_QUOTA_ERR"
    KEY_DELETED = "KEY_DELETED_ERR"
    CIPHERTEXT = "UNPROCESSABLE_CIPHERTEXT_ERR"
    RECORD_CORRUPTED = "INCOMPLETE_METADATA_ERR"
    IAM_KEY_NOT_FOUND = "BXNIM0415E"
    IAM_PARAMETER_MISSING = "BXNIM0109E"
    IAM_GRANT_UNKNOWN = "BXNIM0102E"
    IAM_REFRESH_TOKEN = "BXNIM0408E"  # noqa: S105 - a reason code
    IAM_CLIENT = "BXNIM0107E"


CODES = MappingProxyType(
    {
        Reason.MALFORMED_REQUEST: 400,
        Reason.HEAD_TOO_LARGE: 431,
        Reason.BAD_BODY: 400,
        Reason.BAD_INSTANCE: 400,
        Reason.BEARER_SUB_EXTRACTION: 400,
        Reason.INVALID_FIELD: 400,
        Reason.INVALID_QUERY_PARAM: 400,
        Reason.NO_BODY: 400,
        Reason.KEY_ROOT_REQUIRED: 400,
        Reason.KEY_PAYLOAD_REQUIRED: 400,
        Reason.KEY_EXPIRED: 400,
        Reason.KEY_RESTORE_EXPIRED: 400,
        Reason.INCORRECT_NONCE: 400,
        Reason.INCORRECT_NONCE_IV: 400,
        Reason.UNAUTHORIZED: 401,
        Reason.ROUTE_NOT_FOUND: 404,
        Reason.METHOD_NOT_ALLOWED: 405,
        Reason.KEY_NOT_FOUND: 404,
        Reason.KEY_RING_NOT_FOUND: 404,
        Reason.IMPORT_TOKEN_NOT_FOUND: 404,
        Reason.KEY_STATE: 409,
        Reason.TOO_EARLY: 409,
        Reason.ROTATION_NOT_PERMITTED: 409,
        Reason.IMPORT_TOKEN_EXPIRED: 409,
        Reason.ALIAS_NOT_UNIQUE: 409,
        Reason.ALIAS_QUOTA: 409,
        Reason.KEY_DELETED: 410,
        Reason.CIPHERTEXT: 422,
        Reason.RECORD_CORRUPTED: 500,
        Reason.IAM_KEY_NOT_FOUND: 400,
        Reason.IAM_PARAMETER_MISSING: 400,
        Reason.IAM_GRANT_UNKNOWN: 400,
        Reason.IAM_REFRESH_TOKEN: 400,
        Reason.IAM_CLIENT: 401,
    }
)
"""HTTP status of each reason; also ``reason.reasonCode`` of its audit event."""
