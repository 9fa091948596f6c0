package server

import (
	"time"

	"myna/hook"
	"myna/xep/carbons"
	"myna/xep/entitytime"
	"myna/xep/ping"
	"myna/xep/version"
)

func buildPing(*parts) (hook.Module, error) { return ping.Ping{}, nil }

func buildVersion(*parts) (hook.Module, error) {
	return version.Version{Name: "Myna", Version: Version()}, nil
}

func buildTime(*parts) (hook.Module, error) { return entitytime.Time{Now: time.Now}, nil }

func buildCarbons(p *parts) (hook.Module, error) { return carbons.New(p.router), nil }
