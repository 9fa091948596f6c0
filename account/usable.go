package account

// UsablePassword tells why a text cannot be a password (RFC 8265 § 4.2.2); nil where it can.
func UsablePassword(password string) error {
	_, err := prepare(password)
	return err
}
