package main

import (
	"cmp"
	"slices"
	"time"

	kp "github.com/IBM/keyprotect-go-client"
)

var reading = []operation{
	{"GetKeys", func() {
		id := root()
		keys := must(client.GetKeys(ctx, 5000, 0))
		equal(listed(keys, id), true)
		equal(keys.Metadata.NumberOfKeys, len(keys.Keys))
		equal(must(client.GetKeys(ctx, 1, 1)).Metadata.NumberOfKeys, 1)
	}},
	{"ListKeys", func() {
		id := root()
		equal(listed(must(client.ListKeys(ctx, nil)), id), true)
		options := kp.ListKeysOptions{Extractable: ptr(true), State: []kp.KeyState{kp.Active, kp.Suspended}}
		equal(listed(must(client.ListKeys(ctx, &options)), id), false)
	}},
	{"ListKeys: searched", func() {
		name := fresh("wanted")
		id := must(client.CreateRootKey(ctx, name, nil)).ID
		for _, options := range [][]kp.SearchOpts{{}, {kp.WithExactMatch(), kp.AddKeyNameScope()}, {kp.AddEscape()}} {
			text := name // the query is written over the text
			keys := must(client.ListKeys(ctx, &kp.ListKeysOptions{Search: must(kp.GetKeySearchQuery(&text, options...))}))
			equal([]any{len(keys.Keys), keys.Keys[0].ID}, []any{1, id})
		}
		query := must(kp.GetKeySearchQuery(&name, kp.ApplyNot(), kp.AddAliasScope()))
		equal(listed(must(client.ListKeys(ctx, &kp.ListKeysOptions{Search: query})), id), true)
	}},
	{"ListKeys: filtered and sorted", func() {
		one, other, active := root(), root(), root()
		done(client.DisableKey(ctx, one))
		done(client.DisableKey(ctx, other))
		filter := kp.GetFilterQueryBuilder().
			CreationDate().GreaterThan(time.Now().AddDate(0, 0, -1)).
			ExpirationDate().None().
			State([]kp.KeyState{kp.Suspended}).
			Extractable(false).
			Build()
		sort := kp.GetKeySortStr(kp.WithState(), kp.WithIDDesc())
		keys := must(client.ListKeys(ctx, &kp.ListKeysOptions{Filter: &filter, Sort: sort}))
		equal([]bool{listed(keys, one), listed(keys, other), listed(keys, active)}, []bool{true, true, false})
		downwards := func(a, b kp.Key) int { return cmp.Compare(b.ID, a.ID) }
		equal(slices.IsSortedFunc(keys.Keys, downwards), true)
	}},
	{"GetKey", func() {
		id := root()
		key := must(client.GetKey(ctx, id))
		equal([]string{key.ID, key.KeyRingID, key.Payload}, []string{id, "default", ""})
		equal(key.CreationDate.IsZero(), false)
	}},
	{"GetKey: refused", func() {
		_, err := client.GetKey(ctx, "00000000-0000-4000-8000-000000000000")
		refused(404, "KEY_NOT_FOUND_ERR", err)
	}},
	{"GetKeyMetadata", func() {
		key := must(client.CreateImportedStandardKey(ctx, fresh("go"), nil, dek))
		shown := metadata(key.ID)
		equal([]string{shown.CRN, shown.Payload}, []string{key.CRN, ""})
	}},
	{"ListKeyVersions", func() {
		id := root()
		done(client.RotateV2(ctx, id, nil))
		options := kp.ListKeyVersionsOptions{Limit: ptr[uint32](1), Offset: ptr[uint32](0), TotalCount: ptr(true)}
		page := must(client.ListKeyVersions(ctx, id, &options))
		equal([]int{len(page.KeyVersion), int(*page.Metadata.TotalCount)}, []int{1, 2})
		options = kp.ListKeyVersionsOptions{AllKeyStates: ptr(true)}
		equal(len(must(client.ListKeyVersions(ctx, id, &options)).KeyVersion), 2)
	}},
}
