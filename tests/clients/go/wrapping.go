package main

import "encoding/base64"

var wrapping = []operation{
	{"Wrap", func() {
		id := root()
		wrapped := must(client.Wrap(ctx, id, []byte(dek), &[]string{"bucket", "object"}))
		equal(string(must(client.Unwrap(ctx, id, wrapped, &[]string{"bucket", "object"}))), dek)
	}},
	{"WrapV2", func() {
		id := root()
		made := must(client.WrapV2(ctx, id, []byte(dek), nil))
		equal(made.KeyVersion.ID, metadata(id).KeyVersion.ID)
		equal(string(must(client.Unwrap(ctx, id, []byte(made.CipherText), nil))), dek)
	}},
	{"WrapCreateDEK", func() {
		id := root()
		plain, wrapped, err := client.WrapCreateDEK(ctx, id, nil)
		done(err)
		equal(len(must(base64.StdEncoding.DecodeString(string(plain)))), 32)
		equal(must(client.Unwrap(ctx, id, wrapped, nil)), plain)
	}},
	{"WrapCreateDEKV2", func() {
		id := root()
		made := must(client.WrapCreateDEKV2(ctx, id, &[]string{"one"}))
		equal(made.KeyVersion.ID, metadata(id).KeyVersion.ID)
		equal(string(must(client.Unwrap(ctx, id, []byte(made.CipherText), &[]string{"one"}))), made.PlainText)
	}},
	{"Unwrap", func() {
		id := root()
		wrapped := must(client.Wrap(ctx, id, []byte(dek), &[]string{"bucket"}))
		_, err := client.Unwrap(ctx, id, wrapped, nil)
		refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR", err)
		_, err = client.Unwrap(ctx, root(), wrapped, &[]string{"bucket"})
		refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR", err)
	}},
	{"UnwrapV2", func() {
		id := root()
		wrapped := must(client.Wrap(ctx, id, []byte(dek), nil))
		_, rewrapped, err := client.UnwrapV2(ctx, id, wrapped, nil)
		done(err)
		equal(string(rewrapped), "")
		done(client.RotateV2(ctx, id, nil))
		plain, rewrapped, err := client.UnwrapV2(ctx, id, wrapped, nil)
		done(err)
		equal(string(plain), dek)
		plain, again, err := client.UnwrapV2(ctx, id, rewrapped, nil)
		done(err)
		equal([]string{string(plain), string(again)}, []string{dek, ""})
	}},
}
