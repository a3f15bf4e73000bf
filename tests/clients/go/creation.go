package main

import (
	"time"

	kp "github.com/IBM/keyprotect-go-client"
)

var creation = []operation{
	{"CreateKey", func() {
		expiration := time.Now().AddDate(1, 0, 0).Truncate(time.Second)
		key := must(client.CreateKey(ctx, fresh("go"), &expiration, false))
		equal([]any{key.State, key.Extractable, key.Imported}, []any{int(kp.Active), false, false})
		equal(key.Expiration.Equal(expiration), true)
		equal([]*time.Time{key.LastUpdateDate, key.LastRotateDate}, []*time.Time{nil, nil})
	}},
	{"CreateKeyWithOptions", func() {
		alias := fresh("alias")
		made := must(client.CreateKeyWithOptions(ctx, "go with all", false,
			kp.WithDescription("made by a test"), kp.WithTags([]string{"one", "two"}),
			kp.WithAliases([]string{alias}), kp.WithPayload(material, nil, nil, false)))
		key := must(client.GetKey(ctx, alias))
		equal([]string{key.ID, key.Name, key.Description}, []string{made.ID, "go with all", "made by a test"})
		equal([][]string{key.Tags, key.Aliases}, [][]string{{"one", "two"}, {alias}})
		holdsMaterial(key.ID)
	}},
	{"CreateRootKey", func() {
		key := must(client.CreateRootKey(ctx, fresh("go"), nil))
		equal([]any{key.Extractable, key.KeyVersion.ID != ""}, []any{false, true})
	}},
	{"CreateStandardKey", func() {
		key := must(client.CreateStandardKey(ctx, fresh("go"), nil))
		equal(key.Extractable, true)
		equal(len(must(client.GetKey(ctx, key.ID)).Payload), 44)
	}},
	{"CreateImportedKey", func() {
		key := must(client.CreateImportedKey(ctx, fresh("go"), nil, material, "", "", false))
		equal(key.Imported, true)
		holdsMaterial(key.ID)
	}},
	{"CreateImportedRootKey", func() {
		key := must(client.CreateImportedRootKey(ctx, fresh("go"), nil, material, "", ""))
		equal([]bool{key.Extractable, key.Imported}, []bool{false, true})
		holdsMaterial(key.ID)
	}},
	{"CreateImportedStandardKey", func() {
		key := must(client.CreateImportedStandardKey(ctx, fresh("go"), nil, dek))
		equal(must(client.GetKey(ctx, key.ID)).Payload, dek)
	}},
	{"CreateKeyWithAliases", func() {
		alias := fresh("alias")
		key := must(client.CreateKeyWithAliases(ctx, fresh("go"), nil, false, []string{alias}))
		equal(metadata(alias).ID, key.ID)
		_, err := client.CreateKeyWithAliases(ctx, fresh("go"), nil, false, []string{alias})
		refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR", err)
	}},
	{"CreateImportedKeyWithAliases", func() {
		alias := fresh("alias")
		key := must(client.CreateImportedKeyWithAliases(ctx, fresh("go"), nil, material, "", "", false, []string{alias}))
		equal(metadata(alias).ID, key.ID)
		holdsMaterial(alias)
	}},
}
