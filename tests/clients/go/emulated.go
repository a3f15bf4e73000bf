package main

// What only a development server does: it is told by the command that starts it, from any language.

import (
	"os/exec"
	"strings"
	"time"
)

func dev(words ...string) string {
	return strings.TrimSpace(string(must(exec.Command("keystead", append([]string{"dev"}, words...)...).Output())))
}

var emulated = []operation{
	{"Wrap: after the key has expired", func() {
		expires := must(time.Parse(time.RFC3339, dev("clock", "0"))).Add(time.Hour)
		id := must(client.CreateRootKey(ctx, fresh("expires"), &expires)).ID
		must(client.Wrap(ctx, id, []byte(dek), nil))
		dev("clock", "+1h")
		_, err := client.Wrap(ctx, id, []byte(dek), nil)
		refused(409, "KEY_ACTION_INVALID_STATE_ERR", err)
	}},
	{"RotateV2: with a fault that was ordered", func() {
		id := root()
		dev("fault", "/api/v2/keys/{key}/actions/rotate", "--method", "POST", "--status", "409", "--count", "1")
		refused(409, "REQ_TOO_EARLY_ERR", client.RotateV2(ctx, id, nil))
		done(client.RotateV2(ctx, id, nil))
	}},
}
