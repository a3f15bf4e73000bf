package main

import kp "github.com/IBM/keyprotect-go-client"

var policies = []operation{
	{"SetPolicy", func() {
		set := must(client.SetPolicy(ctx, root(), kp.ReturnMinimal, 4))
		equal(set.Rotation, &kp.Rotation{Enabled: ptr(true), Interval: 4})
	}},
	{"GetPolicy", func() {
		id := root()
		set := must(client.SetPolicy(ctx, id, kp.ReturnRepresentation, 4))
		equal(must(client.GetPolicy(ctx, id)), set)
	}},
	{"SetPolicies", func() {
		set := must(client.SetPolicies(ctx, root(), true, 5, true, true))
		equal(len(set), 2)
		equal([]bool{set[0].CRN != "", set[1].UpdatedAt != nil}, []bool{true, true})
	}},
	{"GetPolicies", func() {
		id := root()
		equal(len(must(client.GetPolicies(ctx, id))), 0)
		set := must(client.SetPolicies(ctx, id, true, 5, true, true, false))
		equal(must(client.GetPolicies(ctx, id)), set)
	}},
	{"SetRotationPolicy", func() {
		id := root()
		set := must(client.SetRotationPolicy(ctx, id, 6, false))
		equal(set.Rotation, &kp.Rotation{Enabled: ptr(false), Interval: 6})
		_, err := client.SetRotationPolicy(ctx, id, 0)
		refused(400, "INVALID_FIELD_ERR", err)
	}},
	{"GetRotationPolicy", func() {
		id := root()
		must(client.SetDualAuthDeletePolicy(ctx, id, true))
		equal(must(client.GetRotationPolicy(ctx, id)), (*kp.Policy)(nil))
		set := must(client.SetRotationPolicy(ctx, id, 6))
		equal(must(client.GetRotationPolicy(ctx, id)), set)
	}},
	{"EnableRotationPolicy", func() {
		id := root()
		must(client.SetRotationPolicy(ctx, id, 3, false))
		set := must(client.EnableRotationPolicy(ctx, id))
		equal(set.Rotation, &kp.Rotation{Enabled: ptr(true), Interval: 3})
	}},
	{"DisableRotationPolicy", func() {
		id := root()
		must(client.SetRotationPolicy(ctx, id, 3))
		set := must(client.DisableRotationPolicy(ctx, id))
		equal(set.Rotation, &kp.Rotation{Enabled: ptr(false), Interval: 3})
	}},
	{"SetDualAuthDeletePolicy", func() {
		id := root()
		equal(*must(client.SetDualAuthDeletePolicy(ctx, id, true)).DualAuth.Enabled, true)
		needsTwo(id)
	}},
	{"GetDualAuthDeletePolicy", func() {
		id := root()
		equal(must(client.GetDualAuthDeletePolicy(ctx, id)), (*kp.Policy)(nil))
		set := must(client.SetDualAuthDeletePolicy(ctx, id, true))
		equal(must(client.GetDualAuthDeletePolicy(ctx, id)), set)
	}},
}
