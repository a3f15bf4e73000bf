# What a team may do with keys, and who is in it: access groups, their members and their policies, one of which holds
# in office hours alone. `make terraform` makes it, plans it again, imports it and destroys it.
terraform {
  required_providers {
    ibm = {
      source = "IBM-Cloud/ibm"
    }
  }
}

variable "user" {
  type        = string
  description = "E-mail address of a user of the account"
}

variable "about" {
  type        = string
  default     = "they pay wages"
  description = "What is said of the group and its policies"
}

variable "member" {
  type        = string
  default     = "wages"
  description = "Which of the service ids is a member"
}

variable "closing" {
  type        = string
  default     = "17:00:00+00:00"
  description = "When the office closes"
}

provider "ibm" {
  region = "us-south"
}

data "ibm_resource_group" "group" {
  is_default = true
}

resource "ibm_iam_service_id" "robots" {
  for_each = toset(["wages", "pensions"])
  name     = each.key
}

resource "ibm_iam_trusted_profile" "auditors" {
  name = "auditors"
}

resource "ibm_iam_access_group" "payroll" {
  name        = "payroll"
  description = var.about
}

resource "ibm_iam_access_group_members" "payroll" {
  access_group_id = ibm_iam_access_group.payroll.id
  ibm_ids         = [var.user]
  iam_service_ids = [ibm_iam_service_id.robots[var.member].id]
  iam_profile_ids = [ibm_iam_trusted_profile.auditors.id]
}

resource "ibm_iam_access_group_policy" "see" {
  access_group_id = ibm_iam_access_group.payroll.id
  roles           = ["Viewer"] # of all services
}

resource "ibm_iam_access_group_policy" "read" {
  access_group_id = ibm_iam_access_group.payroll.id
  roles           = ["Reader", "Viewer"]
  description     = var.about

  resources {
    service           = "kms"
    resource_group_id = data.ibm_resource_group.group.id
  }
}

resource "ibm_iam_access_group_policy" "write" {
  access_group_id = ibm_iam_access_group.payroll.id
  roles           = ["Writer"]
  description     = var.about

  resource_attributes {
    name  = "serviceName"
    value = "kms"
  }
  resource_attributes {
    name     = "keyRing"
    value    = "payroll*"
    operator = "stringMatch"
  }
  rule_conditions {
    key      = "{{environment.attributes.day_of_week}}"
    operator = "dayOfWeekAnyOf"
    value    = ["1+00:00", "2+00:00", "3+00:00", "4+00:00", "5+00:00"]
  }
  rule_conditions {
    key      = "{{environment.attributes.current_time}}"
    operator = "timeGreaterThanOrEquals"
    value    = ["09:00:00+00:00"]
  }
  rule_conditions {
    key      = "{{environment.attributes.current_time}}"
    operator = "timeLessThanOrEquals"
    value    = [var.closing]
  }
  rule_operator = "and"
  pattern       = "time-based-conditions:weekly:custom-hours"
}

resource "ibm_iam_access_group" "empty" {
  name = "nobody yet"
}

data "ibm_iam_access_group" "payroll" {
  access_group_name = ibm_iam_access_group.payroll.name
  depends_on        = [ibm_iam_access_group_members.payroll]
}

data "ibm_iam_access_group" "all" {
  depends_on = [ibm_iam_access_group.empty, ibm_iam_access_group_members.payroll]
}

data "ibm_iam_access_group_policy" "payroll" {
  access_group_id = ibm_iam_access_group.payroll.id
  depends_on = [
    ibm_iam_access_group_policy.see,
    ibm_iam_access_group_policy.read,
    ibm_iam_access_group_policy.write,
  ]
}
