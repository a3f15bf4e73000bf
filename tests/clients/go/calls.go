package main

// The few calls that most operations need, and how they say what they expected.

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	kp "github.com/IBM/keyprotect-go-client"
)

var (
	ctx      = context.Background()
	client   = must(connect())
	material = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	dek      = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	number   = 0
)

// fresh returns a name that no other key, alias or ring of this server has.
func fresh(word string) string {
	number++
	return fmt.Sprintf("%s-%d-%d", word, os.Getpid(), number)
}

func done(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	done(err)
	return value
}

func equal(got, want any) {
	if !reflect.DeepEqual(got, want) {
		panic(fmt.Sprintf("got %v where %v was expected", got, want))
	}
}

// refused expects a refusal whose text names its reason code as users of this client look for it.
func refused(status int, code string, err error) {
	var refusal *kp.Error
	if !errors.As(err, &refusal) {
		panic(fmt.Sprintf("got %v where a refusal with %s was expected", err, code))
	}
	equal(refusal.StatusCode, status)
	if !strings.Contains(refusal.Error(), code+": ") {
		panic(refusal)
	}
}

// root makes a root key that is nobody else's and returns its id.
func root() string {
	return must(client.CreateRootKey(ctx, fresh("go"), nil)).ID
}

// imported makes a root key of `material` and returns its id.
func imported() string {
	return must(client.CreateImportedRootKey(ctx, fresh("go"), nil, material, "", "")).ID
}

func metadata(id string) *kp.Key {
	return must(client.GetKeyMetadata(ctx, id))
}

func listed(keys *kp.Keys, id string) bool {
	return slices.ContainsFunc(keys.Keys, func(key kp.Key) bool { return key.ID == id })
}

// holdsMaterial expects that what the key wraps can be unwrapped with another key of `material`.
func holdsMaterial(id string) {
	wrapped := must(client.Wrap(ctx, id, []byte(dek), nil))
	equal(string(must(client.Unwrap(ctx, imported(), wrapped, nil))), dek)
}

func ptr[T any](value T) *T {
	return &value
}
