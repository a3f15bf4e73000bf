package main

import (
	"os"

	kp "github.com/IBM/keyprotect-go-client"
)

// Go reads the server's CA from the file that SSL_CERT_FILE names; nothing else is set.
func connect() (*kp.Client, error) {
	return kp.New(kp.ClientConfig{
		BaseURL:    os.Getenv("KEYSTEAD_URL"),
		TokenURL:   os.Getenv("IBMCLOUD_IAM_API_ENDPOINT") + "/oidc/token",
		APIKey:     os.Getenv("IBMCLOUD_API_KEY"),
		InstanceID: os.Getenv("KP_INSTANCE_ID"),
	}, kp.DefaultTransport())
}
