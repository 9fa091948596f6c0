package datapolicy_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/datapolicy"
)

func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) { c.Modules = map[string]config.Section{"datapolicy": {"announce": true}} })
	})
	xmpptest.Run(t, "testdata/all/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Archive.RetentionDays = 30
			c.Modules = map[string]config.Section{"accounts": {"plain": false}, "registration": {"user_deletion": true}, "datapolicy": {
				"announce": true, "encryption_at_rest": true, "export": true, "deletion": true, "terms": "https://example.net/terms",
				"access": []any{"admins", "government"}, "backup_hours": int64(24), "backup_kept": "720", "info": "In Hanoi."}}
		})
	})
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		c  datapolicy.Config
		ok bool
	}{
		"default":      {datapolicy.DefaultConfig(), true},
		"none alone":   {datapolicy.Config{Access: []string{"none"}}, true},
		"none and":     {datapolicy.Config{Access: []string{"admins", "none"}}, false},
		"unknown":      {datapolicy.Config{Access: []string{"cats"}}, false},
		"terms":        {datapolicy.Config{Terms: "xmpp:pubsub.example.com?;node=terms"}, true},
		"no terms":     {datapolicy.Config{Terms: "terms"}, false},
		"infinite":     {datapolicy.Config{BackupKept: "infinite"}, true},
		"hours":        {datapolicy.Config{BackupKept: "24"}, true},
		"no hours":     {datapolicy.Config{BackupKept: "1d"}, false},
		"signed hours": {datapolicy.Config{BackupKept: "+1"}, false},
	} {
		if err := c.c.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
