# The provider's other resources of Key Protect, and everything that it can look up.
terraform {
  required_providers {
    ibm = {
      source = "IBM-Cloud/ibm"
    }
  }
}

variable "material" {
  type        = string
  sensitive   = true
  description = "Key material to import, in base64"
}

variable "certificate" {
  type        = string
  description = "A certificate of a KMIP client, in PEM"
}

provider "ibm" {
  region = "eu-de"
}

resource "ibm_resource_instance" "keys" {
  name     = "everything"
  service  = "kms"
  plan     = "tiered-pricing"
  location = "eu-de"

  parameters = {
    allowed_network = "public-and-private"
  }
}

resource "ibm_kms_instance_policies" "keys" {
  instance_id = ibm_resource_instance.keys.guid

  rotation {
    enabled        = true
    interval_month = 6
  }
  dual_auth_delete {
    enabled = false
  }
  metrics {
    enabled = true
  }
  key_create_import_access {
    enabled       = true
    enforce_token = false
  }
}

resource "ibm_kms_key" "standard" {
  instance_id     = ibm_resource_instance.keys.crn
  key_name        = "a password"
  description     = "of the old system"
  standard_key    = true
  payload         = var.material
  expiration_date = "2099-01-02T03:04:05Z"
  force_delete    = true
}

resource "ibm_kms_key_with_policy_overrides" "root" {
  instance_id = ibm_resource_instance.keys.guid
  key_name    = "with policies"

  rotation {
    enabled        = true
    interval_month = 2
  }
  dual_auth_delete {
    enabled = false
  }
}

resource "ibm_kms_key_alias" "root" {
  instance_id = ibm_resource_instance.keys.guid
  key_id      = ibm_kms_key_with_policy_overrides.root.key_id
  alias       = "one"
}

resource "ibm_kms_key_alias" "second" {
  instance_id = ibm_resource_instance.keys.guid
  key_id      = ibm_kms_key_with_policy_overrides.root.key_id
  alias       = "two"
}

resource "ibm_kms_kmip_adapter" "storage" {
  instance_id = ibm_resource_instance.keys.guid
  name        = "storage"
  description = "of the storage array"
  profile     = "native_1.0"

  profile_data = {
    crk_id = ibm_kms_key_with_policy_overrides.root.key_id
  }
}

resource "ibm_kms_kmip_client_cert" "array" {
  instance_id = ibm_resource_instance.keys.guid
  adapter_id  = ibm_kms_kmip_adapter.storage.adapter_id
  name        = "array"
  certificate = var.certificate
}

data "ibm_resource_instance" "keys" {
  name     = ibm_resource_instance.keys.name
  service  = "kms"
  location = "eu-de"
}

data "ibm_kms_instance_policies" "keys" {
  instance_id = ibm_kms_instance_policies.keys.instance_id
}

data "ibm_kms_key_rings" "all" {
  instance_id = ibm_resource_instance.keys.guid
}

data "ibm_kms_keys" "all" {
  instance_id = ibm_resource_instance.keys.guid
  depends_on  = [ibm_kms_key.standard, ibm_kms_key_with_policy_overrides.root]
}

data "ibm_kms_key" "by_alias" {
  instance_id = ibm_resource_instance.keys.guid
  alias       = ibm_kms_key_alias.second.alias
}

data "ibm_kms_key" "by_name" {
  instance_id = ibm_resource_instance.keys.guid
  key_name    = ibm_kms_key.standard.key_name
}

data "ibm_kms_key_policies" "root" {
  instance_id = ibm_resource_instance.keys.guid
  key_id      = ibm_kms_key_with_policy_overrides.root.key_id
}

data "ibm_kms_kmip_adapters" "all" {
  instance_id = ibm_resource_instance.keys.guid
  depends_on  = [ibm_kms_kmip_adapter.storage]
}

data "ibm_kms_kmip_adapter" "storage" {
  instance_id = ibm_resource_instance.keys.guid
  adapter_id  = ibm_kms_kmip_adapter.storage.adapter_id
}

data "ibm_kms_kmip_client_certs" "all" {
  instance_id = ibm_resource_instance.keys.guid
  adapter_id  = ibm_kms_kmip_client_cert.array.adapter_id
}

data "ibm_kms_kmip_client_cert" "array" {
  instance_id = ibm_resource_instance.keys.guid
  adapter_id  = ibm_kms_kmip_client_cert.array.adapter_id
  cert_id     = ibm_kms_kmip_client_cert.array.cert_id
}

data "ibm_kms_kmip_objects" "all" {
  instance_id = ibm_resource_instance.keys.guid
  adapter_id  = ibm_kms_kmip_adapter.storage.adapter_id
}
