package server

import (
	"myna/config"
	"myna/hook"
	"myna/xep/encryption"
)

func buildEncryption(p *parts) (hook.Module, error) {
	return encryption.New(p.options.(*config.Options[encryption.Config])), nil
}
