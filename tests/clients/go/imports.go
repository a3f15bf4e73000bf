package main

import kp "github.com/IBM/keyprotect-go-client"

var imports = []operation{
	{"CreateImportToken", func() {
		made := must(client.CreateImportToken(ctx, 600, 3))
		equal([]int{made.MaxAllowedRetrievals, made.RemainingRetrievals}, []int{3, 3})
		equal(made.ExpirationDate.Sub(*made.CreationDate).Seconds(), 600.0)
	}},
	{"GetImportTokenTransportKey", func() {
		must(client.CreateImportToken(ctx, 600, 1))
		fetched = must(client.GetImportTokenTransportKey(ctx))
		equal([]bool{fetched.Payload != "", fetched.Nonce != ""}, []bool{true, true})
		_, err := client.GetImportTokenTransportKey(ctx)
		refused(409, "IMPORT_TOKEN_EXPIRED_ERR", err)
	}},
	{"CreateImportedRootKey: with a token", func() {
		payload, nonce, iv := sealed()
		holdsMaterial(must(client.CreateImportedRootKey(ctx, fresh("go"), nil, payload, nonce, iv)).ID)
	}},
	{"CreateImportedRootKey: with another's nonce", func() {
		payload, _, _ := sealed()
		nonce, iv := wrongNonce()
		_, err := client.CreateImportedRootKey(ctx, fresh("go"), nil, payload, nonce, iv)
		refused(400, "INCORRECT_NONCE_ERR", err)
	}},
	{"CreateImportedKeyWithSHA1", func() {
		payload, nonce, iv := sealedWithSHA1()
		holdsMaterial(must(client.CreateImportedKeyWithSHA1(ctx, fresh("go"), nil, payload, nonce, iv, false, nil)).ID)
	}},
	{"RotateV2: with a token", func() {
		id := imported()
		before := metadata(id).KeyVersion.ID
		payload, nonce, iv := sealed()
		done(client.RotateV2(ctx, id, ptr(kp.NewKeyPayload(payload, nonce, iv).WithRSA256())))
		equal(metadata(id).KeyVersion.ID != before, true)
		payload, nonce, iv = sealedWithSHA1()
		done(client.RotateV2(ctx, id, ptr(kp.NewKeyPayload(payload, nonce, iv).WithRSA1())))
	}},
}

// What the last import token handed out; a new token replaces the old one, and takes a while to make.
var fetched *kp.ImportTokenKeyResponse

func token() *kp.ImportTokenKeyResponse {
	if fetched == nil {
		must(client.CreateImportToken(ctx, 600, 1))
		fetched = must(client.GetImportTokenTransportKey(ctx))
	}
	return fetched
}

func sealed() (payload, nonce, iv string) {
	payload = must(kp.EncryptKey(material, token().Payload))
	nonce, iv, err := kp.EncryptNonce(material, token().Nonce, "")
	done(err)
	return payload, nonce, iv
}

// sealedWithSHA1 is the form of Hyper Protect Crypto Services.
func sealedWithSHA1() (payload, nonce, iv string) {
	payload = must(kp.EncryptKeyWithSHA1(material, token().Payload))
	nonce, iv, err := kp.EncryptNonceWithCBCPAD(material, token().Nonce, "")
	done(err)
	return payload, nonce, iv
}

func wrongNonce() (nonce, iv string) {
	nonce, iv, err := kp.EncryptNonce(material, "AAAAAAAAAAAAAAAA", "")
	done(err)
	return nonce, iv
}
