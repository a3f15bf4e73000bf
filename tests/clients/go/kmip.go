package main

// Adapters of KMIP, their certificates and objects.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"time"

	kp "github.com/IBM/keyprotect-go-client"
)

const nobody = "00000000-0000-4000-8000-000000000000"

var kmip = []operation{
	{"CreateKMIPAdapter", func() {
		crk, name := root(), fresh("adapter")
		made := must(client.CreateKMIPAdapter(ctx, kp.WithNativeProfile(crk),
			kp.WithKMIPAdapterName(name), kp.WithKMIPAdapterDescription("made by a test")))
		equal([]string{made.Name, made.Profile, made.ProfileData["crk_id"]}, []string{name, kp.KMIP_Profile_Native, crk})
	}},
	{"GetKMIPAdapter", func() {
		made := adapter()
		equal(must(client.GetKMIPAdapter(ctx, made.Name)), made)
	}},
	{"GetKMIPAdapters", func() {
		made := adapter()
		options := kp.ListKmipAdaptersOptions{CrkID: ptr(made.ProfileData["crk_id"]), TotalCount: ptr(true)}
		found := must(client.GetKMIPAdapters(ctx, &options))
		equal([]any{found.Metadata.TotalCount, found.Adapters[0].ID}, []any{1, made.ID})
	}},
	{"DeleteKMIPAdapter", func() {
		id := adapter().ID
		done(client.DeleteKMIPAdapter(ctx, id))
		_, err := client.GetKMIPAdapter(ctx, id)
		equal(err.(*kp.Error).StatusCode, 404)
	}},
	{"CreateKMIPClientCertificate", func() {
		text, name := certificate(), fresh("certificate")
		made := must(client.CreateKMIPClientCertificate(ctx, adapter().ID, text, kp.WithKMIPClientCertName(name)))
		equal([]string{made.Name, made.Certificate}, []string{name, text})
	}},
	{"GetKMIPClientCertificate", func() {
		id := adapter().ID
		made := must(client.CreateKMIPClientCertificate(ctx, id, certificate()))
		equal(must(client.GetKMIPClientCertificate(ctx, id, made.ID)), made)
	}},
	{"GetKMIPClientCertificates", func() {
		id := adapter().ID
		made := must(client.CreateKMIPClientCertificate(ctx, id, certificate()))
		found := must(client.GetKMIPClientCertificates(ctx, id, &kp.ListOptions{TotalCount: ptr(true)}))
		has := func(one kp.KMIPClientCertificate) bool { return one.ID == made.ID && one.Certificate == "" }
		equal(slices.ContainsFunc(found.Certificates, has), true)
	}},
	{"DeleteKMIPClientCertificate", func() {
		id := adapter().ID
		made := must(client.CreateKMIPClientCertificate(ctx, id, certificate()))
		done(client.DeleteKMIPClientCertificate(ctx, id, made.ID))
		equal(len(must(client.GetKMIPClientCertificates(ctx, id, nil)).Certificates), 0)
	}},
	{"GetKMIPObjects", func() {
		options := kp.ListKmipObjectsOptions{ObjectStateFilter: &[]int32{1, 2}, TotalCount: ptr(true)}
		equal(len(must(client.GetKMIPObjects(ctx, adapter().ID, &options)).Objects), 0)
	}},
	{"GetKMIPObject", func() {
		_, err := client.GetKMIPObject(ctx, adapter().ID, nobody)
		refused(404, "KMIP_OBJECT_NOT_FOUND_ERR", err)
	}},
	{"DeleteKMIPObject", func() {
		refused(404, "KMIP_OBJECT_NOT_FOUND_ERR", client.DeleteKMIPObject(ctx, adapter().ID, nobody))
	}},
}

func adapter() *kp.KMIPAdapter {
	return must(client.CreateKMIPAdapter(ctx, kp.WithNativeProfile(root())))
}

// certificate returns a certificate that no other adapter has, as PEM.
func certificate() string {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0)}
	der := must(x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
