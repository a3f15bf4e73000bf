package main

import kp "github.com/IBM/keyprotect-go-client"

var overrides = []operation{
	{"CreateKeyWithPolicyOverridesWithOptions", func() {
		key := must(client.CreateKeyWithPolicyOverridesWithOptions(ctx, fresh("go"), false, rotating(7),
			kp.WithDescription("made by a test")))
		rotates(key.ID, 7)
		equal(metadata(key.ID).Description, "made by a test")
	}},
	{"CreateKeyWithPolicyOverridesWithOptions: refused", func() {
		_, err := client.CreateKeyWithPolicyOverridesWithOptions(ctx, fresh("go"), false, rotating(13))
		refused(400, "INVALID_FIELD_ERR", err)
	}},
	{"CreateKeyWithPolicyOverrides", func() {
		alias := fresh("alias")
		key := must(client.CreateKeyWithPolicyOverrides(ctx, fresh("go"), nil, false, []string{alias}, rotating(2)))
		equal(metadata(alias).ID, key.ID)
		rotates(key.ID, 2)
	}},
	{"CreateRootKeyWithPolicyOverrides", func() {
		key := must(client.CreateRootKeyWithPolicyOverrides(ctx, fresh("go"), nil, nil, rotating(3)))
		equal(key.Extractable, false)
		rotates(key.ID, 3)
	}},
	{"CreateStandardKeyWithPolicyOverrides", func() {
		key := must(client.CreateStandardKeyWithPolicyOverrides(ctx, fresh("go"), nil, nil, dualAuth))
		equal(key.Extractable, true)
		needsTwo(key.ID)
	}},
	{"CreateImportedKeyWithPolicyOverrides", func() {
		key := must(client.CreateImportedKeyWithPolicyOverrides(
			ctx, fresh("go"), nil, material, "", "", false, nil, dualAuth))
		needsTwo(key.ID)
		holdsMaterial(key.ID)
	}},
	{"CreateImportedKeyWithPolicyOverridesWithSHA1", func() {
		payload, nonce, iv := sealedWithSHA1()
		key := must(client.CreateImportedKeyWithPolicyOverridesWithSHA1(
			ctx, fresh("go"), nil, payload, nonce, iv, false, nil, dualAuth))
		needsTwo(key.ID)
		holdsMaterial(key.ID)
	}},
	{"CreateImportedRootKeyWithPolicyOverrides", func() {
		key := must(client.CreateImportedRootKeyWithPolicyOverrides(
			ctx, fresh("go"), nil, material, "", "", nil, dualAuth))
		needsTwo(key.ID)
		holdsMaterial(key.ID)
	}},
	{"CreateImportedStandardKeyWithPolicyOverrides", func() {
		key := must(client.CreateImportedStandardKeyWithPolicyOverrides(ctx, fresh("go"), nil, dek, nil, dualAuth))
		needsTwo(key.ID)
		equal(must(client.GetKey(ctx, key.ID)).Payload, dek)
	}},
}

var dualAuth = kp.Policy{DualAuth: &kp.DualAuth{Enabled: ptr(true)}}

func rotating(months int) kp.Policy {
	return kp.Policy{Rotation: &kp.Rotation{Enabled: ptr(true), Interval: months}}
}

func rotates(id string, months int) {
	equal(metadata(id).Rotation, &kp.Rotation{Enabled: ptr(true), Interval: months})
	equal(must(client.GetRotationPolicy(ctx, id)).Rotation.Interval, months)
}

func needsTwo(id string) {
	equal(*metadata(id).DualAuthDelete.Enabled, true)
	_, err := client.DeleteKey(ctx, id, kp.ReturnMinimal)
	refused(409, "AUTHORIZATIONS_NOT_MET", err)
}
