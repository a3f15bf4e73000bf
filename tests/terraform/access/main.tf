# Who may use the keys of a team, and from where: a resource group, tags, service ids, trusted profiles, roles and
# policies, a zone and a rule. `make terraform` makes it, plans it again, imports it and destroys it.
terraform {
  required_providers {
    ibm = {
      source = "IBM-Cloud/ibm"
    }
  }
}

variable "region" {
  type    = string
  default = "us-south"
}

variable "user" {
  type        = string
  description = "E-mail address of a user of the account"
}

variable "network" {
  type        = string
  default     = "127.0.0.0/8"
  description = "Where the keys may be used from; Terraform's own machine is in it"
}

variable "mode" {
  type        = string
  default     = "enabled"
  description = "Whether the rule is enforced"
}

variable "contract" {
  type        = string
  default     = "until 2099"
  description = "What is said of the service id, its policy, the profile and the zone"
}

provider "ibm" {
  region = var.region
}

resource "ibm_resource_group" "payroll" {
  name = "payroll"
}

resource "ibm_resource_instance" "keys" {
  name              = "payroll keys"
  service           = "kms"
  plan              = "tiered-pricing"
  location          = var.region
  resource_group_id = ibm_resource_group.payroll.id
  tags              = ["team:payroll", "env:test", var.mode]
}

resource "ibm_resource_tag" "access" {
  resource_id = ibm_resource_instance.keys.crn
  tag_type    = "access"
  tags        = ["project:ledger"]
}

resource "ibm_kms_key_rings" "payroll" {
  instance_id = ibm_resource_instance.keys.guid
  key_ring_id = "payroll"
}

resource "ibm_kms_key" "ledger" {
  instance_id = ibm_resource_instance.keys.guid
  key_name    = "ledger"
  key_ring_id = ibm_kms_key_rings.payroll.key_ring_id
  depends_on  = [ibm_cbr_rule.office]
}

# A program of the team: it may use the keys of the ring.
resource "ibm_iam_service_id" "wages" {
  name        = "wages"
  description = var.contract
}

resource "ibm_iam_service_api_key" "wages" {
  name           = "wages"
  iam_service_id = ibm_iam_service_id.wages.iam_id
  store_value    = false # the text of a key is shown once, to Terraform, and stored nowhere
}

resource "ibm_iam_service_policy" "wages" {
  iam_id      = ibm_iam_service_id.wages.iam_id
  roles       = ["Writer"]
  description = var.contract

  resources {
    service              = "kms"
    resource_instance_id = ibm_resource_instance.keys.guid
    attributes = {
      keyRing = ibm_kms_key_rings.payroll.key_ring_id
    }
  }
}

# Somebody who looks after the keys of the whole group, and no more than that.
resource "ibm_iam_custom_role" "caretaker" {
  name         = "Caretaker"
  display_name = "Caretaker"
  service      = "kms"
  actions      = ["kms.secrets.list", "kms.secrets.rotate"]
}

resource "ibm_iam_user_policy" "caretaker" {
  ibm_id = var.user
  roles  = ["Viewer", ibm_iam_custom_role.caretaker.display_name]

  resource_attributes {
    name  = "serviceName"
    value = "kms"
  }
  resource_attributes {
    name  = "resourceGroupId"
    value = ibm_resource_group.payroll.id
  }
}

# Whom workloads of a cluster, and people of the company's own sign-on, may be.
resource "ibm_iam_trusted_profile" "auditors" {
  name        = "auditors"
  description = var.contract
}

resource "ibm_iam_trusted_profile_claim_rule" "people" {
  profile_id = ibm_iam_trusted_profile.auditors.id
  name       = "people"
  type       = "Profile-SAML"
  realm_name = "https://sign-on.example.com"
  expiration = 3600

  conditions {
    claim    = "department"
    operator = "EQUALS"
    value    = "\"audit\""
  }
}

resource "ibm_iam_trusted_profile_link" "reports" {
  profile_id = ibm_iam_trusted_profile.auditors.id
  name       = "reports"
  cr_type    = "IKS_SA"

  link {
    crn       = "crn:v1:bluemix:public:containers-kubernetes:${var.region}:a/${ibm_iam_trusted_profile.auditors.account_id}:cluster::"
    namespace = "audit"
    name      = "reports"
  }
}

resource "ibm_iam_trusted_profile_identity" "wages" {
  profile_id    = ibm_iam_trusted_profile.auditors.id
  identity_type = "serviceid"
  identifier    = ibm_iam_service_id.wages.id
  type          = "serviceid"
}

resource "ibm_iam_trusted_profile_policy" "auditors" {
  iam_id = ibm_iam_trusted_profile.auditors.iam_id
  roles  = ["Reader", "Viewer"]

  resources {
    service           = "kms"
    resource_group_id = ibm_resource_group.payroll.id
  }
}

# Object storage of the account may wrap with the keys.
resource "ibm_iam_authorization_policy" "storage" {
  source_service_name         = "cloud-object-storage"
  target_service_name         = "kms"
  target_resource_instance_id = ibm_resource_instance.keys.guid
  roles                       = ["Reader"]
}

resource "ibm_cbr_zone" "office" {
  name        = "office"
  description = var.contract
  account_id  = ibm_iam_trusted_profile.auditors.account_id

  addresses {
    type  = "subnet"
    value = var.network
  }
  excluded {
    type  = "ipAddress"
    value = "127.0.0.9"
  }
}

resource "ibm_cbr_zone_addresses" "branch" {
  zone_id = ibm_cbr_zone.office.id

  addresses {
    type  = "ipRange"
    value = "198.51.100.1-198.51.100.9"
  }
  addresses {
    type = "serviceRef"
    ref {
      account_id   = ibm_iam_trusted_profile.auditors.account_id
      service_name = "cloud-object-storage"
    }
  }
}

resource "ibm_cbr_rule" "office" {
  description      = "the keys of payroll"
  enforcement_mode = var.mode

  resources {
    attributes {
      name  = "accountId"
      value = ibm_iam_trusted_profile.auditors.account_id
    }
    attributes {
      name  = "serviceName"
      value = "kms"
    }
    attributes {
      name  = "serviceInstance"
      value = ibm_resource_instance.keys.guid
    }
  }
  contexts {
    attributes {
      name  = "networkZoneId"
      value = ibm_cbr_zone.office.id
    }
  }
}

data "ibm_iam_auth_token" "token" {}

data "ibm_resource_groups" "payroll" {
  name = ibm_resource_group.payroll.name
}

data "ibm_resource_quota" "quota" {
  name = "Unlimited"
}

data "ibm_resource_tag" "keys" {
  resource_id = ibm_resource_instance.keys.crn
}

data "ibm_iam_service_id" "wages" {
  name = ibm_iam_service_id.wages.name
}

data "ibm_iam_api_key" "wages" {
  apikey_id = ibm_iam_service_api_key.wages.id
}

data "ibm_iam_service_policy" "wages" {
  iam_id     = ibm_iam_service_id.wages.iam_id
  depends_on = [ibm_iam_service_policy.wages]
}

data "ibm_iam_users" "users" {}

data "ibm_iam_roles" "kms" {
  service    = "kms"
  depends_on = [ibm_iam_custom_role.caretaker]
}

data "ibm_iam_role_actions" "kms" {
  service = "kms"
}

data "ibm_iam_authorization_policies" "all" {
  depends_on = [ibm_iam_authorization_policy.storage]
}

data "ibm_iam_trusted_profile" "auditors" {
  profile_id = ibm_iam_trusted_profile.auditors.id
}

data "ibm_iam_trusted_profiles" "all" {
  account_id = ibm_iam_trusted_profile.auditors.account_id
}

data "ibm_iam_trusted_profile_claim_rules" "auditors" {
  profile_id = ibm_iam_trusted_profile_claim_rule.people.profile_id
}

data "ibm_iam_trusted_profile_links" "auditors" {
  profile_id = ibm_iam_trusted_profile_link.reports.profile_id
}

data "ibm_iam_trusted_profile_identities" "auditors" {
  profile_id = ibm_iam_trusted_profile_identity.wages.profile_id
}

data "ibm_iam_trusted_profile_policy" "auditors" {
  iam_id     = ibm_iam_trusted_profile.auditors.iam_id
  depends_on = [ibm_iam_trusted_profile_policy.auditors]
}

data "ibm_cbr_zone" "office" {
  zone_id = ibm_cbr_zone.office.id
}

data "ibm_cbr_zone_addresses" "branch" {
  zone_addresses_id = ibm_cbr_zone_addresses.branch.id
}

data "ibm_cbr_rule" "office" {
  rule_id = ibm_cbr_rule.office.id
}

data "ibm_resource_reclamations" "all" {}
