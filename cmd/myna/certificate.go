package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"myna/config"
)

// identity is what people see of the server's certificate.
type identity struct {
	File        string `json:"file"`
	SelfSigned  bool   `json:"self_signed"`
	Fingerprint string `json:"sha256"` // of the whole certificate, as clients show it
}

// identityOf reads the one certificate of the configuration.
func identityOf(cfg *config.Config) (identity, error) {
	pair, err := tls.LoadX509KeyPair(cfg.Path(cfg.TLS.Cert), cfg.Path(cfg.TLS.Key))
	if err != nil {
		return identity{}, fmt.Errorf("read certificate: %w", err)
	}
	return identity{nearby(cfg.Path(cfg.TLS.Cert)), selfSigned(pair.Leaf), fingerprint(pair.Leaf)}, nil
}

func selfSigned(leaf *x509.Certificate) bool {
	return bytes.Equal(leaf.RawIssuer, leaf.RawSubject) && leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil
}

// fingerprint is the SHA-256 of a certificate in pairs of digits.
func fingerprint(leaf *x509.Certificate) string {
	sum := sha256.Sum256(leaf.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// nearby is a file's name from here, where it is below this directory.
func nearby(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}
