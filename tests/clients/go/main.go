// Run the operations one after the other, without those whose names are arguments, and print one JSON line
// for each; the first line holds the methods of the client, found in the client itself.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"

	kp "github.com/IBM/keyprotect-go-client"
)

// An operation is named after the method of the client that it is about, and panics where something was not
// as expected.
type operation struct {
	name string
	run  func()
}

func main() {
	tables := slices.Concat(creation, overrides, imports, reading, lifecycle, wrapping)
	tables = slices.Concat(tables, policies, instancePolicies(), registrations, rings, aliases, kmip, emulated)
	say(map[string]any{"methods": methods(reflect.TypeFor[*kp.Client]())})
	for _, one := range tables {
		if !slices.Contains(os.Args[1:], one.name) {
			detail := outcome(one.run)
			say(map[string]any{"operation": one.name, "ok": detail == "", "detail": detail})
		}
	}
}

func methods(of reflect.Type) []string {
	names := []string{}
	for method := range of.Methods() {
		names = append(names, method.Name)
	}
	return names
}

func outcome(run func()) (detail string) {
	defer func() {
		if failure := recover(); failure != nil {
			detail = fmt.Sprintf("%v\n%s", failure, debug.Stack())
		}
	}()
	run()
	return ""
}

func say(line map[string]any) {
	fmt.Println(string(must(json.Marshal(line))))
}
