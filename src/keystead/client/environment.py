"""The environment that IBM's clients, and ours, find a server by."""

from typing import Final

TERRAFORM: Final = tuple(
    f"IBMCLOUD_{name}_ENDPOINT"
    for name in (
        "CONTEXT_BASED_RESTRICTIONS",
        "RESOURCE_CONTROLLER_API",
        "RESOURCE_MANAGEMENT_API",
        "RESOURCE_CATALOG_API",
        "GS_API",
        "GT_API",
        "USER_MANAGEMENT",
        "UAA",
    )
)
"""Where IBM's Terraform provider looks for what is not the key API, such as instances and the catalog.

Source: ``spec/iam-and-provisioning.md`` section 5.8.
"""
BROKER: Final = "IBMCLOUD_HPCS_API_ENDPOINT"
"""Where its version 1.26 asks for the endpoints of instances of HPCS (TF-7)."""


def environment(url: str, ca_file: str, api_key: str, instance: str) -> dict[str, str]:
    """Return the variables, by name, for one instance at *url*.

    Args:
        url: of the API and of its IAM.
        ca_file: path of the one authority to trust.
        api_key: text of the key.
        instance: id of the instance.
    """
    return {
        "KEYSTEAD_URL": url,
        "KEYSTEAD_CA_FILE": ca_file,
        "KEYSTEAD_API_KEY": api_key,
        "KP_INSTANCE_ID": instance,
        "KP_TARGET_ADDR": url,
        "IBMCLOUD_API_KEY": api_key,
        "IBMCLOUD_KP_API_ENDPOINT": url,
        "IBMCLOUD_IAM_API_ENDPOINT": url,
        **dict.fromkeys(TERRAFORM, url),
        BROKER: f"{url}/crypto_v2/",
        "REQUESTS_CA_BUNDLE": ca_file,
        "NODE_EXTRA_CA_CERTS": ca_file,
        "SSL_CERT_FILE": ca_file,
    }
