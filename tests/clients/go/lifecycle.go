package main

import (
	"bytes"
	"encoding/base64"

	kp "github.com/IBM/keyprotect-go-client"
)

var lifecycle = []operation{
	{"Rotate", func() {
		id := imported()
		before := metadata(id).KeyVersion.ID
		done(client.Rotate(ctx, id, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))))
		equal(metadata(id).KeyVersion.ID != before, true)
		refused(400, "KEY_PAYLOAD_REQ_ERR", client.Rotate(ctx, id, ""))
	}},
	{"RotateV2", func() {
		id := root()
		before := metadata(id).KeyVersion.ID
		done(client.RotateV2(ctx, id, nil))
		after := metadata(id)
		equal([]bool{after.KeyVersion.ID != before, after.LastRotateDate == nil}, []bool{true, false})
	}},
	{"DisableKey", func() {
		id := root()
		done(client.DisableKey(ctx, id))
		equal(metadata(id).State, int(kp.Suspended))
		_, err := client.Wrap(ctx, id, []byte(dek), nil)
		refused(409, "KEY_ACTION_INVALID_STATE_ERR", err)
	}},
	{"EnableKey", func() {
		id := root()
		done(client.DisableKey(ctx, id))
		done(client.EnableKey(ctx, id))
		must(client.Wrap(ctx, id, []byte(dek), nil))
	}},
	{"DeleteKey", func() {
		equal(must(client.DeleteKey(ctx, root(), kp.ReturnMinimal)), (*kp.Key)(nil))
		id := root()
		gone := must(client.DeleteKey(ctx, id, kp.ReturnRepresentation, kp.ForceOpt{Force: true}))
		equal([]any{gone.ID, gone.State, *gone.Deleted}, []any{id, int(kp.Destroyed), true})
		equal([]bool{gone.DeletionDate == nil, gone.PurgeAllowedFrom == nil}, []bool{false, false})
	}},
	{"DeleteKey: in use", func() {
		_, err := client.DeleteKey(ctx, registered().KeyID, kp.ReturnMinimal)
		refused(409, "PROTECTED_RESOURCE_ERR", err)
	}},
	{"RestoreKey", func() {
		id := imported()
		must(client.DeleteKey(ctx, id, kp.ReturnMinimal))
		key := must(client.RestoreKey(ctx, id))
		equal([]any{key.ID, key.State}, []any{id, int(kp.Active)})
		holdsMaterial(id)
	}},
	{"PurgeKey", func() {
		id := root()
		must(client.DeleteKey(ctx, id, kp.ReturnMinimal))
		equal(must(client.PurgeKey(ctx, id, kp.ReturnRepresentation)).ID, id)
		_, err := client.GetKeyMetadata(ctx, id)
		refused(404, "KEY_NOT_FOUND_ERR", err)
	}},
	{"InitiateDualAuthDelete", func() {
		id := root()
		refused(409, "NOT_DUAL_AUTH_ERR", client.InitiateDualAuthDelete(ctx, id))
		must(client.SetDualAuthDeletePolicy(ctx, id, true))
		done(client.InitiateDualAuthDelete(ctx, id))
		needsTwo(id) // the same person cannot be both
	}},
	{"CancelDualAuthDelete", func() {
		id := root()
		must(client.SetDualAuthDeletePolicy(ctx, id, true))
		done(client.InitiateDualAuthDelete(ctx, id))
		done(client.CancelDualAuthDelete(ctx, id))
		needsTwo(id)
	}},
}
