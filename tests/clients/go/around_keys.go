package main

// What stands around keys: registrations, key rings and aliases. Which of these run is decided by NOT_YET in
// the test; those in it are written and have not been run.

import (
	"fmt"
	"slices"

	kp "github.com/IBM/keyprotect-go-client"
)

// What a service has registered before the test; no client can.
const bucket = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:go"

var registrations = []operation{
	{"ListRegistrations", func() {
		found := registered()
		equal([]string{found.ResourceCrn, found.Description}, []string{bucket, "bucket key"})
		equal(found.KeyVersion.ID, metadata(found.KeyID).KeyVersion.ID)
		equal([]bool{found.CreationDate == nil, found.LastUpdateDate == nil}, []bool{false, false})
		equal(must(client.ListRegistrations(ctx, found.KeyID, "")).Registrations, []kp.Registration{found})
		equal(len(must(client.ListRegistrations(ctx, root(), "")).Registrations), 0)
	}},
	{"SyncAssociatedResources", func() {
		id := registered().KeyID
		done(client.SyncAssociatedResources(ctx, id))
		refused(409, "REQ_TOO_EARLY_ERR", client.SyncAssociatedResources(ctx, id))
	}},
}

func registered() kp.Registration {
	everywhere := must(client.ListRegistrations(ctx, "", bucket))
	equal([]int{everywhere.Metadata.NumberOfKeys, len(everywhere.Registrations)}, []int{1, 1})
	return everywhere.Registrations[0]
}

var rings = []operation{
	{"CreateKeyRing", func() {
		id := ring()
		equal(hasRing(id), true)
		done(client.DeleteKeyRing(ctx, id))
	}},
	{"GetKeyRings", func() {
		equal(hasRing("default"), true)
	}},
	{"DeleteKeyRing", func() {
		id := ring()
		done(client.DeleteKeyRing(ctx, id, kp.WithForce(true)))
		equal(hasRing(id), false)
	}},
	{"SetKeyRing", func() {
		id := ring()
		equal(must(client.SetKeyRing(ctx, root(), id)).KeyRingID, id)
	}},
}

func ring() string {
	id := fresh("ring")
	done(client.CreateKeyRing(ctx, id))
	return id
}

func hasRing(id string) bool {
	return slices.ContainsFunc(must(client.GetKeyRings(ctx)).KeyRings, func(one kp.KeyRing) bool { return one.ID == id })
}

var aliases = []operation{
	{"CreateKeyAlias", func() {
		id, alias := root(), fresh("alias")
		made := must(client.CreateKeyAlias(ctx, alias, id))
		equal([]string{made.KeyID, made.Alias}, []string{id, alias})
		equal(metadata(alias).ID, id)
		_, err := client.CreateKeyAlias(ctx, alias, root())
		refused(409, "KEY_ALIAS_NOT_UNIQUE_ERR", err)
	}},
	{"DeleteKeyAlias", func() {
		id, alias := root(), fresh("alias")
		must(client.CreateKeyAlias(ctx, alias, id))
		done(client.DeleteKeyAlias(ctx, alias, id))
		equal(fmt.Sprint(metadata(id).Aliases), "[]")
	}},
}
