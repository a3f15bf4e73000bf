"""Why a request was refused: the wire's reason codes, each with its code in the CADF and HTTP sense.

Source: ``spec/kms-api.md`` section 1.13; ``spec/iam-and-provisioning.md`` section 1.7 for ``BXNIM`` codes,
section 3.7 (AUT-16) for those in lower case, section 5.2 (RC-16) for those that begin with ``RC-``. Of those
of context rules, only ``rule_not_found_in_store`` and ``duplicate_context_attribute`` were seen from IBM; of
access groups, none of their own.
"""

from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """A refusal's reason; the value is what the wire calls it."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST_ERR"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE_ERR"
    TOO_MANY = "TOO_MANY_REQUESTS"
    BAD_BODY = "BAD_BODY_ERR"
    BAD_INSTANCE = "BAD_INSTANCE_ERR"
    BEARER_SUB_EXTRACTION = "BEARER_SUB_EXTRACTION_ERR"
    BODY_QUERY_MISMATCH = "BODY_QUERY_PARAM_MISMATCH_ERR"
    COLLECTION_TOTAL = "COLLECTION_TOTAL_MISMATCH_ERR"
    COLLECTION_RESOURCES = "NUM_COLLECTION_RESOURCE_ERR"
    INVALID_FIELD = "INVALID_FIELD_ERR"
    INVALID_QUERY_PARAM = "INVALID_QUERY_PARAM_ERR"
    NO_BODY = "NO_BODY_ERR"
    KEY_ROOT_REQUIRED = "KEY_ROOT_REQ_ERR"
    KEY_PAYLOAD_REQUIRED = "KEY_PAYLOAD_REQ_ERR"
    KEY_EXPIRED = "KEY_EXPIRED_ERR"
    KEY_RESTORE_EXPIRED = "KEY_RESTORE_EXPIRED"
    SEARCH_TOO_BROAD = "KEY_SEARCH_TOO_BROAD"
    INCORRECT_NONCE = "INCORRECT_NONCE_ERR"
    INCORRECT_NONCE_IV = "INCORRECT_NONCE_IV_ERR"
    UNAUTHORIZED = "UNAUTHORIZED_ERR"
    SERVICE_ONLY = "SERVICE_ONLY_ERR"
    RESOURCE_OWNER = "RESOURCE_OWNER_ERR"
    EVENT_NOT_FOUND = "EVENT_NOT_FOUND_ERR"
    EVENT_CONFLICT = "EVENT_CONFLICT_ERR"
    REGISTRATION_NOT_FOUND = "REGISTRATION_NOT_FOUND_ERR"
    REGISTRATION_NOT_UNIQUE = "REGISTRATION_NOT_UNIQUE_ERR"
    PROTECTED_RESOURCE = "PROTECTED_RESOURCE_ERR"
    PREVENTED_BY_REGISTRATION = "PREV_KEY_DEL_ERR"
    PRECONDITION_FAILED = "PRECONDITION_FAILED_ERR"
    KEY_STATE_REGISTRATION = "KEY_INVALID_STATE_ERR"
    KEY_ROOT_REGISTRATION = "KEY_ROOT_REQ_REG_ERR"
    KEY_VERSION_INVALID = "KEY_VERSION_INVALID"
    ROUTE_NOT_FOUND = "ROUTE_NOT_FOUND_ERR"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED_ERR"
    KEY_NOT_FOUND = "KEY_NOT_FOUND_ERR"
    KEY_RING_NOT_FOUND = "KEY_RING_NOT_FOUND_ERR"
    KEY_RING_NOT_EMPTY = "KEY_RING_NOT_EMPTY_ERR"
    KEY_RING_NOT_UNIQUE = "KEY_RING_NOT_UNIQUE_ERR"
    KEY_RING_QUOTA = "KEY_RING_QUOTA_ERR"
    IMPORT_TOKEN_NOT_FOUND = "IMPORT_TOKEN_NOT_FOUND_ERR"  # noqa: S105 - a reason code
    KEY_STATE = "KEY_ACTION_INVALID_STATE_ERR"
    TOO_EARLY = "REQ_TOO_EARLY_ERR"
    ROTATION_NOT_PERMITTED = "KEY_ROTATION_NOT_PERMITTED"
    AUTHORIZATIONS_NOT_MET = "AUTHORIZATIONS_NOT_MET"
    NOT_DUAL_AUTH = "NOT_DUAL_AUTH_ERR"
    IMPORT_ACCESS = "KEY_CREATE_IMPORT_ACCESS_ERR"
    IMPORT_TOKEN_EXPIRED = "IMPORT_TOKEN_EXPIRED_ERR"  # noqa: S105 - a reason code
    ALIAS_NOT_FOUND = "KEY_ALIAS_NOT_FOUND_ERR"
    ALIAS_NOT_UNIQUE = "KEY_ALIAS_NOT_UNIQUE_ERR"
    ALIAS_QUOTA = "KEY_ALIAS_QUOTA_ERR"
    KEY_DELETED = "KEY_DELETED_ERR"
    CRK_NOT_FOUND = "NATIVE_CRK_ID_NOT_FOUND_ERR"
    CRK_INVALID = "NATIVE_INVALID_CRK_ERR"
    ADAPTER_NOT_FOUND = "KMIP_ADAPTER_NOT_FOUND_ERR"
    ADAPTER_NOT_UNIQUE = "KMIP_ADAPTER_DUPLICATE_NAME_ERR"
    ADAPTER_QUOTA = "KMIP_ADAPTER_QUOTA_ERR"
    CERTIFICATE_NOT_FOUND = "KMIP_CERT_NOT_FOUND_ERR"
    CERTIFICATE_NOT_UNIQUE = "KMIP_CERT_DUPLICATE_ERR"
    CERTIFICATE_NAME_NOT_UNIQUE = "KMIP_CERT_DUPLICATE_NAME_ERR"
    CERTIFICATE_QUOTA = "KMIP_CERT_QUOTA_ERR"
    OBJECT_NOT_FOUND = "KMIP_OBJECT_NOT_FOUND_ERR"
    OBJECT_DESTROYED = "KMIP_OBJECT_DESTROYED_ERR"
    CIPHERTEXT = "UNPROCESSABLE_CIPHERTEXT_ERR"
    RECORD_CORRUPTED = "INCOMPLETE_METADATA_ERR"
    IAM_KEY_NOT_FOUND = "BXNIM0415E"
    IAM_PARAMETER_MISSING = "BXNIM0109E"
    IAM_GRANT_UNKNOWN = "BXNIM0102E"
    IAM_REFRESH_TOKEN = "BXNIM0408E"  # noqa: S105 - a reason code
    IAM_CLIENT = "BXNIM0107E"
    IAM_PROFILE = "BXNIM0513E"
    IAM_PASSCODE = "BXNIM0414E"
    IAM_TOO_MANY = "BXNIM0430E"
    IDENTITY_TOKEN = "BXNIM0407E"  # noqa: S105 - a reason code
    IDENTITY_FORBIDDEN = "BXNIM0514E"
    IDENTITY_NOT_FOUND = "BXNIM0404E"
    IDENTITY_CHANGED = "BXNIM0409E"
    IDENTITY_LOCKED = "BXNIM0423E"
    IDENTITY_LIMIT = "BXNIM0429E"
    IDENTITY_NEEDED = "BXNIM0424E"
    POLICY_TOKEN = "invalid_token"  # noqa: S105 - a reason code
    POLICY_FORBIDDEN = "insufficent_permissions"  # spelled as IBM does
    POLICY_BODY = "invalid_body"
    POLICY_NOT_FOUND = "policy_not_found"
    POLICY_CONFLICT = "policy_conflict_error"
    POLICY_REFUSED = "request_not_processed"
    ROLE_NOT_FOUND = "role_not_found"
    ROLE_CONFLICT = "role_conflict_error"
    ACCESS_GROUP_NOT_FOUND = "access_group_not_found"
    ACCESS_GROUP_CONFLICT = "access_group_conflict_error"
    MEMBER_NOT_FOUND = "member_not_found"
    CONTEXT_TOKEN = "not_authenticated"  # noqa: S105 - a reason code
    CONTEXT_FORBIDDEN = "not_authorized"
    CONTEXT_BODY = "invalid_request"
    CONTEXT_DUPLICATE = "duplicate_context_attribute"
    CONTEXT_CHANGED = "precondition_failed"
    CONTEXT_LIMIT = "limit_exceeded"
    ZONE_NOT_FOUND = "zone_not_found_in_store"
    ZONE_NOT_UNIQUE = "zone_name_not_unique"
    ZONE_IN_USE = "zone_in_use"
    RULE_NOT_FOUND = "rule_not_found_in_store"
    SERVICE_REF_NOT_FOUND = "serviceref_target_not_found"
    UAA_CREDENTIALS = "unauthorized"
    CATALOG_ENTRY_NOT_FOUND = "RC-CatalogEntryNotFound"
    INSTANCE_NOT_FOUND = "RC-InstanceNotFound"
    INSTANCE_REMOVED = "RC-InstanceRemoved"
    INSTANCE_LOCKED = "RC-InstanceLocked"
    INSTANCE_NOT_EMPTY = "RC-ServiceBrokerErrorResponse"
    INSTANCE_QUOTA = "RC-InstanceQuotaExceeded"
    NOTHING_TO_CANCEL = "RC-OperationNotCancelable"
    RECLAMATION_NOT_FOUND = "RC-ReclamationNotFound"
    GROUP_NOT_FOUND = "RC-ResourceGroupNotFound"
    GROUP_FIXED = "RC-ResourceGroupFixed"
    GROUP_NOT_UNIQUE = "RC-ResourceGroupNotUnique"
    GROUP_NOT_EMPTY = "RC-ResourceGroupNotEmpty"
    GROUP_QUOTA = "RC-ResourceGroupQuotaExceeded"
    QUOTA_NOT_FOUND = "RC-QuotaDefinitionNotFound"


CODES = MappingProxyType(
    {
        Reason.MALFORMED_REQUEST: 400,
        Reason.HEAD_TOO_LARGE: 431,
        Reason.BAD_BODY: 400,
        Reason.BAD_INSTANCE: 400,
        Reason.BEARER_SUB_EXTRACTION: 400,
        Reason.BODY_QUERY_MISMATCH: 400,
        Reason.COLLECTION_TOTAL: 400,
        Reason.COLLECTION_RESOURCES: 400,
        Reason.INVALID_FIELD: 400,
        Reason.INVALID_QUERY_PARAM: 400,
        Reason.NO_BODY: 400,
        Reason.KEY_ROOT_REQUIRED: 400,
        Reason.KEY_PAYLOAD_REQUIRED: 400,
        Reason.KEY_EXPIRED: 400,
        Reason.KEY_RESTORE_EXPIRED: 400,
        Reason.SEARCH_TOO_BROAD: 400,
        Reason.INCORRECT_NONCE: 400,
        Reason.INCORRECT_NONCE_IV: 400,
        Reason.UNAUTHORIZED: 401,
        Reason.SERVICE_ONLY: 403,
        Reason.RESOURCE_OWNER: 403,
        Reason.EVENT_NOT_FOUND: 404,
        Reason.EVENT_CONFLICT: 409,
        Reason.REGISTRATION_NOT_FOUND: 404,
        Reason.REGISTRATION_NOT_UNIQUE: 409,
        Reason.PROTECTED_RESOURCE: 409,
        Reason.PREVENTED_BY_REGISTRATION: 409,
        Reason.PRECONDITION_FAILED: 412,
        Reason.KEY_STATE_REGISTRATION: 422,
        Reason.KEY_ROOT_REGISTRATION: 422,
        Reason.KEY_VERSION_INVALID: 422,
        Reason.ROUTE_NOT_FOUND: 404,
        Reason.METHOD_NOT_ALLOWED: 405,
        Reason.KEY_NOT_FOUND: 404,
        Reason.KEY_RING_NOT_FOUND: 404,
        Reason.KEY_RING_NOT_EMPTY: 409,
        Reason.KEY_RING_NOT_UNIQUE: 409,
        Reason.KEY_RING_QUOTA: 409,
        Reason.IMPORT_TOKEN_NOT_FOUND: 404,
        Reason.KEY_STATE: 409,
        Reason.TOO_EARLY: 409,
        Reason.ROTATION_NOT_PERMITTED: 409,
        Reason.AUTHORIZATIONS_NOT_MET: 409,
        Reason.NOT_DUAL_AUTH: 409,
        Reason.IMPORT_ACCESS: 409,
        Reason.IMPORT_TOKEN_EXPIRED: 409,
        Reason.ALIAS_NOT_FOUND: 404,
        Reason.ALIAS_NOT_UNIQUE: 409,
        Reason.ALIAS_QUOTA: 409,
        Reason.KEY_DELETED: 410,
        Reason.CRK_NOT_FOUND: 404,
        Reason.CRK_INVALID: 409,
        Reason.ADAPTER_NOT_FOUND: 404,
        Reason.ADAPTER_NOT_UNIQUE: 409,
        Reason.ADAPTER_QUOTA: 409,
        Reason.CERTIFICATE_NOT_FOUND: 404,
        Reason.CERTIFICATE_NOT_UNIQUE: 409,
        Reason.CERTIFICATE_NAME_NOT_UNIQUE: 409,
        Reason.CERTIFICATE_QUOTA: 409,
        Reason.OBJECT_NOT_FOUND: 404,
        Reason.OBJECT_DESTROYED: 410,
        Reason.CIPHERTEXT: 422,
        Reason.RECORD_CORRUPTED: 500,
        Reason.IAM_KEY_NOT_FOUND: 400,
        Reason.IAM_PARAMETER_MISSING: 400,
        Reason.IAM_GRANT_UNKNOWN: 400,
        Reason.IAM_REFRESH_TOKEN: 400,
        Reason.IAM_CLIENT: 401,
        Reason.IAM_PROFILE: 400,
        Reason.IAM_PASSCODE: 400,
        Reason.IDENTITY_TOKEN: 401,
        Reason.IDENTITY_FORBIDDEN: 403,
        Reason.IDENTITY_NOT_FOUND: 404,
        Reason.IDENTITY_CHANGED: 409,
        Reason.IDENTITY_LOCKED: 409,
        Reason.IDENTITY_LIMIT: 409,
        Reason.IDENTITY_NEEDED: 409,
        Reason.POLICY_TOKEN: 401,
        Reason.POLICY_FORBIDDEN: 403,
        Reason.POLICY_BODY: 400,
        Reason.POLICY_NOT_FOUND: 404,
        Reason.POLICY_CONFLICT: 409,
        Reason.POLICY_REFUSED: 409,
        Reason.ROLE_NOT_FOUND: 404,
        Reason.ROLE_CONFLICT: 409,
        Reason.ACCESS_GROUP_NOT_FOUND: 404,
        Reason.ACCESS_GROUP_CONFLICT: 409,
        Reason.MEMBER_NOT_FOUND: 404,
        Reason.CONTEXT_TOKEN: 401,
        Reason.CONTEXT_FORBIDDEN: 403,
        Reason.CONTEXT_BODY: 400,
        Reason.CONTEXT_DUPLICATE: 400,
        Reason.CONTEXT_CHANGED: 412,
        Reason.CONTEXT_LIMIT: 409,
        Reason.ZONE_NOT_FOUND: 404,
        Reason.ZONE_NOT_UNIQUE: 409,
        Reason.ZONE_IN_USE: 409,
        Reason.RULE_NOT_FOUND: 404,
        Reason.SERVICE_REF_NOT_FOUND: 404,
        Reason.IAM_TOO_MANY: 429,
        Reason.TOO_MANY: 429,
        Reason.UAA_CREDENTIALS: 401,
        Reason.CATALOG_ENTRY_NOT_FOUND: 404,
        Reason.INSTANCE_NOT_FOUND: 404,
        Reason.INSTANCE_REMOVED: 410,
        Reason.INSTANCE_LOCKED: 409,
        Reason.INSTANCE_NOT_EMPTY: 409,
        Reason.INSTANCE_QUOTA: 409,
        Reason.NOTHING_TO_CANCEL: 409,
        Reason.RECLAMATION_NOT_FOUND: 404,
        Reason.GROUP_NOT_FOUND: 404,
        Reason.GROUP_FIXED: 409,
        Reason.GROUP_NOT_UNIQUE: 409,
        Reason.GROUP_NOT_EMPTY: 409,
        Reason.GROUP_QUOTA: 409,
        Reason.QUOTA_NOT_FOUND: 404,
    }
)
"""HTTP status of each reason; also ``reason.reasonCode`` of its audit event."""
