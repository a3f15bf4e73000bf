# What a team has: an instance, a ring, a root key made here and one imported, their policies and a name for one of
# them. `make terraform` makes it, plans it again, imports it and destroys it, in front of a real server.
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

variable "material" {
  type        = string
  sensitive   = true
  description = "Key material to import, in base64"
}

variable "name" {
  type    = string
  default = "payroll keys"
}

variable "months" {
  type        = number
  default     = 3
  description = "Between two rotations"
}

provider "ibm" {
  region = var.region
}

data "ibm_resource_group" "group" {
  name = "default"
}

resource "ibm_resource_instance" "keys" {
  name              = var.name
  service           = "kms"
  plan              = "tiered-pricing"
  location          = var.region
  resource_group_id = data.ibm_resource_group.group.id
  service_endpoints = "private"
}

resource "ibm_kms_key_rings" "payroll" {
  instance_id = ibm_resource_instance.keys.guid
  key_ring_id = "payroll"
}

resource "ibm_kms_key" "made" {
  instance_id = ibm_resource_instance.keys.guid
  key_name    = "ledger"
  key_ring_id = ibm_kms_key_rings.payroll.key_ring_id
}

resource "ibm_kms_key" "imported" {
  instance_id = ibm_resource_instance.keys.guid
  key_name    = "archive"
  key_ring_id = ibm_kms_key_rings.payroll.key_ring_id
  payload     = var.material

  lifecycle {
    ignore_changes = [payload] # no server shows the material of a root key, so an import has none to compare
  }
}

resource "ibm_kms_key_alias" "ledger" {
  instance_id = ibm_resource_instance.keys.guid
  key_id      = ibm_kms_key.made.key_id
  alias       = "ledger"
}

resource "ibm_kms_key_policies" "ledger" {
  instance_id = ibm_resource_instance.keys.guid
  key_id      = ibm_kms_key.made.key_id

  rotation {
    interval_month = var.months
  }
}
