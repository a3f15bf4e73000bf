"""Reasons and their codes, against kms-api.md section 1.13 and iam-and-provisioning.md section 1.7."""

import pytest

from keystead.domain.errors import Refused, Target, bad_field, bad_query
from keystead.domain.reasons import CODES, Reason

BY_CODE = {
    400: (
        "MALFORMED_REQUEST_ERR BAD_BODY_ERR BAD_INSTANCE_ERR BEARER_SUB_EXTRACTION_ERR INVALID_FIELD_ERR "
        "KEY_SEARCH_TOO_BROAD INVALID_QUERY_PARAM_ERR BODY_QUERY_PARAM_MISMATCH_ERR "
        "COLLECTION_TOTAL_MISMATCH_ERR NUM_COLLECTION_RESOURCE_ERR "
        "NO_BODY_ERR KEY_ROOT_REQ_ERR KEY_PAYLOAD_REQ_ERR KEY_EXPIRED_ERR KEY_RESTORE_EXPIRED "
        "INCORRECT_NONCE_ERR INCORRECT_NONCE_IV_ERR BXNIM0415E BXNIM0109E BXNIM0102E BXNIM0408E "
        "BXNIM0513E BXNIM0414E invalid_body invalid_request duplicate_context_attribute"
    ),
    401: "UNAUTHORIZED_ERR BXNIM0107E BXNIM0407E unauthorized invalid_token not_authenticated",
    403: "SERVICE_ONLY_ERR RESOURCE_OWNER_ERR BXNIM0514E insufficent_permissions not_authorized",
    404: (
        "ROUTE_NOT_FOUND_ERR KEY_NOT_FOUND_ERR KEY_RING_NOT_FOUND_ERR IMPORT_TOKEN_NOT_FOUND_ERR "
        "REGISTRATION_NOT_FOUND_ERR EVENT_NOT_FOUND_ERR KEY_ALIAS_NOT_FOUND_ERR NATIVE_CRK_ID_NOT_FOUND_ERR "
        "KMIP_ADAPTER_NOT_FOUND_ERR KMIP_CERT_NOT_FOUND_ERR KMIP_OBJECT_NOT_FOUND_ERR "
        "RC-ReclamationNotFound "
        "RC-CatalogEntryNotFound RC-InstanceNotFound RC-ResourceGroupNotFound RC-QuotaDefinitionNotFound "
        "BXNIM0404E policy_not_found role_not_found access_group_not_found member_not_found "
        "zone_not_found_in_store rule_not_found_in_store serviceref_target_not_found"
    ),
    405: "METHOD_NOT_ALLOWED_ERR",
    409: (
        "KEY_ACTION_INVALID_STATE_ERR REQ_TOO_EARLY_ERR KEY_ROTATION_NOT_PERMITTED IMPORT_TOKEN_EXPIRED_ERR "
        "KEY_ALIAS_NOT_UNIQUE_ERR KEY_ALIAS_QUOTA_ERR REGISTRATION_NOT_UNIQUE_ERR PROTECTED_RESOURCE_ERR "
        "PREV_KEY_DEL_ERR AUTHORIZATIONS_NOT_MET NOT_DUAL_AUTH_ERR EVENT_CONFLICT_ERR "
        "KEY_CREATE_IMPORT_ACCESS_ERR KEY_RING_NOT_EMPTY_ERR KEY_RING_NOT_UNIQUE_ERR KEY_RING_QUOTA_ERR "
        "NATIVE_INVALID_CRK_ERR KMIP_ADAPTER_DUPLICATE_NAME_ERR KMIP_ADAPTER_QUOTA_ERR "
        "KMIP_CERT_DUPLICATE_ERR KMIP_CERT_DUPLICATE_NAME_ERR KMIP_CERT_QUOTA_ERR RC-ResourceGroupFixed "
        "RC-ResourceGroupNotUnique RC-ResourceGroupNotEmpty RC-ResourceGroupQuotaExceeded "
        "BXNIM0409E BXNIM0423E BXNIM0424E BXNIM0429E "
        "policy_conflict_error role_conflict_error access_group_conflict_error request_not_processed "
        "limit_exceeded zone_name_not_unique zone_in_use "
        "RC-InstanceLocked RC-ServiceBrokerErrorResponse RC-InstanceQuotaExceeded RC-OperationNotCancelable"
    ),
    410: "KEY_DELETED_ERR KMIP_OBJECT_DESTROYED_ERR RC-InstanceRemoved",
    429: "TOO_MANY_REQUESTS BXNIM0430E",
    431: "HEAD_TOO_LARGE_ERR",
    412: "PRECONDITION_FAILED_ERR precondition_failed",
    422: "UNPROCESSABLE_CIPHERTEXT_ERR KEY_INVALID_STATE_ERR KEY_ROOT_REQ_REG_ERR KEY_VERSION_INVALID",
    500: "INCOMPLETE_METADATA_ERR",
}
EXPECTED = {Reason(name): code for code, names in BY_CODE.items() for name in names.split()}


def test_every_reason_has_a_code_and_every_code_a_reason() -> None:
    assert set(CODES) == set(Reason)
    assert set(EXPECTED) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_the_code_is_the_specified_one(reason: Reason) -> None:
    assert CODES[reason] == EXPECTED[reason]


def test_a_bad_field_names_itself_as_the_wire_does() -> None:
    refused = bad_field("interval_month", "an integer between 1 and 12 (inclusive)")
    assert refused.reason is Reason.INVALID_FIELD
    assert refused.detail == "The field `interval_month` must be: an integer between 1 and 12 (inclusive)"
    assert refused.target == Target("field", "interval_month")


def test_a_bad_query_parameter_names_itself_as_the_wire_does() -> None:
    refused = bad_query("limit", "an integer between 1 and 5000 (inclusive)")
    assert refused.reason is Reason.INVALID_QUERY_PARAM
    assert refused.detail == "The query_param `limit` must be: an integer between 1 and 5000 (inclusive)"
    assert refused.target == Target("query_param", "limit")


def test_a_refusal_prints_its_detail_alone() -> None:
    assert str(Refused(Reason.CIPHERTEXT, "because", context="here")) == "because"
