package account

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// XEP-0438 § 8: what many people choose is refused, and what stands in the operator's file.
func TestCommonPasswords(t *testing.T) {
	c, j := DefaultConfig(), lan(t)
	file := filepath.Join(t.TempDir(), "known.txt")
	if err := os.WriteFile(file, []byte("Stolen Somewhere\r\n\n\xff\nChưa ai biết\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.LoadBlockedPasswords(file); err != nil {
		t.Fatal(err)
	}
	for password, ok := range map[string]bool{
		"password": false, "PassWord1": false, "12345678": false, "aaaaaaaaaaaa": false, "mnopqrstu": false, "zyxwvuts": false, "Mậtkhẩu": false,
		"stolen somewhere": false, "chưa ai biết": false, "stolen somewhere else": true, "correct horse": true, "acegikmo": true, "123456789x": true,
	} {
		err := c.Acceptable(j, password)
		var weak *PasswordError
		if ok != (err == nil) || err != nil && !errors.As(err, &weak) {
			t.Errorf("%q: %v", password, err)
		}
	}
	if err := c.LoadBlockedPasswords(file + "x"); err == nil {
		t.Error("a file that is not there is read")
	}
}
