package main

import (
	"context"
	"net/url"
	"os"
	"strconv"

	kp "github.com/IBM/keyprotect-go-client"
)

// One policy of the instance: what turns it on and off, what reads it, and its attributes while it is on.
type instancePolicy struct {
	name       string
	turn       func(on bool) error
	read       func(context.Context) (*kp.InstancePolicy, error)
	attributes *kp.Attributes
}

var home = kp.IPAddresses{"127.0.0.0/8", "::1/128"}

var kinds = []instancePolicy{
	{"DualAuth", turnDualAuth, client.GetDualAuthInstancePolicy, nil},
	{"Metrics", turnMetrics, client.GetMetricsInstancePolicy, nil},
	{"Rotation", turnRotation, client.GetRotationInstancePolicy, &kp.Attributes{IntervalMonth: ptr(3)}},
	{"AllowedIP", turnAllowedIP, client.GetAllowedIPInstancePolicy, &kp.Attributes{AllowedIP: &home}},
	{"AllowedNetwork", turnAllowedNetwork, client.GetAllowedNetworkInstancePolicy,
		&kp.Attributes{AllowedNetwork: ptr("public-and-private")}},
	{"KeyCreateImportAccess", turnAccess, client.GetKeyCreateImportAccessInstancePolicy, &kp.Attributes{
		CreateRootKey: ptr(true), CreateStandardKey: ptr(false), ImportRootKey: ptr(true),
		ImportStandardKey: ptr(true), EnforceToken: ptr(false)}},
}

func instancePolicies() []operation {
	operations := []operation{
		{"SetInstancePolicies", setAll},
		{"GetInstancePolicies", getAll},
		{"GetAllowedIPPrivateNetworkPort", privatePort},
	}
	for _, kind := range kinds {
		operations = append(operations,
			operation{"Set" + kind.name + "InstancePolicy", kind.isSet},
			operation{"Get" + kind.name + "InstancePolicy", kind.isRead})
	}
	return operations
}

func (kind instancePolicy) isSet() {
	done(kind.turn(true))
	defer kind.turn(false)
	shown := must(kind.read(ctx))
	equal(shown.PolicyData, kp.PolicyData{Enabled: ptr(true), Attributes: kind.attributes})
}

func (kind instancePolicy) isRead() {
	done(kind.turn(false))
	shown := must(kind.read(ctx))
	equal(*shown.PolicyData.Enabled, false)
	equal([]bool{shown.CreatedAt == nil, shown.UpdatedAt == nil}, []bool{false, false})
}

func turnDualAuth(on bool) error { return client.SetDualAuthInstancePolicy(ctx, on) }

func turnMetrics(on bool) error { return client.SetMetricsInstancePolicy(ctx, on) }

func turnRotation(on bool) error {
	if on {
		return client.SetRotationInstancePolicy(ctx, true, ptr(3))
	}
	return client.SetRotationInstancePolicy(ctx, false, nil)
}

func turnAllowedIP(on bool) error {
	if on {
		return client.SetAllowedIPInstancePolicy(ctx, true, home)
	}
	return client.SetAllowedIPInstancePolicy(ctx, false, nil)
}

func turnAllowedNetwork(on bool) error {
	return client.SetAllowedNetworkInstancePolicy(ctx, on, "public-and-private")
}

func turnAccess(on bool) error {
	return client.SetKeyCreateImportAccessInstancePolicy(ctx, on, map[string]bool{kp.CreateStandardKey: false})
}

func all(on bool) kp.MultiplePolicies {
	every := kp.MultiplePolicies{
		DualAuthDelete:        &kp.BasicPolicyData{Enabled: on},
		Metrics:               &kp.BasicPolicyData{Enabled: on},
		AllowedNetwork:        &kp.AllowedNetworkPolicyData{Enabled: on, Network: "public-and-private"},
		AllowedIP:             &kp.AllowedIPPolicyData{Enabled: on},
		KeyCreateImportAccess: &kp.KeyCreateImportAccessInstancePolicy{Enabled: on},
		Rotation:              &kp.RotationPolicyData{Enabled: on},
	}
	if on {
		every.AllowedIP.IPAddresses = &home
		every.KeyCreateImportAccess.Attributes = &kp.KeyCreateImportAccessInstancePolicyAttributes{EnforceToken: ptr(true)}
		every.Rotation.IntervalMonth = ptr(12)
	}
	return every
}

func setAll() {
	done(client.SetInstancePolicies(ctx, all(true)))
	defer client.SetInstancePolicies(ctx, all(false))
	equal(enabled(), []bool{true, true, true, true, true, true})
	_, err := client.CreateImportedRootKey(ctx, fresh("go"), nil, material, "", "")
	refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR", err)
}

func getAll() {
	done(client.SetInstancePolicies(ctx, all(false)))
	equal(enabled(), []bool{false, false, false, false, false, false})
}

func enabled() []bool {
	shown := []bool{}
	for _, policy := range must(client.GetInstancePolicies(ctx)) {
		shown = append(shown, *policy.PolicyData.Enabled)
	}
	return shown
}

func privatePort() {
	done(turnAllowedIP(true))
	defer turnAllowedIP(false)
	server := must(url.Parse(os.Getenv("KEYSTEAD_URL")))
	equal(strconv.Itoa(must(client.GetAllowedIPPrivateNetworkPort(ctx))), server.Port())
}
